"""The statements of intake's path: what they return, and that they never read a whole table."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime

import pytest
import sqlalchemy as sa
from sqlalchemy import Connection
from sqlalchemy.exc import IntegrityError

from router.store import incidents
from router.store.engine import Database
from router.store.prepared import Among, Insert, Query, Update
from router.store.tables import ORGANISATIONS

NOW = datetime(2026, 3, 3, 12, tzinfo=UTC)
NAMED = Query(
    sa.select(ORGANISATIONS.c.name, ORGANISATIONS.c.created_at)
    .where(Among(ORGANISATIONS.c.name, "names"))
    .order_by(ORGANISATIONS.c.name)
)


@pytest.fixture
def connection(database: Database) -> Iterator[Connection]:
    with database.writing.begin() as connection:
        yield connection


def test_rows_come_back_as_their_columns_types_say(connection: Connection) -> None:
    rows = [{"name": name, "created_at": NOW} for name in ("ann's", "bob's", "carol's")]
    Insert(ORGANISATIONS).run(connection, rows)

    found = NAMED.rows(connection, names=["carol's", "ann's", "nobody's"])

    assert [(row.name, row.created_at) for row in found] == [("ann's", NOW), ("carol's", NOW)]


def test_an_empty_list_finds_nothing(connection: Connection) -> None:
    assert NAMED.rows(connection, names=[]) == []


def test_an_update_says_how_many_rows_it_changed(connection: Connection) -> None:
    Insert(ORGANISATIONS).run(connection, [{"name": "old", "created_at": NOW}])
    rename = Update(
        sa.update(ORGANISATIONS)
        .where(ORGANISATIONS.c.name == sa.bindparam("before"))
        .values(name=sa.bindparam("after"))
    )

    changed = [rename.run(connection, before=name, after="new") for name in ("old", "nobody's")]

    assert changed == [1, 0]


def test_what_the_driver_refuses_is_told_in_sqlalchemys_words(connection: Connection) -> None:
    twice = [{"name": "one", "created_at": NOW}] * 2

    with pytest.raises(IntegrityError), connection.begin_nested():
        Insert(ORGANISATIONS).run(connection, twice)


@pytest.mark.parametrize(
    ("query", "index"),
    [
        (incidents._OPEN_BY_FINGERPRINT, "uq_incidents_open (fingerprint=?)"),
        (incidents._OPEN_BY_JOIN_KEY, "ix_pages_open_join_key (join_key=?)"),
        (incidents._ALERTS_OF_PAGE, "ix_incidents_page_id (page_id=?)"),
    ],
)
def test_intakes_queries_go_by_an_index(sqlite: Database, query: Query, index: str) -> None:
    with sqlite.read() as connection:
        assert index in query.plan(connection)
