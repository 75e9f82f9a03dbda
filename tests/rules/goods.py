"""The rule files and cases that stand in this repository."""

from __future__ import annotations

import re

from tests.docs.pages import ROOT, blocks
from tests.rules.directory import EXAMPLES, GOOD

_SECTION = re.compile(
    r"^(routes|chains|defaults|time_intervals|heartbeats|users|integrations|lint):", re.MULTILINE
)
_PAGES = ("rules", "heartbeats", "rules-tools", "rules-forms", "nights")


def good_texts() -> list[tuple[str, str]]:
    """Return the examples, those of tests and those of documents, each with a file's name."""
    texts = [(path.name, path.read_text(encoding="utf-8")) for path in sorted(EXAMPLES.iterdir())]
    texts += list(GOOD.items())
    for page in _PAGES:
        for block in blocks(ROOT / "docs" / f"{page}.md", "yaml"):
            if _SECTION.search(block):
                texts.append((f"{page}.yml", block))
            if block.startswith("cases:"):
                texts.append((f"{page}.test.yml", block))
    return texts
