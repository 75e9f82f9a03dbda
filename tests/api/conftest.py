"""The house that the API's tests play in."""

from __future__ import annotations

import pytest

from router.store.engine import Database
from router.store.writer import Writer
from tests.api.house import House, build_house


@pytest.fixture
def house(database: Database, writer: Writer) -> House:
    """The API over a fresh database, on SQLite and on PostgreSQL."""
    return build_house(database, writer)
