"""The house that Grafana's tests play in."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from router.store.engine import Database
from router.store.writer import Writer
from tests.grafana.house import House, build_house


@pytest.fixture
def house(database: Database, writer: Writer, tmp_path: Path) -> House:
    """The application over a fresh database, on SQLite and on PostgreSQL."""
    return build_house(database, writer, tmp_path)


@pytest.fixture
def sqlite_house(sqlite: Database, tmp_path: Path) -> Iterator[House]:
    """The same over SQLite alone, for what no database has a part in."""
    writer = Writer(sqlite)
    writer.start()
    yield build_house(sqlite, writer, tmp_path)
    writer.close()
