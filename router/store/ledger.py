"""The ledger: what came, what was done about it, and under which rules."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

import msgspec
import sqlalchemy as sa
from sqlalchemy import ColumnElement, Connection

from router.lifecycle.model import Plan
from router.store import plans
from router.store.bodies import unpack
from router.store.tables import INCIDENTS, INTEGRATIONS, PAGES, PLANS, RECIPIENTS, USERS, WEBHOOKS
from rules.loading.routes import DEFAULT

Outcome = Literal["paged", "joined", "held", "suppressed", "heartbeat", "unrouted"]
"""What was done; `unrouted` is what went to the default route, whatever was done then."""


@dataclass(frozen=True, slots=True)
class Told:
    """A recipient of a page: when they first heard of it, and acknowledged it; None for not. UTC."""

    user: str
    told_at: datetime | None
    acknowledged_at: datetime | None


@dataclass(frozen=True, slots=True)
class Entry:
    """One alert firing once, on one route that took it; `row` has the columns of its incident.

    Parameters:
      plan: what its route had chosen; None when it was suppressed.
      page_status: of the page it is on, if there is one.
      told: who was to hear of that page, in the order in which they were brought in.
    """

    row: Mapping[str, Any]
    integration: str
    labels: dict[str, str]
    detail: dict[str, Any]
    plan: Plan | None
    page_status: str | None
    told: tuple[Told, ...] = ()


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which entries: those that fired at some time between two moments, with all of these labels.

    Labels and fingerprints stand in no index: whoever asks for them gives both moments.

    Parameters:
      integration: its name.
    """

    labels: tuple[tuple[str, str], ...] = ()
    since: datetime | None = None
    until: datetime | None = None
    integration: str | None = None
    fingerprint: str | None = None
    route: str | None = None
    outcome: Outcome | None = None
    page_id: int | None = None


@dataclass(frozen=True, slots=True)
class WebhookView:
    """A webhook: when, from whom, and how many of its alerts came to what; `body` is None in lists."""

    id: int
    integration_id: int
    integration: str
    adapter: str
    received_at: datetime
    outcomes: dict[str, int]
    body: bytes | None = None


def entries(
    connection: Connection, org_id: int, wanted: Wanted, *, limit: int, offset: int
) -> tuple[list[Entry], int]:
    """Return entries of the ledger, newest first, and how many there are in all."""
    where = [INCIDENTS.c.org_id == org_id, *_conditions(connection, org_id, wanted)]
    total: int = connection.execute(
        sa.select(sa.func.count()).select_from(INCIDENTS).where(*where)
    ).scalar_one()
    query = (
        sa.select(
            INCIDENTS,
            INTEGRATIONS.c.name.label("integration"),
            PLANS.c.body,
            PAGES.c.status.label("page_status"),
        )
        .select_from(
            INCIDENTS.join(INTEGRATIONS, INTEGRATIONS.c.id == INCIDENTS.c.integration_id)
            .outerjoin(PLANS, PLANS.c.id == INCIDENTS.c.plan_id)
            .outerjoin(PAGES, PAGES.c.id == INCIDENTS.c.page_id)
        )
        .where(*where)
        .order_by(INCIDENTS.c.first_heard_at.desc(), INCIDENTS.c.id.desc())
        .limit(limit)
        .offset(offset)
    )
    rows = connection.execute(query).mappings().all()
    told = _told(connection, {row["page_id"] for row in rows if row["page_id"] is not None})
    return [_entry(row, told) for row in rows], total


def webhooks(
    connection: Connection,
    org_id: int,
    *,
    since: datetime | None = None,
    until: datetime | None = None,
    limit: int,
    offset: int,
) -> tuple[list[WebhookView], int]:
    """Return webhooks without their bodies, newest first, and how many there are in all."""
    where = [WEBHOOKS.c.org_id == org_id]
    if since is not None:
        where.append(WEBHOOKS.c.received_at >= since)
    if until is not None:
        where.append(WEBHOOKS.c.received_at <= until)
    total: int = connection.execute(
        sa.select(sa.func.count()).select_from(WEBHOOKS).where(*where)
    ).scalar_one()
    query = _webhooks().where(*where).order_by(WEBHOOKS.c.id.desc()).limit(limit).offset(offset)
    return [_webhook(row, None) for row in connection.execute(query)], total


