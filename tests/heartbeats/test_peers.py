"""Two PingParrots watch each other: each pages when the other's heartbeat stays away."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from bench.stage import Receiver, Server
from router.clock import utc_now
from router.core import running
from router.delivery.http import Http
from router.peer import Peer
from router.settings import SettingsError, load_settings
from router.store.engine import Database
from router.store.tables import CHORES, HEARTBEATS, PAGES
from router.store.writer import Writer
from tests.operations.house import change, eventually, rows
from tests.sinks import HttpSink, Reply

RULES = """\
defaults: {chain: triage}
chains: {triage: {steps: [{page: {user: oncall@example.com}}]}}
heartbeats:
  the-other: {within: 5m, priority: critical}
routes:
  - {name: everything}
"""


@dataclass
class Pair:
    """Two PingParrots, each with its own database, and whoever they page."""

    one: Server
    other: Server
    phone: Receiver


@pytest.fixture
def pair(tmp_path: Path) -> Iterator[Pair]:
    with ExitStack() as stack:
        phone = stack.enter_context(Receiver())
        servers = []
        for name in ("one", "other"):
            (tmp_path / name).mkdir()
            servers.append(stack.enter_context(Server(tmp_path / name, RULES, {})))
        one, other = servers
        keys = {id(server): server.people_and_key(phone) for server in servers}
        for server, peer in ((one, other), (other, one)):
            server.settings = {
                "PINGPARROT_PEER_URL": f"{peer.url}/api/heartbeats/the-other",
                "PINGPARROT_PEER_KEY": keys[id(peer)],
            }
        one.start()
        other.start()
        yield Pair(one, other, phone)


@pytest.mark.slow
def test_the_one_that_lives_pages_for_the_one_that_died_until_it_is_back(pair: Pair) -> None:
    assert eventually(
        lambda: sent_again(pair) and state(pair.one).has_beaten and state(pair.other).has_beaten
    )

    pair.other.kill()
    # Nobody waits for five minutes here: the last beat is put an hour back.
    long_ago = utc_now() - timedelta(hours=1)
    backdated = sa.update(HEARTBEATS).values(heard_at=long_ago, counted_from=long_ago)
    change(url(pair.one), backdated)
    assert pair.phone.wait(lambda deliveries: len(deliveries) > 0, 20)
    (page,) = rows(url(pair.one), sa.select(PAGES))
    assert page.subject == "Heartbeat the-other is missing: nothing heard for 5m"
    assert page.priority == "critical"

    change(url(pair.other), sa.update(CHORES).values(done_at=long_ago))
    pair.other.start()
    assert eventually(lambda: closed(pair.one) == ["resolved"])
    assert rows(url(pair.other), sa.select(PAGES)) == []


def sent_again(pair: Pair) -> bool:
    """Let whoever began before the other listened send once more, a minute early."""
    for server, peer in ((pair.one, pair.other), (pair.other, pair.one)):
        if not state(peer).has_beaten:
            change(url(server), sa.update(CHORES).values(done_at=utc_now() - timedelta(hours=1)))
    return True


def url(server: Server) -> str:
    return f"sqlite:///{server.database}"


def state(server: Server) -> Any:
    found = rows(url(server), sa.select(HEARTBEATS))
    return found[0] if found else Unknown


class Unknown:
    """A heartbeat that no process has looked at yet."""

    has_beaten = False


def closed(server: Server) -> list[str | None]:
    return [page.closed_reason for page in rows(url(server), sa.select(PAGES))]


@dataclass
class Watch:
    """A clock that the test moves."""

    now: datetime = datetime(2026, 3, 3, 12, 0, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.now


def test_one_of_all_processes_sends_it_once_a_minute(database: Database, writer: Writer) -> None:
    watch = Watch()
    with HttpSink() as sink:
        address = f"{sink.url('http')}api/heartbeats/a"
        processes = [Peer(writer, Http(), address, "pp_live_secret", watch) for _ in range(3)]
        for _ in range(5):
            results = [process.beat() for process in processes]
            assert [result is not None for result in results].count(True) == 1
            watch.now += timedelta(seconds=30)
            assert [process.beat() for process in processes] == [None, None, None]
            watch.now += timedelta(seconds=30)
        assert [request.headers["x-api-key"] for request in sink.requests] == ["pp_live_secret"] * 5
        assert {request.method for request in sink.requests} == {"POST"}


def test_a_peer_that_refuses_is_told_once_and_tried_again(sqlite: Database) -> None:
    writer, watch = Writer(sqlite), Watch()
    writer.start()
    with HttpSink() as sink:
        sink.otherwise = Reply(503)
        peer = Peer(writer, Http(), f"{sink.url('http')}api/heartbeats/a", "k", watch)
        first = peer.beat()
        watch.now += timedelta(minutes=1)
        sink.otherwise = Reply()
        second = peer.beat()
    writer.close()
    assert first is not None
    assert second is not None
    assert (first.outcome, second.outcome) == ("retryable", "ok")


def test_an_address_without_its_key_is_refused_at_the_start(tmp_path: Path) -> None:
    settings = load_settings(
        {
            "PINGPARROT_DATABASE_URL": f"sqlite:///{tmp_path / 'a.db'}",
            "PINGPARROT_SECRET_KEY": "k" * 32,
            "PINGPARROT_PEER_URL": "https://other.example.com/api/heartbeats/a",
        }
    )
    with pytest.raises(SettingsError, match="belong together"), running(settings, "serve"):
        raise AssertionError("it started")


@pytest.mark.parametrize(
    "address", ["other.example.com", "https://other.example.com/", "https://a@b/api/heartbeats/x"]
)
def test_an_address_that_is_no_heartbeat_is_refused(address: str) -> None:
    with pytest.raises(SettingsError, match="api/heartbeats/NAME"):
        load_settings({"PINGPARROT_PEER_URL": address})
