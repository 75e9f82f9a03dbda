"""A desk to test intake at: a real database, rules, a scheduler, and a clock that the test moves.

Alice is on call, Bob is second, Carol leads and is an admin.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from adapters.alert import PayloadError
from adapters.alertmanager.parse import parse
from adapters.fingerprint import fingerprint_of
from router.commands.acknowledge import acknowledge
from router.commands.cancel import cancel
from router.delivery.described import described
from router.intake import Intake
from router.lifecycle.transitions import Actor
from router.ruleset import RuleBook
from router.scheduler import Retention, Scheduler
from router.store.contacts import Described, add_contact
from router.store.credentials import ensure_integration
from router.store.engine import Database
from router.store.groups import add_group
from router.store.organisations import ensure_organisation
from router.store.people import add_user
from router.store.secrets import Secrets
from router.store.tables import EVENTS, INCIDENTS, NOTIFICATIONS, PAGES, QUARANTINE, WEBHOOKS
from router.store.writer import Transaction, Writer
from router.webhook import Answer, Sender, Webhook

START = datetime(2026, 3, 3, 12, 0, tzinfo=UTC)  # a Tuesday at noon
KEEP = Retention(timedelta(days=30), timedelta(days=400))

RULES = """
defaults:
  chain: triage
  priority: {label: severity, values: {critical: critical, warning: normal, info: low}, otherwise: normal}
  repeat_interval: 60s
  expires: 24h
  acknowledge: any
  stale_after: 48h
chains:
  triage:
    steps:
      - page: {group: on call}
      - {after: 5m, page: {group: second}}
  leads: {steps: [{page: {group: leads}}]}
time_intervals:
  office:
    - {weekdays: ["monday:friday"], times: [{start_time: "09:00", end_time: "17:00"}]}
routes:
  - {name: staging, matchers: [env="staging"], suppress: only production wakes people}
  - {name: audit, matchers: [audit="yes"], chain: leads, continue: true}
  - {name: login, matchers: [alertname="Login"]}
  - {name: slow, matchers: [speed="slow"], active_time_intervals: [office]}
  - {name: zones, matchers: [zone=~".+"], group_by: [zone]}
  - {name: brief, matchers: [brief="yes"], expires: 10m, reopen_within: 30m, flap_limit: 2}
  - {name: patient, matchers: [patient="yes"], resolve_hold: 10m}
  - {name: loaned, matchers: [loaned="yes"], acknowledgement_timeout: 1h}
"""


@dataclass
class Desk:
    """What a test holds."""

    database: Database
    writer: Writer
    intake: Intake
    scheduler: Scheduler
    rulebook: RuleBook
    rules_path: Path
    senders: Mapping[str, Sender]
    people: Mapping[str, Actor]
    now: datetime = START

    def take(self, *webhooks: Webhook) -> list[Answer]:
        """Take webhooks that arrive at the same moment."""

        async def together() -> list[Answer]:
            return await asyncio.gather(*(self.intake.take(webhook) for webhook in webhooks))

        return asyncio.run(together())

    def post(self, body: bytes, sender: str = "prometheus-eu") -> Answer:
        """Take one body."""
        (answer,) = self.take(self.webhook(body, sender))
        return answer

    def webhook(self, body: bytes, sender: str = "prometheus-eu") -> Webhook:
        """Return a body as the adapter hands it to intake."""
        try:
            return Webhook(self.senders[sender], "alertmanager", body, parse(body, self.now))
        except PayloadError as fault:
            return Webhook(self.senders[sender], "alertmanager", body, None, str(fault))

    def pass_time(self, **delta: float) -> None:
        """Move the clock; nothing else happens."""
        self.now += timedelta(**delta)

    def tick(self) -> None:
        """Let the scheduler do what is due."""
        self.scheduler.tick()

    def look_on(self, **delta: float) -> None:
        """Let time pass while the scheduler looks every minute."""
        until = self.now + timedelta(**delta)
        while self.now < until:
            self.now = min(until, self.now + timedelta(minutes=1))
            self.tick()

    def restart(self, **away: float) -> None:
        """Stop PingParrot, let time pass, and start it again."""
        self.pass_time(**away)
        self.new_scheduler()
        self.tick()

    def new_scheduler(self) -> None:
        self.scheduler = Scheduler(self.writer, self.rulebook, lambda: self.now, KEEP)

    def acknowledge(self, page_id: int, name: str = "Alice") -> None:
        self.writer.run(lambda tx: acknowledge(tx, 1, self.people[name], page_id, self.now))

    def cancel(self, page_id: int) -> None:
        self.writer.run(lambda tx: cancel(tx, 1, self.people["Carol"], page_id, self.now))

    def change_rules(self, text: str) -> None:
        self.rules_path.write_text(text)
        assert self.rulebook.reload().ok

    def pages(self) -> list[Any]:
        return self._rows(sa.select(PAGES).order_by(PAGES.c.id))

    def page(self, page_id: int) -> Any:
        (row,) = self._rows(sa.select(PAGES).where(PAGES.c.id == page_id))
        return row

    def incidents(self) -> list[Any]:
        return self._rows(sa.select(INCIDENTS).order_by(INCIDENTS.c.id))

    def open_incidents(self) -> list[Any]:
        return [row for row in self.incidents() if row.ended_at is None]

    def quarantined(self) -> list[Any]:
        return self._rows(sa.select(QUARANTINE).order_by(QUARANTINE.c.id))

    def webhooks(self) -> list[Any]:
        return self._rows(sa.select(WEBHOOKS).order_by(WEBHOOKS.c.id))

    def timeline(self, page_id: int) -> list[str]:
        rows = self._rows(sa.select(EVENTS).where(EVENTS.c.page_id == page_id).order_by(EVENTS.c.id))
        return [row.kind for row in rows]

    def details(self, page_id: int, kind: str) -> list[str]:
        """Return what a page's timeline says in its lines of one kind."""
        query = (
            sa.select(EVENTS).where(EVENTS.c.page_id == page_id, EVENTS.c.kind == kind).order_by(EVENTS.c.id)
        )
        return [row.detail for row in self._rows(query)]

    def told(self, page_id: int) -> list[tuple[str, str]]:
        """Return whom a page has been sent to and as what, in order."""
        names = {actor.user_id: name for name, actor in self.people.items()}
        rows = self._rows(
            sa.select(NOTIFICATIONS).where(NOTIFICATIONS.c.page_id == page_id).order_by(NOTIFICATIONS.c.id)
        )
        return [(names[row.user_id], row.kind) for row in rows]

    def told_since(self, page_id: int, since: datetime) -> int:
        """Return how many notifications of a page were written at a moment or later."""
        query = sa.select(NOTIFICATIONS.c.id).where(
            NOTIFICATIONS.c.page_id == page_id, NOTIFICATIONS.c.created_at >= since
        )
        return len(self._rows(query))

    def said_since(self, page_id: int, since: datetime, words: str) -> bool:
        """Return whether a page's timeline has said something at a moment or later."""
        query = sa.select(EVENTS.c.detail).where(EVENTS.c.page_id == page_id, EVENTS.c.at >= since)
        return any(words in row.detail for row in self._rows(query))

    def _rows(self, query: sa.Select[Any]) -> list[Any]:
        with self.database.read() as connection:
            return list(connection.execute(query).all())


