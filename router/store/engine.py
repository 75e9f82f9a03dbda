"""Connections: SQLite in WAL mode with synchronous=FULL, or PostgreSQL by psycopg."""

from __future__ import annotations

import os
import sqlite3
import stat
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

import sqlalchemy as sa
from sqlalchemy import Connection, Engine, event

WRITERS_ON_POSTGRESQL = 4
_PRAGMAS = (
    "synchronous=FULL",
    "foreign_keys=ON",
    "cache_size=-32000",
    "wal_autocheckpoint=8000",  # of 4 kB: in a burst each page of the file is written fewer times
)
_READERS = 12

# A server that has vanished without a word is given up in seconds (libpq's words; a URL's own go before).
_GIVE_UP = {
    "connect_timeout": 5,
    "keepalives_idle": 10,
    "keepalives_interval": 5,
    "keepalives_count": 2,
    "tcp_user_timeout": 20_000,
}


@dataclass(frozen=True)
class Database:
    """A database as two engines: one for transactions that write, one for those that read.

    SQLite has one writer at a time, so a write transaction takes its lock at the start (BEGIN IMMEDIATE);
    reads run beside it on a snapshot.
    """

    url: str
    writing: Engine
    reading: Engine

    @property
    def is_sqlite(self) -> bool:
        """Whether it is embedded."""
        return self.writing.dialect.name == "sqlite"

    @contextmanager
    def read(self) -> Iterator[Connection]:
        """Yield a connection on one consistent snapshot (SQLite) or statement by statement (PostgreSQL)."""
        with self.reading.connect() as connection:
            yield connection

    def close(self) -> None:
        """Close all pooled connections."""
        self.writing.dispose()
        self.reading.dispose()


def connect(url: str) -> Database:
    """Return the database at a URL; nothing is opened before it is used.

    Parameters:
      url: `sqlite:///relative.db`, `sqlite:////absolute.db` or `postgresql://…`.
    Raises ValueError for any other kind of database.
    """
    if url.startswith("sqlite:"):
        return Database(url, writing=_sqlite(url, "BEGIN IMMEDIATE"), reading=_sqlite(url, "BEGIN"))
    for prefix in ("postgresql://", "postgres://", "postgresql+psycopg://"):
        if url.startswith(prefix):
            full = "postgresql+psycopg://" + url.removeprefix(prefix)
            # Two pools: however many read, those who write find their connections.
            return Database(
                url,
                writing=_postgresql(full, WRITERS_ON_POSTGRESQL, 2),
                reading=_postgresql(full, _READERS, 4),
            )
    raise ValueError(
        f"the database URL starts with {url.split(':', 1)[0]!r}: use sqlite:///pingparrot.db or postgresql://…"
    )


def connect_to_look(url: str) -> Database:
    """Return a database that refuses to be changed, as `connect`; an SQLite file is not made either."""
    if not url.startswith("sqlite:"):
        opened = connect(url)
        reading = opened.reading.execution_options(postgresql_readonly=True)
        return Database(url, writing=reading, reading=reading)
    path = str(sa.make_url(url).database)

    def open_file() -> sqlite3.Connection:
        # Not mode=ro, which leaves files of shared memory behind where no server runs.
        connection = sqlite3.connect(
            f"file:{quote(path)}?mode=rw", uri=True, isolation_level=None, check_same_thread=False
        )
        connection.execute("PRAGMA busy_timeout=10000")
        connection.execute("PRAGMA query_only=ON")
        return connection

    engine = sa.create_engine("sqlite://", creator=open_file, poolclass=sa.NullPool, hide_parameters=True)
    return Database(url, writing=engine, reading=engine)


def _postgresql(url: str, size: int, more: int) -> Engine:
    parsed = sa.make_url(url)
    return sa.create_engine(
        parsed,
        pool_size=size,
        max_overflow=more,
        pool_pre_ping=True,
        pool_timeout=5,
        hide_parameters=True,  # an error that is logged must not tell passwords and contacts
        connect_args={name: value for name, value in _GIVE_UP.items() if name not in parsed.query},
    )


def _sqlite(url: str, begin: str) -> Engine:
    engine = sa.create_engine(
        url,
        pool_size=_READERS,
        max_overflow=4,
        connect_args={"check_same_thread": False},
        hide_parameters=True,
    )

    @event.listens_for(engine, "do_connect")
    def _make_private(_dialect: Any, _record: Any, words: Sequence[Any], _named: Any) -> None:
        _make_for_owner_only(str(words[0]))

    @event.listens_for(engine, "connect")
    def _configure(connection: Any, _record: Any) -> None:
        connection.isolation_level = None  # we say BEGIN ourselves; the driver's own BEGIN comes too late
        connection.execute("PRAGMA busy_timeout=10000")
        _write_ahead(connection)
        for pragma in _PRAGMAS:
            connection.execute(f"PRAGMA {pragma}")

    @event.listens_for(engine, "begin")
    def _begin(connection: Connection) -> None:
        connection.exec_driver_sql(begin)

    return engine


def _make_for_owner_only(path: str) -> None:
    """Make a database that is not there yet; SQLite would let everybody read what alerts and people say.

    Made without being opened: closing any descriptor of a file drops the locks that this process has on it
    (https://sqlite.org/howtocorrupt.html, 2.2).
    """
    if path != ":memory:":
        with suppress(OSError):  # it is there, or SQLite says what is wrong
            os.mknod(path, stat.S_IFREG | 0o600)


def _write_ahead(connection: sqlite3.Connection) -> None:
    """Switch a file to WAL: the very first switch wants it alone, and the driver does not wait for that."""
    for _ in range(100):
        try:
            connection.execute("PRAGMA journal_mode=WAL")
        except sqlite3.OperationalError as error:
            if "locked" not in str(error):
                raise
            time.sleep(0.1)  # several processes make the database at the same time
        else:
            return
    connection.execute("PRAGMA journal_mode=WAL")
