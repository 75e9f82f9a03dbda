"""What the documents show to copy is right, says whoever reads it for a living."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

from tests.docs.pages import ROOT, blocks
from tests.servers import missing

README = blocks(ROOT / "README.md", "yaml")


def checked(*command: str | Path) -> str:
    """Run a checker and return what it complained of; empty when it is content."""
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    return "" if done.returncode == 0 else done.stdout + done.stderr


def installed(program: str, package: str) -> str:
    """Return a program's path; without it the test skips, or fails in CI."""
    found = shutil.which(program)
    if found is None:
        missing(program, package)
    return str(found)


def written(folder: Path, text: str) -> Path:
    """Write a snippet down and return where."""
    path = folder / "snippet.yml"
    path.write_text(text, encoding="utf-8")
    return path


def test_alertmanager_takes_the_receiver_of_the_readme(tmp_path: Path) -> None:
    (receiver,) = [text for text in README if text.startswith("route:")]
    amtool = installed("amtool", "prometheus-alertmanager")
    assert checked(amtool, "check-config", written(tmp_path, receiver)) == ""


def test_the_rules_of_the_readme_load(tmp_path: Path) -> None:
    (rules,) = [text for text in README if text.startswith("defaults:")]
    program = Path(sys.executable).with_name("pingparrot")
    assert checked(program, "rules", "check", written(tmp_path, rules)) == ""
