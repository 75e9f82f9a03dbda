"""What the documents name in the code is there."""

from __future__ import annotations

import importlib
import re
from pathlib import Path

import pytest
import yaml

from tests.docs.pages import ROOT, ticked, tracked

_TREES = r"(?:adapters|rules|router|tests|bench|docs|examples|scripts|\.ci)"
_PATH = re.compile(rf"{_TREES}/[\w./-]*")
_NAME = re.compile(r"(?:adapters|rules|router)(?:\.\w+)+(?<!\.yml)")
_VALUES = yaml.safe_load((ROOT / "helm/pingparrot/values.yaml").read_text(encoding="utf-8"))
DOCUMENTS = sorted(tracked("*.md"))


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: str(path.relative_to(ROOT)))
def test_paths_and_names_in_backticks_exist(document: Path) -> None:
    words = [word for word in ticked(document) if "NAME" not in word]  # NAME is a recipe's blank
    assert [word for word in words if _PATH.fullmatch(word) and not (ROOT / word).exists()] == []
    assert [word for word in words if _NAME.fullmatch(word) and not (_is_value(word) or _exists(word))] == []


def test_the_tour_names_code() -> None:
    words = ticked(ROOT / "docs" / "tour.md")
    assert sum(bool(_PATH.fullmatch(word) or _NAME.fullmatch(word)) for word in words) > 20


def _is_value(name: str) -> bool:
    """Whether a dotted name is a value of the chart, such as `rules.files`."""
    value: object = _VALUES
    for part in name.split("."):
        if not isinstance(value, dict) or part not in value:
            return False
        value = value[part]
    return True


def _exists(name: str) -> bool:
    """Whether a dotted name is a module, or something in one."""
    module, _, rest = name.partition(".")
    value: object = importlib.import_module(module)
    for part in rest.split("."):
        try:
            value = getattr(value, part)
        except AttributeError:
            try:
                value = importlib.import_module(f"{getattr(value, '__name__', '')}.{part}")
            except ImportError:
                return False
    return True
