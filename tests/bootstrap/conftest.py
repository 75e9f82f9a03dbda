"""Fixtures for the tests of bootstrapping."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.bootstrap.house import Mounted, mount


@pytest.fixture
def mounted(tmp_path: Path) -> Mounted:
    """A bootstrap file with its secrets."""
    folder = tmp_path / "mounted"
    folder.mkdir()
    return mount(folder)
