"""Fixtures for the tests of operations."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from router.store.engine import Database
from tests.operations.post import Post, open_post


@pytest.fixture
def post(database: Database) -> Iterator[Post]:
    """A sender under a moved clock, on SQLite and on PostgreSQL."""
    with open_post(database) as opened:
        yield opened
