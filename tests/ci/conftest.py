"""A checkout with rules, and `pingparrot` on the path as an installation puts it there."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.docs.pages import ROOT
from tests.rules.repository import Repository
from tests.sinks import HttpSink

GOOD = """\
defaults:
  chain: triage

chains:
  triage: {steps: [{page: {group: sre}}]}
  web: {steps: [{page: {group: web}}]}

routes:
  - name: web
    matchers: [team="web"]
    chain: web
"""
CASES = """\
cases:
  - name: the web team is paged
    labels: {team: web}
    expect: {routes: [web]}
"""


@pytest.fixture
def sink() -> Iterator[HttpSink]:
    """Where the forge's API is."""
    with HttpSink() as sink:
        yield sink


@pytest.fixture
def repository(tmp_path: Path) -> Repository:
    """A checkout whose first commit is the base, and whose second pages others for team web."""
    made = Repository(tmp_path / "checkout")
    made.commit({"rules/rules.yml": GOOD, "rules/rules.test.yml": CASES})
    made.git("tag", "base")
    made.commit({"rules/rules.yml": GOOD.replace("chain: web", "chain: triage")})
    return made


@pytest.fixture
def bin_folder(tmp_path: Path) -> Path:
    """A directory with nothing but `pingparrot`, this one."""
    folder = tmp_path / "bin"
    folder.mkdir()
    program = folder / "pingparrot"
    program.write_text(f'#!/bin/sh\nPYTHONPATH="{ROOT}" exec "{sys.executable}" -m router.cli "$@"\n')
    program.chmod(0o755)
    return folder


def environment(bin_folder: Path, **given: str) -> dict[str, str]:
    """Return an environment with nothing of the caller's but the path, on which `pingparrot` comes first."""
    return {"PATH": f"{bin_folder}{os.pathsep}{os.environ['PATH']}", "LANG": "C.UTF-8", **given}
