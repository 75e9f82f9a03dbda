"""What a history is exported from: webhooks, pages and people, a few at a time, so that nobody waits."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping
from datetime import datetime
from typing import Any

import msgspec
import sqlalchemy as sa
from sqlalchemy import ColumnElement

from router.store.bodies import unpack
from router.store.engine import Database
from router.store.incidents import stored_alert
from router.store.tables import (
    CONTACTS,
    GROUP_MEMBERS,
    GROUPS,
    INCIDENTS,
    INTEGRATIONS,
    NOTIFICATIONS,
    PAGES,
    RECIPIENTS,
    USERS,
    WEBHOOKS,
)
from rules.history import Alert, OnPage, Page, People, Told, User

MOST_ALERTS = 50
"""Of one page; the first are those that it opened for."""

_WEBHOOKS_AT_ONCE = 64  # bodies of many megabytes among them
_ROWS_AT_ONCE = 200


class StoredWebhook(msgspec.Struct, frozen=True, gc=False):
    """A webhook as it is kept; its body as received."""

    id: int
    integration: str
    adapter: str
    received_at: datetime
    body: bytes


class StillFiring(msgspec.Struct, frozen=True):
    """An alert that fired already at some moment, and the webhook that first spoke of it.

    Parameters:
      kind: of its integration.
    """

    webhook_id: int
    integration: str
    kind: str
    receiver: str
    heard_at: datetime
    alert: Alert


def count_webhooks(database: Database, org_id: int, since: datetime, until: datetime) -> int:
    """Return how many webhooks came from one moment on until before another, UTC."""
    query = sa.select(sa.func.count()).where(_came(org_id, since, until))
    with database.read() as connection:
        return int(connection.execute(query).scalar_one())


def webhooks(database: Database, org_id: int, since: datetime, until: datetime) -> Iterator[StoredWebhook]:
    """Yield the webhooks of a time in the order of their arrival; each few are a transaction of their own."""
    query = (
        _webhooks()
        .where(WEBHOOKS.c.org_id == org_id, WEBHOOKS.c.received_at < until)
        .order_by(WEBHOOKS.c.received_at, WEBHOOKS.c.id)
        .limit(_WEBHOOKS_AT_ONCE)
    )
    at, last = since, 0
    with database.read() as connection:
        while True:
            # One bound from below: of two, SQLite would walk from the first, and pass over ever more.
            beyond = (WEBHOOKS.c.received_at > at) | (WEBHOOKS.c.id > last)
            rows = connection.execute(query.where(WEBHOOKS.c.received_at >= at, beyond)).all()
            connection.rollback()
            yield from (_webhook(row) for row in rows)
            if len(rows) < _WEBHOOKS_AT_ONCE:
                return
            at, last = rows[-1].received_at, rows[-1].id


def find_webhook(database: Database, webhook_id: int) -> StoredWebhook | None:
    """Return a webhook; None when it was deleted in time."""
    with database.read() as connection:
        row = connection.execute(_webhooks().where(WEBHOOKS.c.id == webhook_id)).one_or_none()
    return None if row is None else _webhook(row)


def still_firing(database: Database, org_id: int, at: datetime) -> Iterator[StillFiring]:
    """Yield the alerts that fired at a moment and had been heard of before, in the order in which they were.

    An alert that two routes took comes twice. Beats of heartbeats are left out.
    """
    query = (
        sa.select(INCIDENTS, INTEGRATIONS.c.name, INTEGRATIONS.c.kind)
        .join_from(INCIDENTS, INTEGRATIONS, INTEGRATIONS.c.id == INCIDENTS.c.integration_id)
        .where(
            INCIDENTS.c.org_id == org_id,
            INCIDENTS.c.first_heard_at < at,
            INCIDENTS.c.ended_at.is_(None) | (INCIDENTS.c.ended_at >= at),
            INCIDENTS.c.outcome != "heartbeat",
        )
        .order_by(INCIDENTS.c.first_heard_at, INCIDENTS.c.id)
        .limit(_ROWS_AT_ONCE)
    )
    heard, last = datetime.min.replace(tzinfo=at.tzinfo, year=1970), 0
    while True:
        beyond = (INCIDENTS.c.first_heard_at > heard) | (INCIDENTS.c.id > last)
        with database.read() as connection:
            rows = connection.execute(query.where(INCIDENTS.c.first_heard_at >= heard, beyond)).all()
        yield from (_still_firing(row) for row in rows)
        if len(rows) < _ROWS_AT_ONCE:
            return
        heard, last = rows[-1].first_heard_at, rows[-1].id


def people(database: Database, org_id: int) -> People:
    """Return the active people of an organisation and its active groups, by e-mail."""
    active = (USERS.c.org_id == org_id) & USERS.c.is_active.is_(sa.true())
    contacts = (CONTACTS.c.user_id == USERS.c.id) & CONTACTS.c.is_active.is_(sa.true())
    users = (
        sa.select(USERS.c.email, sa.func.count(CONTACTS.c.id))
        .select_from(USERS.outerjoin(CONTACTS, contacts))
        .where(active)
        .group_by(USERS.c.id, USERS.c.email)
        .order_by(USERS.c.id)
    )
    members = (
        sa.select(GROUPS.c.name, USERS.c.email)
        .select_from(
            GROUPS.outerjoin(GROUP_MEMBERS, GROUP_MEMBERS.c.group_id == GROUPS.c.id).outerjoin(
                USERS, (USERS.c.id == GROUP_MEMBERS.c.user_id) & active
            )
        )
        .where(GROUPS.c.org_id == org_id, GROUPS.c.is_active.is_(sa.true()), GROUPS.c.is_all.is_(sa.false()))
        .order_by(GROUPS.c.name, USERS.c.id)
    )
    groups: dict[str, list[str]] = {}
    with database.read() as connection:
        found = [User(email, count) for email, count in connection.execute(users)]
        for name, email in connection.execute(members):
            groups.setdefault(name, []).extend([email] if email is not None else [])
    return People(found, groups)


def pages(database: Database, org_id: int, since: datetime, until: datetime) -> Iterator[Page]:
    """Yield the pages that alerts and heartbeats opened and that were open at some time between two moments.

    Those that a person or a script sent, and those of a Test button, are left out: no rule made them.
    """
    query = (
        sa.select(PAGES)
        .where(
            PAGES.c.org_id == org_id,
            PAGES.c.created_at < until,
            PAGES.c.closed_at.is_(None) | (PAGES.c.closed_at >= since),
            PAGES.c.route.not_in(("", _TEST)),
        )
        .order_by(PAGES.c.id)
        .limit(_ROWS_AT_ONCE)
    )
    last = 0
    while True:
        with database.read() as connection:
            rows = connection.execute(query.where(PAGES.c.id > last)).all()
            ids = [row.id for row in rows]
            told = _told(connection, {row.id: row.created_at for row in rows})
            alerts = _alerts(connection, ids)
        yield from (_page(row, alerts.get(row.id, []), told.get(row.id, [])) for row in rows)
        if len(rows) < _ROWS_AT_ONCE:
            return
        last = ids[-1]


_TEST = "(test)"


def _came(org_id: int, since: datetime, until: datetime) -> ColumnElement[bool]:
    return sa.and_(
        WEBHOOKS.c.org_id == org_id, WEBHOOKS.c.received_at >= since, WEBHOOKS.c.received_at < until
    )


def _webhooks() -> sa.Select[Any]:
    return sa.select(
        WEBHOOKS.c.id, INTEGRATIONS.c.name, WEBHOOKS.c.adapter, WEBHOOKS.c.received_at, WEBHOOKS.c.body
    ).join_from(WEBHOOKS, INTEGRATIONS, INTEGRATIONS.c.id == WEBHOOKS.c.integration_id)


def _webhook(row: Any) -> StoredWebhook:
    return StoredWebhook(row.id, row.name, row.adapter, row.received_at, unpack(row.body))


def _still_firing(row: Any) -> StillFiring:
    stored = stored_alert(row.labels, row.detail)
    alert = Alert("firing", row.fingerprint, dict(stored.labels), stored.detail.annotations, row.starts_at)
    return StillFiring(row.webhook_id, row.name, row.kind, row.receiver, row.first_heard_at, alert)


def _told(connection: sa.Connection, opened: Mapping[int, datetime]) -> dict[int, list[Told]]:
    """Return who was told of pages and when, in the order in which people were brought in."""
    brought_in = (
        sa.select(RECIPIENTS.c.page_id, USERS.c.id, USERS.c.email, RECIPIENTS.c.acknowledged_at)
        .join_from(RECIPIENTS, USERS, USERS.c.id == RECIPIENTS.c.user_id)
        .where(RECIPIENTS.c.page_id.in_(opened))
        .order_by(RECIPIENTS.c.id)
    )
    # What went by digest rang once, for all that it named, and is told of each all the same.
    at = sa.func.coalesce(NOTIFICATIONS.c.rung_at, NOTIFICATIONS.c.finished_at, type_=PAGES.c.created_at.type)
    orders = (
        sa.select(
            NOTIFICATIONS.c.page_id,
            NOTIFICATIONS.c.user_id,
            NOTIFICATIONS.c.state,
            NOTIFICATIONS.c.created_at,
            at,
        )
        .where(NOTIFICATIONS.c.page_id.in_(opened))
        .order_by(NOTIFICATIONS.c.id.desc())
    )
    times: dict[tuple[int, int], list[int]] = defaultdict(list)
    ordered: dict[tuple[int, int], datetime] = {}
    for page_id, user_id, state, ordered_at, moment in connection.execute(orders):
        ordered[page_id, user_id] = ordered_at
        if state == "sent":
            times[page_id, user_id].append(max(0, int((moment - opened[page_id]).total_seconds())))
    found: dict[int, list[Told]] = defaultdict(list)
    for page_id, user_id, email, acknowledged_at in connection.execute(brought_in):
        first = ordered.get((page_id, user_id))
        stepped_in = acknowledged_at is not None and (first is None or first >= acknowledged_at)
        found[page_id].append(Told(email, sorted(times[page_id, user_id]), acknowledged_at, stepped_in))
    return found


def _alerts(connection: sa.Connection, page_ids: Collection[int]) -> dict[int, list[OnPage]]:
    query = (
        sa.select(
            INCIDENTS.c.page_id,
            INTEGRATIONS.c.name,
            INCIDENTS.c.receiver,
            INCIDENTS.c.fingerprint,
            INCIDENTS.c.first_heard_at,
            INCIDENTS.c.labels,
        )
        .join_from(INCIDENTS, INTEGRATIONS, INTEGRATIONS.c.id == INCIDENTS.c.integration_id)
        .where(INCIDENTS.c.page_id.in_(page_ids))
        .order_by(INCIDENTS.c.page_id, INCIDENTS.c.id)
    )
    found: dict[int, list[OnPage]] = defaultdict(list)
    for page_id, integration, receiver, fingerprint, heard_at, labels in connection.execute(query):
        if len(found[page_id]) < MOST_ALERTS:
            name = msgspec.json.decode(labels, type=dict[str, str]).get("alertname", "")
            found[page_id].append(OnPage(integration, receiver, fingerprint, heard_at, name))
    return found


def _page(row: Any, alerts: list[OnPage], told: list[Told]) -> Page:
    return Page(
        row.id,
        row.route,
        row.priority,
        row.created_at,
        row.acknowledged_at,
        row.closed_at,
        row.closed_reason or "",
        row.linked_page_id,
        alerts,
        told,
    )
