"""Every code is stable: in the table, in the document, and given by the code somewhere."""

from __future__ import annotations

import ast
import re
from pathlib import Path

from rules.codes import CODES

ROOT = Path(__file__).parents[2]
NAMED = {"unknown-chain", "unknown-time-interval"}  # rules/loading/names.py makes them of a kind's name


def codes_given() -> set[str]:
    """Return the codes that the sources of `rules` give to findings."""
    given = set()
    for path in (ROOT / "rules").rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and node.args and isinstance(node.args[0], ast.Constant):
                name = (
                    node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
                )
                if name in ("error", "warning", "Finding"):
                    given.add(str(node.args[0].value))
    return given


def test_the_table_has_exactly_the_codes_that_are_given() -> None:
    assert set(CODES) == codes_given() | NAMED


def test_the_document_explains_exactly_the_codes_of_the_table() -> None:
    text = (ROOT / "docs" / "rules-tools.md").read_text(encoding="utf-8")
    section = text.partition("## Finding codes")[2]

    assert re.findall(r"^\| `([a-z-]+)` \|", section, re.MULTILINE) == sorted(CODES)
