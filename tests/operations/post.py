"""A post office for the tests of delivery: a sender on a real database, under a clock that the test moves.

Alice is paged; Bob is the default chain. Their contacts are sinks.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import sqlalchemy as sa

from router.delivery.described import described
from router.delivery.send import Sender
from router.lifecycle.model import Plan, Step, Target
from router.lifecycle.transitions import open_page
from router.store import outbox, pages
from router.store.contacts import add_contact
from router.store.engine import Database
from router.store.ids import reserve
from router.store.organisations import DEFAULT, ensure_organisation
from router.store.people import add_user
from router.store.reach import reaching
from router.store.secrets import Secrets
from router.store.tables import EVENTS, NOTIFICATIONS, PAGES
from router.store.writer import Handed, Transaction, Writer
from tests.sinks import HttpSink

START = datetime(2026, 3, 3, 12, 0, tzinfo=UTC)
ALICE = Target("user", name="alice@example.com")
BOB = Target("user", name="bob@example.com")


@dataclass
class Post:
    """What a test holds: Alice's first and second contact, and Bob's."""

    database: Database
    writer: Writer
    sender: Sender
    secrets: Secrets
    first: HttpSink
    second: HttpSink
    bob: HttpSink
    handed: list[Handed]
    contact_ids: list[int] = field(default_factory=list)
    people: dict[str, int] = field(default_factory=dict)
    now: datetime = START
    burst: int = 0

    def page(self, *targets: Target, fallback: Sequence[Target] = (), repeat_interval_s: int = 3600) -> int:
        """Open a page to Alice, or to others."""

        def job(tx: Transaction) -> int:
            (page_id,) = reserve(tx, PAGES, 1)
            plan = Plan(
                (Step(0, targets or (ALICE,)),),
                (Step(0, tuple(fallback)),) if fallback else (),
                repeat_interval_s,
            )
            reach = reaching(tx.connection, 1)
            change = open_page(page_id, 1, plan, "normal", self.now, reach, "Sent by a test.")
            pages.insert(tx, [pages.Draft(change, "Disk full", "It is.", "single")], self.now)
            return page_id

        return self.writer.run(job)

    def pass_time(self, seconds: float) -> None:
        self.now += timedelta(seconds=seconds)

    def deliver(self) -> None:
        """Send everything that is handed over or due, and what comes of it, at this moment."""
        while ready := [*self.handed, *self.due()]:
            self.handed.clear()
            for one in ready:
                self.sender.deliver(one.id, one.attempts)

    def due(self) -> list[Handed]:
        with self.database.read() as connection:
            return outbox.due(connection, self.now, 100, [])

    def notifications(self) -> list[Any]:
        return self._rows(sa.select(NOTIFICATIONS).order_by(NOTIFICATIONS.c.id))

    def notification(self) -> Any:
        return self.notifications()[0]

    def wait_s(self) -> float:
        """Return how long the first notification now rests."""
        wait: float = (self.notification().next_attempt_at - self.now).total_seconds()
        return wait

    def timeline(self, page_id: int) -> list[Any]:
        return self._rows(sa.select(EVENTS).where(EVENTS.c.page_id == page_id).order_by(EVENTS.c.id))

    def kinds(self, page_id: int) -> list[str]:
        return [event.kind for event in self.timeline(page_id)]

    def write(self, statement: Any) -> None:
        self.writer.run(lambda tx: tx.connection.execute(statement) and None)

    def _rows(self, query: sa.Select[Any]) -> list[Any]:
        with self.database.read() as connection:
            return list(connection.execute(query).all())


@contextmanager
def open_post(database: Database) -> Iterator[Post]:
    """Yield a post office on a migrated database."""
    secrets = Secrets("a secret key for the tests of delivery")
    handed: list[Handed] = []
    with ExitStack() as stack:
        first, second, bob = (stack.enter_context(HttpSink()) for _ in range(3))
        writer = Writer(database, handed.extend)
        writer.start()
        stack.callback(writer.close)
        sender = Sender(writer, secrets, lambda: post.now, "", lambda: post.burst)
        post = Post(database, writer, sender, secrets, first, second, bob, handed)
        writer.run(lambda tx: _settle(tx, post))
        yield post


def _settle(tx: Transaction, post: Post) -> None:
    org_id = ensure_organisation(tx.connection, DEFAULT, START)
    for name, sinks in (("Alice", (post.first, post.second)), ("Bob", (post.bob,))):
        user = add_user(tx.connection, org_id, f"{name}@example.com", name, START)
        post.people[name] = user.id
        for sink in sinks:
            url = sink.url("webhook+http")
            contact = add_contact(
                tx.connection, post.secrets, user.id, url, described(url), START, trusted=True
            )
            post.contact_ids.append(contact.id)