def webhooks_between(connection: Connection, org_id: int, since: datetime, until: datetime) -> int:
    """Return how many webhooks came between two moments, UTC."""
    query = sa.select(sa.func.count()).where(
        WEBHOOKS.c.org_id == org_id, WEBHOOKS.c.received_at >= since, WEBHOOKS.c.received_at <= until
    )
    return connection.execute(query).scalar_one()


def find_webhook(connection: Connection, org_id: int, webhook_id: int) -> WebhookView | None:
    """Return a webhook with its body as received; None when there is none, or it was deleted in time."""
    query = (
        _webhooks()
        .add_columns(WEBHOOKS.c.body)
        .where(WEBHOOKS.c.id == webhook_id, WEBHOOKS.c.org_id == org_id)
    )
    row = connection.execute(query).one_or_none()
    return None if row is None else _webhook(row, unpack(row.body))


def _told(connection: Connection, page_ids: Collection[int]) -> dict[int, tuple[Told, ...]]:
    columns = (RECIPIENTS.c.page_id, USERS.c.name, RECIPIENTS.c.first_sent_at, RECIPIENTS.c.acknowledged_at)
    query = (
        sa.select(*columns)
        .join_from(RECIPIENTS, USERS, USERS.c.id == RECIPIENTS.c.user_id)
        .where(RECIPIENTS.c.page_id.in_(page_ids))
        .order_by(RECIPIENTS.c.id)
    )
    found: dict[int, tuple[Told, ...]] = defaultdict(tuple)
    for page_id, *told in connection.execute(query):
        found[page_id] += (Told(*told),)
    return found


def _conditions(connection: Connection, org_id: int, wanted: Wanted) -> list[ColumnElement[bool]]:
    found: list[ColumnElement[bool]] = []
    if wanted.until is not None:
        found.append(INCIDENTS.c.first_heard_at <= wanted.until)
    if wanted.since is not None:
        found.append(INCIDENTS.c.ended_at.is_(None) | (INCIDENTS.c.ended_at >= wanted.since))
    if wanted.integration is not None:
        of_name = (INTEGRATIONS.c.org_id == org_id) & (INTEGRATIONS.c.name == wanted.integration)
        found.append(INCIDENTS.c.integration_id.in_(sa.select(INTEGRATIONS.c.id).where(of_name)))
    if wanted.outcome == "unrouted":
        found.append(INCIDENTS.c.route == DEFAULT)
    elif wanted.outcome is not None:
        found.append(INCIDENTS.c.outcome == wanted.outcome)
    exact = {"fingerprint": wanted.fingerprint, "route": wanted.route, "page_id": wanted.page_id}
    found += [INCIDENTS.c[column] == value for column, value in exact.items() if value is not None]
    return found + [_has_label(connection, name, value) for name, value in wanted.labels]


def _has_label(connection: Connection, name: str, value: str) -> ColumnElement[bool]:
    """Find a label in the JSON text that intake writes: `{"name":"value",…}`, quotes inside escaped.

    A name stands behind `{` or `,`; inside a text its quotes would have backslashes, so nothing else matches.
    """
    pair = msgspec.json.encode({name: value}).decode()[1:-1]
    position = sa.func.instr if connection.dialect.name == "sqlite" else sa.func.strpos
    return (position(INCIDENTS.c.labels, "{" + pair) > 0) | (position(INCIDENTS.c.labels, "," + pair) > 0)


def _entry(row: sa.RowMapping, told: Mapping[int, tuple[Told, ...]]) -> Entry:
    return Entry(
        row=dict(row),
        integration=row["integration"],
        labels=json.loads(row["labels"]),
        detail=json.loads(row["detail"]),
        plan=plans.decode(row["body"]) if row["body"] is not None else None,
        page_status=row["page_status"],
        told=told.get(row["page_id"], ()),
    )


def _webhooks() -> sa.Select[Any]:
    return sa.select(
        WEBHOOKS.c.id,
        WEBHOOKS.c.integration_id,
        INTEGRATIONS.c.name,
        WEBHOOKS.c.adapter,
        WEBHOOKS.c.received_at,
        WEBHOOKS.c.outcomes,
    ).join_from(WEBHOOKS, INTEGRATIONS, INTEGRATIONS.c.id == WEBHOOKS.c.integration_id)


def _webhook(row: sa.Row[Any], body: bytes | None) -> WebhookView:
    return WebhookView(
        row.id,
        row.integration_id,
        row.name,
        row.adapter,
        row.received_at,
        json.loads(row.outcomes),
        body,
    )
