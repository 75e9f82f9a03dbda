"""Fixtures for the tests of heartbeats."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from router.store.engine import Database
from router.store.writer import Writer
from tests.heartbeats.hearts import waiting_desk
from tests.intake.desk import Desk


@pytest.fixture
def desk(database: Database, writer: Writer, tmp_path: Path) -> Desk:
    """A desk that waits for heartbeats, on SQLite and on PostgreSQL."""
    return waiting_desk(database, writer, tmp_path)


@pytest.fixture
def sqlite_desk(sqlite: Database, tmp_path: Path) -> Iterator[Desk]:
    """The same over SQLite alone, for what no database has a part in."""
    writer = Writer(sqlite)
    writer.start()
    yield waiting_desk(sqlite, writer, tmp_path)
    writer.close()
