"""Bring a database's schema up to date; safe when many processes start at once.

Alembic is imported only to change what is there: a server's memory does not need it, and a blank database is
given the newest schema at once (a test holds the tables and the migrations to each other).
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import sqlalchemy as sa
from sqlalchemy import Connection

from router.clock import utc_now
from router.store.engine import Database
from router.store.organisations import DEFAULT, ensure_organisation
from router.store.tables import METADATA

if TYPE_CHECKING:
    from alembic.config import Config

_SCRIPTS = Path(__file__).parent / "migrations"
_LOCK = 0x50504D49  # "PPMI": any number that no other program takes on this PostgreSQL database
_ALEMBIC_VERSION = sa.Table(  # as Alembic itself makes it; apart from our tables, which it compares
    "alembic_version",
    sa.MetaData(),
    sa.Column("version_num", sa.String(32), nullable=False),
    sa.PrimaryKeyConstraint("version_num", name="alembic_version_pkc"),
)


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
    """Apply what is missing, all or nothing, and make the organisation `default` with its group `All`.

    Of several processes one works and the others wait for it. A schema that is newer is left alone.
    """
    with _locked(database) as connection:
        if not sa.inspect(connection).get_table_names():
            METADATA.create_all(connection)
            _ALEMBIC_VERSION.create(connection)
            connection.execute(sa.insert(_ALEMBIC_VERSION).values(version_num=head()))
        elif revision(connection) < head():
            run_migrations(connection)
        ensure_organisation(connection, DEFAULT, utc_now())


def run_migrations(connection: Connection) -> None:
    """Run every migration that the database has not seen, by Alembic."""
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
    """Yield a connection in a transaction that no other migration runs beside."""
    if not database.is_sqlite:
        with database.writing.begin() as connection:
            connection.execute(sa.select(sa.func.pg_advisory_xact_lock(_LOCK)))
            yield connection
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
