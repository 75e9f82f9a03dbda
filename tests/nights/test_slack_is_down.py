"""Slack is down: people's next contacts are used at once, and admins hear of it once, by another way."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import pytest
import sqlalchemy as sa
from starlette.applications import Starlette
from starlette.testclient import TestClient

from router.api.health import health_routes
from router.commands.acknowledge import acknowledge
from router.delivery.described import described
from router.lifecycle.model import Target
from router.lifecycle.transitions import Actor
from router.scheduler import wake_pages
from router.store import failing
from router.store.contacts import add_contact
from router.store.people import add_user
from router.store.tables import FAILING_DESTINATIONS, NOTIFICATIONS, PAGES
from router.store.writer import Transaction
from tests.operations.post import ALICE, Post
from tests.sinks import HttpSink, Reply

DAVE = Target("user", name="dave@example.com")
BROKEN = Reply(500)


@dataclass
class Night:
    """Alice and Dave are on call, by Slack, then phone; Carol is an admin, by Slack, then mail."""

    post: Post
    slack: HttpSink
    alice: HttpSink
    dave: HttpSink
    carol: HttpSink
    carol_id: int
    scrape: Callable[[], str]

    def run(self, **delta: float) -> None:
        """Let time pass, as PingParrot does: what is due is sent, pages wake, destinations are looked at."""
        until = self.post.now + timedelta(**delta)
        while self.post.now < until:
            self.post.deliver()
            self.post.now = min(until, self.post.now + timedelta(seconds=1))
            self.post.writer.run(self._wake)
            self.post.writer.run(lambda tx: failing.watch(tx, self.post.now))
        self.post.deliver()

    def _wake(self, tx: Transaction) -> None:
        due = sa.select(PAGES.c.id).where(PAGES.c.next_wake_at <= self.post.now).order_by(PAGES.c.id)
        wake_pages(tx, tx.connection.execute(due).scalars().all(), self.post.now)

    def notices(self) -> list[Any]:
        """Return the pages that say that something is failing."""
        query = sa.select(PAGES).where(PAGES.c.subject.like("% is failing")).order_by(PAGES.c.id)
        return self.post._rows(query)

    def failing(self) -> list[str]:
        return [row.destination for row in self.post._rows(sa.select(FAILING_DESTINATIONS))]


@pytest.fixture
def night(post: Post) -> Iterator[Night]:
    with ExitStack() as stack:
        dave, carol = (stack.enter_context(HttpSink()) for _ in range(2))

        def settle(tx: Transaction) -> int:
            ids = []
            for name, sinks, admin in (
                ("Dave", (post.first, dave), False),
                ("Carol", (post.first, carol), True),
            ):
                email = f"{name.lower()}@example.com"
                user = add_user(tx.connection, 1, email, name, post.now, is_admin=admin)
                ids.append(user.id)
                for sink in sinks:
                    url = sink.url("webhook+http")
                    known = described(url)
                    add_contact(tx.connection, post.secrets, user.id, url, known, post.now, trusted=True)
            return ids[-1]

        routes = health_routes(post.database, lambda: post.now)
        client = stack.enter_context(TestClient(Starlette(routes=routes)))
        carol_id = post.writer.run(settle)
        yield Night(post, post.first, post.second, dave, carol, carol_id, lambda: client.get("/metrics").text)


def test_people_hear_at_once_by_another_way_and_admins_hear_of_it_once(night: Night) -> None:
    post = night.post
    where = f"webhook 127.0.0.1:{night.slack.port}"

    # The first page of the night: two people, whose second failures bring in their phones after two seconds.
    night.slack.otherwise = BROKEN
    post.page(ALICE, DAVE)
    night.run(seconds=4)
    assert (len(night.alice.requests), len(night.dave.requests)) == (1, 1)
    assert night.failing() == []

    # Their third tries fail as well. Carol is told: not by Slack, where she would not hear of it.
    tries = len(night.slack.requests)
    night.run(seconds=12)
    (notice,) = night.notices()
    assert (notice.subject, notice.priority) == (f"{where} is failing", "high")
    assert night.failing() == [where]
    assert len(night.carol.requests) == 1
    assert len(night.slack.requests) <= tries + 2
    assert f"the last 5 sends to {where}" in post.timeline(notice.id)[0].detail
    assert "answered 500" in notice.message

    # From now on the first failure is enough: a new page is on Alice's phone in the same moment.
    page_id = post.page(ALICE)
    post.deliver()
    assert len(night.alice.requests) == 2
    failed = next(event for event in post.timeline(page_id) if event.kind == "delivery_failed")
    assert failed.detail.endswith("The destination is failing: the next contact is tried at once.")

    # However much fails, it is one page; it repeats by mail until Carol takes it.
    night.run(minutes=6)
    assert len(night.notices()) == 1
    assert len(night.carol.requests) == 2
    carol = Actor(night.carol_id, "Carol", is_admin=True)
    post.writer.run(lambda tx: acknowledge(tx, 1, carol, notice.id, post.now))
    night.run(minutes=11)
    assert len(night.carol.requests) == 2
    assert 'pingparrot_destination_failing{destination="' + where + '"} 1.0' in night.scrape()

    # Slack is back. The next send finds out, the page closes, and Carol is told by mail.
    night.slack.otherwise = Reply()
    post.page(DAVE)
    night.run(seconds=2)
    (notice,) = night.notices()
    assert (notice.status, notice.closed_reason) == ("acknowledged", "resolved")
    said = [event.detail for event in post.timeline(notice.id) if event.kind == "resolved"]
    assert said[0].endswith("succeeded: it works again.")
    assert night.failing() == []
    assert [row.kind for row in _sent(post, notice.id)] == ["page", "repeat", "resolved"]
    assert len(night.carol.requests) == 3
    assert where not in night.scrape()

    # Dave was told by Slack alone this time: nothing is brought in where nothing fails.
    assert len(night.dave.requests) == 1

    # Another night is another page.
    night.slack.otherwise = BROKEN
    post.page(ALICE, DAVE)
    night.run(seconds=20)
    assert len(night.notices()) == 2


def test_one_contact_that_fails_beside_others_that_work_is_no_outage(night: Night) -> None:
    night.slack.otherwise = lambda request: BROKEN if len(night.slack.requests) % 3 else Reply()
    for _ in range(4):
        night.post.page(ALICE, DAVE)
        night.run(minutes=1)
    assert night.notices() == []


def test_admins_who_have_no_other_way_are_tried_all_the_same_and_it_is_said(night: Night) -> None:
    night.carol.otherwise = night.slack.otherwise = BROKEN
    night.post.page(ALICE, DAVE)
    night.run(seconds=80)
    (notice,) = night.notices()
    assert "nobody_reached" in night.post.kinds(notice.id)


def test_a_destination_that_nobody_uses_any_more_is_let_go_after_a_day(night: Night) -> None:
    night.slack.otherwise = BROKEN
    page_id = night.post.page(ALICE, DAVE)
    night.run(seconds=50)
    night.post.write(sa.update(PAGES).where(PAGES.c.id == page_id).values(next_wake_at=None))
    night.post.write(sa.update(NOTIFICATIONS).values(next_attempt_at=None))
    night.post.pass_time(24 * 3600)
    night.post.writer.run(lambda tx: failing.watch(tx, night.post.now))
    assert night.failing() == []
    assert night.notices()[0].closed_reason == "stale"


def _sent(post: Post, page_id: int) -> list[Any]:
    query = sa.select(NOTIFICATIONS).where(NOTIFICATIONS.c.page_id == page_id).order_by(NOTIFICATIONS.c.id)
    rows = post._rows(query)
    assert {row.state for row in rows} == {"sent"}
    return rows
