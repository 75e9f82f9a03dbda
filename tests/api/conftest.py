"""The house that the API's tests play in."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from router.store.engine import Database, connect
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


@pytest.fixture(scope="module")
def shared_house(sqlite_template: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    """One API for a whole file of tests that leave nothing behind that another minds."""
    path = tmp_path_factory.mktemp("shared") / "pingparrot.db"
    shutil.copyfile(sqlite_template, path)
    database = connect(f"sqlite:///{path}")
    writer = Writer(database)
    writer.start()
    house = build_house(database, writer)
    yield house
    writer.close()
    database.close()
