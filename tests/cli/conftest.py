"""The command line on a database of the test's own."""

from __future__ import annotations

import logging
import os
from collections.abc import Iterator
from pathlib import Path

import pytest
import structlog

from tests.cli.running import Pingparrot


@pytest.fixture
def pingparrot(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> Iterator[Pingparrot]:
    """The command line in an empty folder without settings; logging is put back afterwards."""
    root = logging.getLogger()
    handlers, level = list(root.handlers), root.level
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", "100")
    for name in [name for name in os.environ if name.startswith("PINGPARROT_")]:
        monkeypatch.delenv(name)
    yield Pingparrot(monkeypatch, capsys)
    root.handlers[:] = handlers
    root.setLevel(level)
    logging.captureWarnings(False)
    structlog.reset_defaults()


@pytest.fixture
def installed(pingparrot: Pingparrot, database_url: str, monkeypatch: pytest.MonkeyPatch) -> Pingparrot:
    """The command line on a migrated database, of both kinds."""
    monkeypatch.setenv("PINGPARROT_DATABASE_URL", database_url)
    monkeypatch.setenv("PINGPARROT_SECRET_KEY", "k" * 32)
    return pingparrot
