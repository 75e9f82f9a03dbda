"""`make setup` says what is missing before it starts."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from tests.docs.pages import ROOT


def check(python: str | Path) -> tuple[int, str]:
    """Run the check of `make setup` on a Python and return its exit code and what it said."""
    done = subprocess.run(
        ["sh", ROOT / "scripts" / "check-python", str(python)], capture_output=True, text=True, check=False
    )
    return done.returncode, done.stderr


def fake(path: Path, *, fails_on: str) -> Path:
    """A Python that fails when its code speaks of something."""
    path.write_text(f'#!/bin/sh\ncase "$*" in *{fails_on}*) exit 1 ;; *) echo Python 3.9.1 ;; esac\n')
    path.chmod(0o755)
    return path


def test_a_complete_python_passes() -> None:
    assert check(sys.executable) == (0, "")


def test_no_python_names_the_debian_packages(tmp_path: Path) -> None:
    code, said = check(tmp_path / "python3")
    assert code == 1
    assert "apt install python3 python3-venv" in said


def test_an_old_python_is_refused_by_its_version(tmp_path: Path) -> None:
    code, said = check(fake(tmp_path / "python3", fails_on="version_info"))
    assert code == 1
    assert "Python 3.9.1 is too old" in said


def test_debians_python_without_venv_names_its_package(tmp_path: Path) -> None:
    code, said = check(fake(tmp_path / "python3", fails_on="ensurepip"))
    assert code == 1
    assert said.endswith("apt install python3-venv\n")


def test_another_python_without_venv_names_the_package_of_that_version(tmp_path: Path) -> None:
    _, said = check(fake(tmp_path / "python3.12", fails_on="ensurepip"))
    assert said.endswith("apt install python3.12-venv\n")
