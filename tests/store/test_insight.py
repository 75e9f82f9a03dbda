"""What figures are made of, read from both databases."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
import sqlalchemy as sa
from sqlalchemy import Connection

from router.insight.figures import Called, Rung
from router.insight.period import period_of
from router.store import insight
from router.store.credentials import ensure_integration
from router.store.engine import Database
from router.store.names import NotAcceptedError
from router.store.organisations import ensure_organisation
from router.store.people import add_user
from router.store.tables import INCIDENTS, NOTIFICATIONS, PAGES, PLANS

NOW = datetime(2026, 6, 23, 14, 0, tzinfo=UTC)
PERIOD = period_of(NOW, ZoneInfo("Europe/Berlin"), 7)
HOUR = timedelta(hours=1)


@dataclass
class Desk:
    """Rows of two organisations, written one by one."""

    connection: Connection
    orgs: dict[str, int] = field(default_factory=dict)
    people: dict[str, int] = field(default_factory=dict)
    senders: dict[str, int] = field(default_factory=dict)
    plan: int = 0

    def insert(self, table: sa.Table, **row: Any) -> int:
        key: int = self.connection.execute(sa.insert(table).values(row)).inserted_primary_key[0]  # type: ignore[index]
        return key

    def page(self, at: datetime, org: str = "ours", **row: Any) -> int:
        usual = {
            "plan_id": self.plan,
            "subject": "Down",
            "message": "",
            "priority": "high",
            "status": "active",
            "delivery_mode": "group",
            "route": "payments/stripe",
            "created_at": at,
        }
        return self.insert(PAGES, org_id=self.orgs[org], **usual | row)

    def ring(self, at: datetime | None, person: str = "ann", **row: Any) -> int:
        page = row.pop("page_id", None) or self.page(NOW)
        usual = {"kind": "page", "state": "sent", "created_at": NOW, "rung_at": at}
        return self.insert(NOTIFICATIONS, page_id=page, user_id=self.people[person], **usual | row)

    def fired(self, at: datetime, page_id: int | None, org: str = "ours", **labels: str) -> int:
        return self.insert(
            INCIDENTS,
            org_id=self.orgs[org],
            integration_id=self.senders[org],
            webhook_id=1,
            receiver="r",
            fingerprint="f",
            route="payments/stripe",
            priority="high",
            outcome="paged" if page_id else "suppressed",
            page_id=page_id,
            first_heard_at=at,
            last_heard_at=at,
            ended_at=at,
            revision="",
            labels=json.dumps(labels),
            detail="{}",
        )


@pytest.fixture
def desk(database: Database) -> Any:
    with database.writing.connect() as connection:
        desk = Desk(connection)
        for org, person in (("ours", "ann"), ("theirs", "tom")):
            desk.orgs[org] = ensure_organisation(connection, org, NOW)
            desk.people[person] = add_user(
                connection, desk.orgs[org], f"{person}@example.com", person.title(), NOW
            ).id
            desk.senders[org] = ensure_integration(connection, desk.orgs[org], org, NOW).id
        desk.plan = desk.insert(PLANS, digest="d", body="{}")
        yield desk


def test_pages_of_the_period_and_nothing_else(desk: Desk) -> None:
    desk.page(PERIOD.since - timedelta(microseconds=1))
    desk.page(PERIOD.since)
    desk.page(PERIOD.until - timedelta(microseconds=1), route="", acknowledged_at=PERIOD.until)
    desk.page(PERIOD.until)
    desk.page(NOW, org="theirs")
    assert sorted(insight.called(desk.connection, desk.orgs["ours"], PERIOD)) == [
        Called("", PERIOD.until - timedelta(microseconds=1), PERIOD.until, None),
        Called("payments/stripe", PERIOD.since, None, None),
    ]


@pytest.mark.parametrize("reason", ["resolved", "stale", "cancelled", "expired", "superseded"])
def test_only_a_resolve_resolves(desk: Desk, reason: str) -> None:
    desk.page(NOW, closed_at=NOW + HOUR, closed_reason=reason)
    (page,) = insight.called(desk.connection, desk.orgs["ours"], PERIOD)
    assert page.resolved_at == (NOW + HOUR if reason == "resolved" else None)


def test_too_many_pages_are_refused(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(insight, "MOST_PAGES", 2)
    desk.page(NOW)
    desk.page(NOW)
    assert len(list(insight.called(desk.connection, desk.orgs["ours"], PERIOD))) == 2
    desk.page(NOW)
    with pytest.raises(NotAcceptedError, match="more than 2 pages"):
        list(insight.called(desk.connection, desk.orgs["ours"], PERIOD))


def test_rings_are_counted_by_quarters_of_an_hour(desk: Desk) -> None:
    for minute in (14, 15, 16, 29, 30):
        desk.ring(NOW + timedelta(minutes=minute))
    rings = insight.rung(desk.connection, desk.orgs["ours"], PERIOD)
    ann = desk.people["ann"]
    assert sorted(rings, key=lambda ring: ring.at) == [
        Rung(ann, NOW + timedelta(minutes=14), 1),
        Rung(ann, NOW + timedelta(minutes=15), 3),
        Rung(ann, NOW + timedelta(minutes=30), 1),
    ]


@pytest.mark.parametrize("state", ["due", "gathered", "sending", "failed", "dropped"])
def test_what_did_not_arrive_rang_nobody(desk: Desk, state: str) -> None:
    desk.ring(NOW, state=state)
    assert insight.rung(desk.connection, desk.orgs["ours"], PERIOD) == []


def test_a_digest_rings_once(desk: Desk) -> None:
    carrier = desk.ring(NOW)
    desk.connection.execute(sa.update(NOTIFICATIONS).values(digest_id=carrier))
    desk.ring(NOW, digest_id=carrier)  # rung alone before, and told by the digest at last
    desk.ring(None, digest_id=carrier)
    (ring,) = insight.rung(desk.connection, desk.orgs["ours"], PERIOD)
    assert ring.times == 1


def test_rings_of_others_are_not_theirs_to_see(desk: Desk) -> None:
    ours, theirs = desk.orgs["ours"], desk.orgs["theirs"]
    desk.ring(NOW)
    assert insight.rung(desk.connection, theirs, PERIOD) == []
    assert insight.rung(desk.connection, ours, PERIOD, desk.people["tom"]) == []
    assert len(insight.rung(desk.connection, ours, PERIOD, desk.people["ann"])) == 1
    assert insight.names(desk.connection, ours) == {desk.people["ann"]: "Ann"}


def test_the_noisiest_alert_is_that_with_the_most_pages(desk: Desk) -> None:
    taken, left = desk.page(NOW, acknowledged_at=NOW), desk.page(NOW)
    for page in (taken, left):
        desk.fired(NOW, page, alertname="Down", instance="a")
    for _ in range(3):
        desk.fired(NOW, left, instance="b")
    desk.fired(NOW, None, alertname="Suppressed")
    desk.fired(PERIOD.until, left, alertname="Later")
    desk.fired(NOW, desk.page(NOW, org="theirs"), org="theirs", alertname="Theirs")
    down, nameless = insight.noisiest(desk.connection, desk.orgs["ours"], PERIOD)
    assert (down.alertname, down.route) == ("Down", "payments/stripe")
    assert (down.pages, down.fired, down.unacknowledged, down.unacknowledged_share) == (2, 2, 1, 0.5)
    assert (nameless.alertname, nameless.pages, nameless.fired, nameless.unacknowledged) == ("", 1, 3, 1)


def test_hostile_names_are_read_as_they_are(desk: Desk) -> None:
    name = "</text>\"'\\ \u202e\U0001f4a5\t=1+1"
    desk.fired(NOW, desk.page(NOW), alertname=name)
    (found,) = insight.noisiest(desk.connection, desk.orgs["ours"], PERIOD)
    assert found.alertname == name


READS: dict[str, Callable[[Connection], Any]] = {
    "ix_pages_org_id_created_at": lambda connection: list(insight.called(connection, 1, PERIOD)),
    "ix_notifications_user_id_rung_at": lambda connection: insight.rung(connection, 1, PERIOD),
    "ix_incidents_org_id_first_heard_at": lambda connection: insight.noisiest(connection, 1, PERIOD),
}


@pytest.mark.parametrize("index", READS)
def test_no_read_walks_a_whole_table(sqlite: Database, index: str) -> None:
    plan: list[str] = []

    def explain(connection: Any, _cursor: Any, statement: str, parameters: Any, *_: Any) -> None:
        rows = connection.connection.cursor().execute(f"EXPLAIN QUERY PLAN {statement}", parameters)
        plan.extend(row[3] for row in rows)

    with sqlite.read() as connection:
        sa.event.listen(connection, "before_cursor_execute", explain)
        READS[index](connection)
    assert any(index in step and step.startswith("SEARCH") for step in plan), plan
    assert not any(step.startswith("SCAN") for step in plan), plan
