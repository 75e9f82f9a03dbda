"""The changelog speaks of the version that is built, and its entries have one form."""

from __future__ import annotations

import re
import tomllib

from tests.docs.pages import ROOT

CHANGELOG = (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")


def test_the_newest_entry_is_the_version_that_is_built() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    newest = re.search(r"^## (\d+\.\d+\.\d+)", CHANGELOG, re.MULTILINE)
    assert newest is not None
    assert newest[1] == project["version"]


def test_every_entry_says_what_kind_of_change_it_is_and_where() -> None:
    entries = re.findall(r"^- (.*)$", CHANGELOG, re.MULTILINE)
    assert entries
    assert [
        entry for entry in entries if not re.match(r"\[(CHANGE|FEATURE|FIX)\] [a-z, -]+: \S", entry)
    ] == []
