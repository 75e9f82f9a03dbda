"""Fixtures for intake's tests."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from router.store.engine import Database
from router.store.writer import Writer
from tests.intake.desk import Desk, build_desk


@pytest.fixture
def desk(database: Database, writer: Writer, tmp_path: Path) -> Desk:
    """Intake, scheduler and rules over a fresh database, on SQLite and on PostgreSQL."""
    return build_desk(database, writer, tmp_path)


@pytest.fixture
def sqlite_desk(sqlite: Database, tmp_path: Path) -> Iterator[Desk]:
    """The same over SQLite alone, for what no database has a part in."""
    writer = Writer(sqlite)
    writer.start()
    yield build_desk(sqlite, writer, tmp_path)
    writer.close()
