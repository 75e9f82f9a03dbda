"""An upgrade under load and a roll-back: the version that is there serves on a later one's schema."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx2
import psycopg
import pytest
import sqlalchemy as sa

from bench.stage import Server, webhook
from tests.operations.house import SECRET_KEY, Client, eventually, rows, server_on, settle
from tests.operations.later import COLUMNS, INDEX, Later, ended, later_version
from tests.servers import Postgres
from tests.sinks import HttpSink
from tests.store.expanding import breaches

VERSION = sa.text("SELECT version_num FROM alembic_version")
VALID = sa.text("SELECT indisvalid FROM pg_index WHERE indexrelid = 'ix_incidents_weight'::regclass")

RULES = """\
defaults: {chain: alice, repeat_interval: 1h}
chains:
  alice: {steps: [{page: {user: alice@example.com}}]}
  bob: {steps: [{page: {user: bob@example.com}}]}
routes:
  - {name: bobs, matchers: [team="bobs"], chain: bob}
  - {name: load, matchers: []}
"""


@pytest.fixture
def url(postgres: Postgres, postgres_template: str) -> Iterator[str]:
    """A PostgreSQL database at this version's schema, which the test changes."""
    name = postgres.create(postgres_template)
    yield postgres.url(name)
    postgres.drop(name)


@pytest.fixture
def later(tmp_path: Path) -> Later:
    """The later version."""
    return later_version(tmp_path / "later")


@contextmanager
def senders(server: Server, key: str) -> Iterator[list[int]]:
    """Post new alerts from three threads for the time of the block; yields the statuses of the answers."""
    answers: list[int] = []
    stop = threading.Event()

    def post(number: int) -> None:
        with Client(key) as client:
            while not stop.is_set():
                answers.append(client.post(server, webhook(f"host-{number}-{len(answers)}")).status_code)

    threads = [threading.Thread(target=post, args=(number,)) for number in range(3)]
    for thread in threads:
        thread.start()
    try:
        yield answers
    finally:
        stop.set()
        for thread in threads:
            thread.join()


def more(answers: list[int], count: int = 20) -> bool:
    """Return whether as many more answers come."""
    enough = len(answers) + count
    return eventually(lambda: len(answers) >= enough)


def test_the_later_version_of_these_tests_expands() -> None:
    assert [breaches(source, frozenset()) for source in (COLUMNS, INDEX)] == [[], []]


@pytest.mark.slow
def test_a_server_takes_webhooks_and_delivers_while_a_later_version_migrates(
    url: str, later: Later, tmp_path: Path
) -> None:
    with HttpSink() as receiver, server_on(url, tmp_path / "server", rules=RULES) as server:
        key = settle(url, {"alice": [], "bob": [receiver.url("json")]})
        server.start(40)
        with senders(server, key) as answers:
            assert more(answers)
            starts = [later.start("migrate", database_url=url, secret_key=SECRET_KEY) for _ in range(3)]
            done = [ended(start) for start in starts]
            assert more(answers)
        with Client(key) as client:
            client.fire(server, "host-after", team="bobs")
        assert _heard(receiver, "host-after")
    assert [code for code, _ in done] == [0, 0, 0], done
    assert set(answers) == {200}
    assert rows(url, VALID) == [(True,)]


@pytest.mark.slow
def test_a_rolled_back_version_starts_migrates_and_pages_on_the_later_schema(
    url: str, later: Later, tmp_path: Path
) -> None:
    assert later.run("migrate", database_url=url, secret_key=SECRET_KEY)[0] == 0
    with HttpSink() as receiver, server_on(url, tmp_path / "server") as server:
        key = settle(url, {"alice": [receiver.url("json")]})
        assert server.command("migrate") == {"revision": "0003"}
        server.start(40)
        with Client(key) as client:
            client.fire(server, "host-1")
        assert _heard(receiver, "host-1")
        assert httpx2.get(f"{server.url}/readyz").status_code == 200


def test_a_later_version_refuses_an_older_schema_with_a_sentence(url: str, later: Later) -> None:
    code, said = later.run("serve", "--port", "0", database_url=url, secret_key=SECRET_KEY)
    assert code == 2
    assert "older than this version: run `pingparrot migrate`" in said
    assert "Traceback" not in said


@pytest.mark.slow
def test_a_migration_that_waits_for_a_table_lets_webhooks_through(
    url: str, later: Later, tmp_path: Path
) -> None:
    """A reader that stays, as pg_dump does, must not let everybody queue behind the migration."""
    with server_on(url, tmp_path / "server") as server:
        key = settle(url, {"alice": []})
        server.start(40)
        with senders(server, key) as answers, psycopg.connect(url) as reader:
            reader.execute("SELECT count(*) FROM incidents")
            migration = later.start("migrate", database_url=url, secret_key=SECRET_KEY)
            assert migration.stderr is not None
            assert "is in use, trying again" in migration.stderr.readline()
            assert more(answers, 200)
            reader.rollback()
            code, said = ended(migration)
    assert code == 0, said
    assert set(answers) == {200}
    assert rows(url, VERSION) == [("0003",)]


def test_an_sqlite_is_migrated_by_the_later_version_and_serves_the_one_before(
    sqlite_url: str, later: Later, tmp_path: Path
) -> None:
    assert later.run("migrate", database_url=sqlite_url, secret_key=SECRET_KEY) == (
        0,
        '{"revision": "0003"}\n',
    )
    with HttpSink() as receiver, server_on(sqlite_url, tmp_path / "server") as server:
        key = settle(sqlite_url, {"alice": [receiver.url("json")]})
        server.start(40)
        with Client(key) as client:
            client.fire(server, "host-1")
        assert _heard(receiver, "host-1")


def _heard(receiver: HttpSink, instance: str) -> bool:
    return eventually(lambda: any(instance.encode() in request.body for request in receiver.requests))