def build_desk(database: Database, writer: Writer, folder: Path, rules: str = RULES) -> Desk:
    """Return a desk over a migrated database and a started writer; its rules stand in `folder`."""
    secrets = Secrets("a secret key for tests only, long enough")
    people: dict[str, Actor] = {}

    def settle(tx: Transaction) -> dict[str, Sender]:
        org_id = ensure_organisation(tx.connection, "default", START)
        for name, group, admin in (
            ("Alice", "on call", False),
            ("Bob", "second", False),
            ("Carol", "leads", True),
        ):
            user = add_user(tx.connection, org_id, f"{name}@example.com", name, START, is_admin=admin)
            described = Described("webhook", "webhook 127.0.0.1:9", "webhook")
            add_contact(
                tx.connection, secrets, user.id, "json://127.0.0.1:9/", described, START, trusted=True
            )
            add_group(tx.connection, org_id, group, START, member_ids=[user.id])
            people[name] = Actor(user.id, name, admin)
        senders = {}
        for name in ("prometheus-eu", "prometheus-us"):
            made = ensure_integration(tx.connection, org_id, name, START, kind="alertmanager")
            senders[name] = Sender(made.id, name, org_id)
        return senders

    senders = writer.run(settle)
    path = folder / "rules.yml"
    path.write_text(rules)

    def clock() -> datetime:
        return desk.now

    rulebook = RuleBook(writer, secrets, path, lambda _: None, lambda: START, 1, described)
    assert rulebook.reload().ok, rulebook.last
    intake = Intake(writer, rulebook, clock)
    scheduler = Scheduler(writer, rulebook, clock, KEEP)
    desk = Desk(database, writer, intake, scheduler, rulebook, path, senders, people)
    return desk


def firing(name: str, starts_at: datetime = START, **labels: str) -> dict[str, Any]:
    """Return a firing alert as Alertmanager words it."""
    named = {"alertname": name, **labels}
    return {
        "status": "firing",
        "labels": named,
        "annotations": {"summary": f"{name} is not well"},
        "startsAt": spelled(starts_at),
        "endsAt": "0001-01-01T00:00:00Z",
        "generatorURL": "",
        "fingerprint": fingerprint_of(named),
    }


def resolved(name: str, ends_at: datetime, starts_at: datetime = START, **labels: str) -> dict[str, Any]:
    """Return a resolved alert as Alertmanager words it."""
    return {**firing(name, starts_at, **labels), "status": "resolved", "endsAt": spelled(ends_at)}


def body(
    *alerts: Mapping[str, Any],
    receiver: str = "pingparrot",
    group: str = "{}:{}",
    truncated: int = 0,
    url: str = "http://alertmanager:9093",
) -> bytes:
    """Return a webhook body as Alertmanager words it."""
    fires = any(alert["status"] == "firing" for alert in alerts)
    whole = {
        "receiver": receiver,
        "status": "firing" if fires else "resolved",
        "alerts": list(alerts),
        "groupLabels": {},
        "commonLabels": {},
        "commonAnnotations": {},
        "externalURL": url,
        "version": "4",
        "groupKey": group,
        "truncatedAlerts": truncated,
    }
    return json.dumps(whole).encode()


def outcomes(answer: Answer) -> list[tuple[str, int | None]]:
    """Return what was done about each alert: (outcome, page id)."""
    return [(alert.outcome, alert.page_id) for alert in answer.alerts]


def names_of(answers: Sequence[Answer]) -> list[str]:
    """Return the outcomes of several answers in order, without pages."""
    return [alert.outcome for answer in answers for alert in answer.alerts]


def spelled(moment: datetime) -> str:
    """Return a moment as Alertmanager spells it."""
    return moment.isoformat().replace("+00:00", "Z")
