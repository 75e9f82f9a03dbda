"""Phones that ring: people of a desk are reached by sinks, and what is due is sent as the clock moves."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa

from router.commands.acknowledge import acknowledge_each
from router.delivery.described import described
from router.delivery.send import Sender
from router.lifecycle.transitions import Actor
from router.store import outbox
from router.store.contacts import add_contact
from router.store.people import add_user
from router.store.secrets import Secrets
from router.store.tables import CONTACTS
from router.store.writer import Transaction
from tests.intake.desk import Desk
from tests.sinks import HttpSink


@dataclass
class Phones:
    """What people hear: `heard("Alice")` are the messages, with the moment at which each came."""

    desk: Desk
    sender: Sender
    sinks: Mapping[str, HttpSink]
    _moments: dict[str, list[datetime]] = field(default_factory=dict)

    def run(self, *, step_s: float = 1, **delta: float) -> None:
        """Let time pass, as PingParrot does: pages wake, and what is due is sent."""
        until = self.desk.now + timedelta(**delta)
        while self.desk.now < until:
            self.desk.now = min(until, self.desk.now + timedelta(seconds=step_s))
            self.desk.tick()
            self.deliver()

    def deliver(self) -> None:
        """Send everything that is due at this moment, and what comes of it."""
        while due := self._due():
            for one in due:
                self.sender.deliver(one.id, one.attempts)
        for name, sink in self.sinks.items():
            moments = self._moments.setdefault(name, [])
            moments += [self.desk.now] * (len(sink.requests) - len(moments))

    def heard(self, name: str) -> list[tuple[datetime, Any]]:
        messages = [request.json() for request in self.sinks[name].requests]
        return list(zip(self._moments.get(name, []), messages, strict=True))

    def acknowledge(self, name: str, page_ids: Sequence[int]) -> dict[int, str]:
        who = self.desk.people[name]
        return self.desk.writer.run(lambda tx: acknowledge_each(tx, 1, who, page_ids, self.desk.now))

    def _due(self) -> list[Any]:
        with self.desk.database.read() as connection:
            return outbox.due(connection, self.desk.now, 1_000, [])


@contextmanager
def phones_of(desk: Desk, *names: str) -> Iterator[Phones]:
    """Yield the phones of people, who are added if the desk does not know them; Bob and others are pagers."""
    secrets = Secrets("a secret key for tests only, long enough")
    with ExitStack() as stack:
        sinks = {name: stack.enter_context(HttpSink()) for name in names}

        def settle(tx: Transaction) -> dict[str, Actor]:
            added = {}
            for name, sink in sinks.items():
                known = desk.people.get(name)
                if known is None:
                    user = add_user(tx.connection, 1, f"{name}@example.com", name, desk.now)
                    known = added[name] = Actor(user.id, name)
                tx.connection.execute(sa.delete(CONTACTS).where(CONTACTS.c.user_id == known.user_id))
                url = sink.url("webhook+http")
                add_contact(
                    tx.connection, secrets, known.user_id, url, described(url), desk.now, trusted=True
                )
            return added

        desk.people = {**desk.people, **desk.writer.run(settle)}
        sender = Sender(
            desk.writer, secrets, lambda: desk.now, "", lambda: desk.rulebook.current.ruleset.burst
        )
        yield Phones(desk, sender, sinks)
