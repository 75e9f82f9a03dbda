"""Many rows of a table in one statement: for intake's path."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cache
from typing import Any

from sqlalchemy import Connection, Table

from router.store.prepared import Insert


def insert(connection: Connection, table: Table, rows: Sequence[Mapping[str, Any]]) -> None:
    """Insert rows that all have the same columns."""
    if rows:
        _insert_into(table).run(connection, rows)


@cache
def _insert_into(table: Table) -> Insert:
    return Insert(table)
