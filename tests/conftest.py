"""Fixtures for everybody: databases on SQLite and PostgreSQL, the writer, Redis.

A test that takes `database` (or `database_url`, `blank_database_url`) runs twice, once on each. What needs
a server that is not installed is skipped on a laptop and fails where the environment says CI.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
import sqlalchemy as sa
from hypothesis import settings

from router.clock import utc_now
from router.store.engine import Database, connect
from router.store.migrate import head, upgrade
from router.store.organisations import DEFAULT, ensure_organisation
from router.store.tables import METADATA
from router.store.writer import Writer
from tests.servers import Postgres, run_postgres, run_redis

settings.register_profile("untimed", settings.default, deadline=None)  # a busy machine breaks no promise
settings.load_profile("untimed")

KINDS = ("sqlite", "postgresql")


@pytest.fixture(scope="session")
def postgres() -> Iterator[Postgres]:
    """A PostgreSQL cluster of this test process."""
    with run_postgres() as server:
        yield server


@pytest.fixture(scope="session")
def postgres_template(postgres: Postgres) -> str:
    """The name of a migrated database to copy."""
    name = postgres.create()
    _migrate(postgres.url(name))
    return name


@pytest.fixture(scope="session")
def sqlite_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A migrated SQLite file to copy."""
    path = tmp_path_factory.mktemp("template") / "template.db"
    _migrate(f"sqlite:///{path}")
    return path


@pytest.fixture
def sqlite_url(tmp_path: Path, sqlite_template: Path) -> str:
    """The URL of a fresh migrated SQLite database, for a test that needs no other."""
    path = tmp_path / "pingparrot.db"
    shutil.copyfile(sqlite_template, path)
    return f"sqlite:///{path}"


@pytest.fixture(scope="session")
def postgres_used() -> list[str]:
    """Names of migrated databases that a test is done with: emptying one is ten times faster than a copy."""
    return []


@pytest.fixture
def postgres_url(postgres: Postgres, postgres_template: str, postgres_used: list[str]) -> Iterator[str]:
    """The URL of a migrated PostgreSQL database as if fresh, for a test that needs no other.

    A test that changes the schema takes `blank_database_url`.
    """
    if postgres_used:
        name = postgres_used.pop()
        postgres.disconnect(name)
        _empty(postgres.url(name))
    else:
        name = postgres.create(postgres_template)
    yield postgres.url(name)
    postgres_used.append(name)


@pytest.fixture(params=KINDS)
def database_url(request: pytest.FixtureRequest) -> str:
    """The URL of a fresh migrated database: the test runs on SQLite and on PostgreSQL."""
    url: str = request.getfixturevalue("sqlite_url" if request.param == "sqlite" else "postgres_url")
    return url


@pytest.fixture(params=KINDS)
def blank_database_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """The URL of an empty database, of both kinds, for tests of the migrations themselves."""
    if request.param == "sqlite":
        yield f"sqlite:///{tmp_path / 'blank.db'}"
        return
    server: Postgres = request.getfixturevalue("postgres")
    name = server.create()
    yield server.url(name)
    server.drop(name)


@pytest.fixture
def database(database_url: str) -> Iterator[Database]:
    """A fresh migrated database, of both kinds, with the organisation `default` in it."""
    opened = connect(database_url)
    yield opened
    opened.close()


@pytest.fixture
def sqlite(sqlite_url: str) -> Iterator[Database]:
    """A fresh migrated SQLite database, for a test that needs no other."""
    opened = connect(sqlite_url)
    yield opened
    opened.close()


@pytest.fixture
def writer(database: Database) -> Iterator[Writer]:
    """The started writer of `database`."""
    started = Writer(database)
    started.start()
    yield started
    started.close()


@pytest.fixture(scope="session")
def redis_server() -> Iterator[str]:
    """The URL of a Redis of this test process."""
    with run_redis() as server:
        yield server.url


@pytest.fixture
def redis_url(redis_server: str) -> str:
    """The URL of an empty Redis."""
    import redis

    with redis.Redis.from_url(redis_server) as client:
        client.flushall()
    return redis_server


@pytest.fixture(scope="session")
def amtool() -> str:
    """Where amtool is; without it the tests are skipped on a laptop and fail in CI."""
    found = shutil.which("amtool")
    if found is None:
        if os.environ.get("CI"):
            pytest.fail("amtool is not installed: apt-get install prometheus-alertmanager")
        pytest.skip("amtool is not installed")
    return found


@pytest.fixture(scope="session")
def promtool() -> str:
    """Where promtool is; without it the tests are skipped on a laptop and fail in CI."""
    found = shutil.which("promtool")
    if found is None:
        if os.environ.get("CI"):
            pytest.fail("promtool is not installed: apt-get install prometheus")
        pytest.skip("promtool is not installed")
    return found


def _empty(url: str) -> None:
    """Make a migrated PostgreSQL database what it was when it was new, ids included."""
    opened = connect(url)
    try:
        with opened.writing.begin() as connection:
            for table in reversed(METADATA.sorted_tables):
                connection.execute(sa.delete(table))
                if "id" in table.c:
                    sequence = sa.func.pg_get_serial_sequence(table.name, "id")
                    connection.execute(sa.select(sa.func.setval(sequence, 1, False)))
            connection.execute(sa.text("UPDATE alembic_version SET version_num = :head"), {"head": head()})
            ensure_organisation(connection, DEFAULT, utc_now())
    finally:
        opened.close()


def _migrate(url: str) -> None:
    opened = connect(url)
    try:
        upgrade(opened)
    finally:
        opened.close()
