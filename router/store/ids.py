"""Ids known before the rows are written, so that rows that point at each other go in together."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache

import sqlalchemy as sa
from sqlalchemy import Table

from router.store.prepared import Query
from router.store.writer import Transaction


def reserve(tx: Transaction, table: Table, count: int) -> Sequence[int]:
    """Return `count` ids for new rows of a table, ascending, used by nobody else.

    SQLite's write lock is held from BEGIN on, so what follows the highest id is free; PostgreSQL's sequence
    is asked.
    """
    if count == 0:
        return ()
    if tx.connection.dialect.name == "sqlite":
        ((highest,),) = _highest(table).rows(tx.connection)
        highest = highest or 0
        return range(highest + 1, highest + 1 + count)
    sequence = sa.func.pg_get_serial_sequence(table.name, "id")
    query = sa.select(sa.func.nextval(sequence)).select_from(sa.func.generate_series(1, count).alias())
    return sorted(tx.connection.execute(query).scalars())


@cache
def _highest(table: Table) -> Query:
    return Query(sa.select(sa.func.max(table.c.id)))
