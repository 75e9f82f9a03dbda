"""Two `pingparrot serve` on one PostgreSQL, without a broker."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import timedelta

import pytest
import sqlalchemy as sa

from bench.stage import Server, webhook
from router.clock import utc_now
from router.store.tables import NOTIFICATIONS, PAGES
from tests.operations.house import Client, change, eventually, rows, server_on, settle, start_all, told_of
from tests.servers import Postgres
from tests.sinks import HttpSink, Reply

pytestmark = pytest.mark.slow


@dataclass
class Pair:
    """Both servers, a receiver of their deliveries, and a sender."""

    url: str
    one: Server
    other: Server
    sink: HttpSink
    client: Client


@pytest.fixture(scope="module")
def started(
    postgres: Postgres, postgres_template: str, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Pair]:
    folder = tmp_path_factory.mktemp("twins")
    name = postgres.create(postgres_template)
    url = postgres.url(name)
    with ExitStack() as stack:
        stack.callback(postgres.drop, name)
        sink = stack.enter_context(HttpSink())
        client = stack.enter_context(Client(settle(url, {"alice": [sink.url("webhook+http")]})))
        pair = Pair(url, server_on(url, folder / "one"), server_on(url, folder / "other"), sink, client)
        start_all(stack, [pair.one, pair.other])
        yield pair


@pytest.fixture
def pair(started: Pair) -> Pair:
    """Both running, and nothing owed from another test."""
    for server in (started.one, started.other):
        if server.process is None:
            server.start()
    started.sink.otherwise = Reply()
    ended = {
        "next_wake_at": None,
        "status": "cancelled",
        "closed_at": utc_now(),
        "closed_reason": "cancelled",
    }
    change(started.url, sa.update(PAGES).values(ended))
    return started


def test_an_alert_that_both_hear_at_the_same_instant_pages_once(pair: Pair) -> None:
    instances = [f"host-twin-{number}" for number in range(60)]
    bodies = [webhook(instance) for instance in instances]
    with ThreadPoolExecutor(16) as threads:
        posts = [
            threads.submit(pair.client.post, server, body)
            for body in bodies
            for server in (pair.one, pair.other)
        ]
        answers = [post.result() for post in posts]
    assert {answer.status_code for answer in answers} == {200}
    outcomes = Counter(alert["outcome"] for answer in answers for alert in answer.json()["alerts"])
    assert outcomes == {"created": 60, "reminder": 60}
    assert eventually(lambda: set(instances) <= set(told_of(pair.sink.requests)))
    assert eventually(lambda: _unfinished(pair) == 0)
    assert Counter(i for i in told_of(pair.sink.requests) if "twin" in i) == dict.fromkeys(instances, 1)


def test_alerts_of_one_group_that_each_hears_half_of_make_one_page(pair: Pair) -> None:
    groups = [f"host-half-{number}" for number in range(30)]
    with ThreadPoolExecutor(16) as threads:
        posts = [
            threads.submit(pair.client.fire, server, group, half=half)
            for group in groups
            for server, half in ((pair.one, "left"), (pair.other, "right"))
        ]
        answers = [post.result() for post in posts]
    paged = {answer["alerts"][0]["page_id"] for answer in answers}
    assert len(paged) == len(groups)
    outcomes = Counter(answer["alerts"][0]["outcome"] for answer in answers)
    assert outcomes == {"created": 30, "joined": 30}


def test_a_page_that_both_wake_is_repeated_once(pair: Pair) -> None:
    for number in range(30):
        pair.client.fire(pair.one, f"host-woken-{number}")
    due = {"next_repeat_at": utc_now(), "next_wake_at": utc_now()}
    assert change(pair.url, sa.update(PAGES).where(PAGES.c.status == "active").values(due)) == 30
    assert eventually(lambda: _repeats(pair) == 30)
    assert not eventually(lambda: _repeats(pair) != 30, seconds=1.5)
    assert eventually(lambda: _unfinished(pair) == 0)
    assert sum(request.json()["kind"] == "repeat" for request in pair.sink.requests) == 30


def test_what_a_killed_process_had_leased_is_sent_by_the_other(pair: Pair) -> None:
    def hang_first(request: object) -> Reply:
        return Reply(hang=len(of_killed(pair)) == 1)

    pair.sink.otherwise = hang_first
    pair.client.fire(pair.one, "host-killed")
    assert eventually(lambda: len(of_killed(pair)) == 1)
    pair.one.kill()
    lease_over = sa.update(NOTIFICATIONS).where(NOTIFICATIONS.c.state == "sending")
    assert change(pair.url, lease_over.values(next_attempt_at=utc_now() - timedelta(seconds=1))) == 1
    assert eventually(lambda: _unfinished(pair) == 0)
    assert len(of_killed(pair)) == 2


def of_killed(pair: Pair) -> list[str]:
    return [instance for instance in told_of(pair.sink.requests) if instance == "host-killed"]


def _unfinished(pair: Pair) -> int:
    where = NOTIFICATIONS.c.next_attempt_at.is_not(None)
    return int(rows(pair.url, sa.select(sa.func.count()).where(where))[0][0])


def _repeats(pair: Pair) -> int:
    return int(rows(pair.url, sa.select(sa.func.count()).where(NOTIFICATIONS.c.kind == "repeat"))[0][0])
