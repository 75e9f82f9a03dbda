"""The house that the API's tests play in."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from router.store.engine import Database
from router.store.writer import Writer
from tests.api.house import House, build_house


@pytest.fixture
def house(database: Database, writer: Writer) -> House:
    """The API over a fresh database, on SQLite and on PostgreSQL."""
    return build_house(database, writer)


@pytest.fixture
def sqlite_house(sqlite: Database) -> Iterator[House]:
    """The API over SQLite alone, for what no database has a part in."""
    writer = Writer(sqlite)
    writer.start()
    yield build_house(sqlite, writer)
    writer.close()
