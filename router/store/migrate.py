"""Bring a database's schema up to date; safe when many processes start at once.

Alembic is imported only to change what is there: a server's memory does not need it, and a blank database is
given the newest schema at once (a test holds the tables and the migrations to each other).
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from pathlib import Path
from typing import TYPE_CHECKING

import sqlalchemy as sa
import structlog
from sqlalchemy import Connection
from sqlalchemy.exc import OperationalError

from router.clock import utc_now
from router.store.engine import Database
from router.store.migrations import LOCK_TIMEOUT_MS
from router.store.organisations import DEFAULT, ensure_organisation
from router.store.tables import METADATA

if TYPE_CHECKING:
    from alembic.config import Config

_SCRIPTS = Path(__file__).parent / "migrations"
_TRIES = 60
_PAUSE_S = 5.0
_ASK_AGAIN_S = 0.2
_IN_USE = ("55P03", "40P01")  # PostgreSQL: lock not available, deadlock detected
_LOCK = 0x50504D49  # "PPMI": any number that no other program takes on this PostgreSQL database
_ALEMBIC_VERSION = sa.Table(  # as Alembic itself makes it; apart from our tables, which it compares
    "alembic_version",
    sa.MetaData(),
    sa.Column("version_num", sa.String(32), nullable=False),
    sa.PrimaryKeyConstraint("version_num", name="alembic_version_pkc"),
)
_log = structlog.get_logger(__name__)


class SchemaBusyError(Exception):
    """A table that a migration changes is in use, and was not free in time; the text says what to do."""


def head() -> str:
    """Return the newest revision that this version knows, such as `0001`; empty when there is none."""
    return max((path.name[:4] for path in (_SCRIPTS / "versions").glob("[0-9]*.py")), default="")


def revision(connection: Connection) -> str:
    """Return the revision that a database is at; empty when it was never migrated."""
    if not sa.inspect(connection).has_table("alembic_version"):
        return ""
    return connection.execute(sa.select(_ALEMBIC_VERSION.c.version_num)).scalar() or ""


def is_current(database: Database) -> bool:
    """Return whether the schema is at least as new as this version needs.

    A newer one serves too: no migration breaks the version before it (see migrations/script.py.mako).
    """
    with database.read() as connection:
        return revision(connection) >= head()


def missing(database: Database) -> tuple[str, ...]:
    """Return the columns that this version needs and the database does not have, as `pages.closes_at`.

    A revision alone does not tell: a restore may be half done, or a schema made by an unreleased version.
    """
    with database.read() as connection:
        found = sa.inspect(connection).get_multi_columns()
    there = {(table, column["name"]) for (_, table), columns in found.items() for column in columns}
    needed = ((name, column.name) for name, table in METADATA.tables.items() for column in table.columns)
    return tuple(f"{table}.{column}" for table, column in needed if (table, column) not in there)


def upgrade(database: Database) -> None:
    """Apply what is missing, and make the organisation `default` with its group `All`.

    Each migration is applied whole or not at all, beside servers that go on serving: a table that somebody
    uses for long is waited for in turns (docs/adrs/0008-expand-first.md). Of several processes one works and
    the others wait for it. A schema that is newer is left alone.
    Raises SchemaBusyError when a table stays in use.
    """
    with _locked(database) as connection:
        with _begun(connection):
            if not sa.inspect(connection).get_table_names():
                METADATA.create_all(connection)
                _ALEMBIC_VERSION.create(connection)
                connection.execute(sa.insert(_ALEMBIC_VERSION).values(version_num=head()))
                ensure_organisation(connection, DEFAULT, utc_now())
            is_behind = revision(connection) < head()
        if is_behind:
            _run_patiently(connection)
        with _begun(connection):
            ensure_organisation(connection, DEFAULT, utc_now())


def _run_patiently(connection: Connection) -> None:
    for _ in range(_TRIES):
        try:
            run_migrations(connection)
        except OperationalError as error:
            if getattr(error.orig, "sqlstate", None) not in _IN_USE:
                raise
            connection.rollback()
            _log.warning("a table that a migration changes is in use, trying again", after_s=_PAUSE_S)
            time.sleep(_PAUSE_S)
        else:
            return
    raise SchemaBusyError(
        "A table that a migration changes stays in use by a long transaction, such as a backup: end it "
        "(pg_stat_activity names it), then run `pingparrot migrate` again. What was migrated so far stays."
    )


def run_migrations(connection: Connection) -> None:
    """Run every migration that the database has not seen, by Alembic.

    Parameters:
      connection: on PostgreSQL not in a transaction: each migration has its own.
    """
    from alembic import command

    command.upgrade(config(connection), "head")


def config(connection: Connection) -> Config:
    """Return Alembic's configuration for an open connection."""
    from alembic.config import Config

    settings = Config()
    settings.set_main_option("script_location", str(_SCRIPTS))
    settings.set_main_option("path_separator", "os")
    settings.set_main_option("file_template", "%%(rev)s_%%(slug)s")
    settings.attributes["connection"] = connection
    return settings


@contextmanager
def _locked(database: Database) -> Iterator[Connection]:
    """Yield a connection that no other migration runs beside; on SQLite it is in a transaction."""
    if not database.is_sqlite:
        with _lock_held(database), database.writing.connect() as connection:
            connection.execute(sa.text(f"SET lock_timeout = {LOCK_TIMEOUT_MS}"))
            connection.commit()
            try:
                yield connection
            finally:
                connection.rollback()
                connection.execute(sa.text("RESET lock_timeout"))
                connection.commit()
        return
    with database.writing.connect() as connection:  # its transactions begin with the write lock
        raw = connection.connection.dbapi_connection
        assert raw is not None
        # Copying a table drops the old one, which foreign keys would take for deleting its rows.
        raw.execute("PRAGMA foreign_keys=OFF")
        try:
            with connection.begin():
                yield connection
                broken = connection.execute(sa.text("PRAGMA foreign_key_check")).all()
                if broken:
                    raise RuntimeError(f"a migration left rows that point nowhere: {broken[:3]}")
        finally:
            raw.execute("PRAGMA foreign_keys=ON")


@contextmanager
def _lock_held(database: Database) -> Iterator[None]:
    """Hold the lock of migrations by a transaction of its own, which a pooler between leaves together.

    It must hold no snapshot, for whose end an index that is built concurrently would wait: so the lock is
    asked for again and again, and another statement puts the snapshot of each question away.
    """
    with database.writing.begin() as connection:
        while True:
            is_ours = connection.execute(sa.select(sa.func.pg_try_advisory_xact_lock(_LOCK))).scalar()
            connection.execute(sa.text("SET LOCAL idle_in_transaction_session_timeout = 0"))
            if is_ours:
                break
            time.sleep(_ASK_AGAIN_S)
        yield


def _begun(connection: Connection) -> AbstractContextManager[object]:
    """Return a transaction; on SQLite the one that is open already."""
    return nullcontext() if connection.in_transaction() else connection.begin()
