"""Packages of others that are called as ours are noticed before they do harm."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from tests.docs.pages import ROOT

OURS = ("adapters", "router", "rules")


def started_in(site: Path, *further: Path) -> tuple[int, str]:
    """Start the command line from directories of packages; return its exit code and what it said."""
    done = subprocess.run(
        [sys.executable, "-m", "router.cli", "--help"],
        cwd=site,
        env={"PYTHONPATH": ":".join(map(str, (site, *further)))},
        capture_output=True,
        text=True,
        check=False,
    )
    return done.returncode, done.stderr


@pytest.fixture
def site(tmp_path: Path) -> Path:
    """A directory of packages that holds ours."""
    for name in OURS:
        (tmp_path / name).symlink_to(ROOT / name)
    return tmp_path


def test_our_own_packages_start(site: Path) -> None:
    assert started_in(site) == (0, "")


@pytest.mark.parametrize("name", OURS)
def test_a_package_installed_over_ours_is_named(site: Path, name: str) -> None:
    about = site / f"{name}-3.5.dist-info"
    about.mkdir()
    (about / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {name}\nVersion: 3.5\n")
    code, said = started_in(site)
    assert code == 2
    assert said == (
        f"pingparrot: {name} 3.5, of somebody else, was installed over ours in {site}. "
        "Install PingParrot anew, into an environment of its own.\n"
    )


def test_a_package_found_in_place_of_ours_is_named(site: Path) -> None:
    elsewhere = site / "elsewhere"
    (site / "rules").rename(site / "kept")
    (elsewhere / "rules").mkdir(parents=True)
    (elsewhere / "rules" / "__init__.py").touch()
    code, said = started_in(site, elsewhere)
    assert code == 2
    assert str(elsewhere / "rules") in said
