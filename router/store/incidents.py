"""Incidents and webhooks as rows: multi-row statements, since they stand on intake's path."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import msgspec
import sqlalchemy as sa
from sqlalchemy import Connection

from router.lifecycle.incidents import Episode, OpenPage
from router.lifecycle.model import Priority
from router.store import bulk
from router.store.prepared import Among, Query
from router.store.tables import INCIDENTS, PAGES, QUARANTINE, WEBHOOKS
from router.store.writer import Transaction

_CHUNK = 400
"""Values of one IN (…): few statements, and well under any database's bound on parameters."""


class Detail(msgspec.Struct, frozen=True, omit_defaults=True, gc=False):
    """What an incident keeps of its alert beside the labels; enough to write a page's text anew.

    Parameters:
      group_texts: what Grafana's own templates made of the alert's group: `grafana_title`, `grafana_message`.
    """

    annotations: dict[str, str] = {}
    generator_url: str = ""
    links: dict[str, str] = {}
    values: dict[str, str] = {}
    group_labels: dict[str, str] = {}
    group_texts: dict[str, str] = {}
    external_url: str = ""


@dataclass(frozen=True, slots=True)
class OpenIncident:
    """An incident that has not ended, and what has become of its page."""

    id: int
    integration_id: int
    receiver: str
    fingerprint: str
    route: str
    episode: Episode
    outcome: str
    reason: str
    priority: Priority
    plan_id: int | None
    join_key: str | None
    held_until: datetime | None
    page_id: int | None
    page_open: bool
    page_expired: bool


@dataclass(frozen=True, slots=True)
class StoredAlert:
    """A stored alert, as templates and messages see it."""

    labels: Mapping[str, str]
    detail: Detail = field(default_factory=Detail)


def open_by_fingerprint(
    connection: Connection, fingerprints: Sequence[str]
) -> dict[tuple[int, str], list[OpenIncident]]:
    """Return the open incidents of these fingerprints by (integration, fingerprint), oldest first."""
    found: dict[tuple[int, str], list[OpenIncident]] = defaultdict(list)
    rows = _OPEN_BY_FINGERPRINT.rows(connection, fingerprints=fingerprints)
    for row in sorted(rows):  # by id, and here: asked to sort, SQLite walks the whole table in that order
        incident = _open_incident(row)
        found[incident.integration_id, incident.fingerprint].append(incident)
    return found


def held_due(connection: Connection, now: datetime, limit: int) -> list[OpenIncident]:
    """Return held incidents whose hours have come, oldest first."""
    query = (
        _OPEN.where(INCIDENTS.c.held_until <= now)
        .order_by(INCIDENTS.c.held_until, INCIDENTS.c.id)
        .limit(limit)
    )
    return [
        _open_incident(row)
        for row in connection.execute(query.with_for_update(of=INCIDENTS, skip_locked=True))
    ]


def stale_pages(
    connection: Connection, heard_before: datetime, spared: Collection[int], limit: int
) -> list[int]:
    """Return open pages none of whose alerts are open, nor have been heard of since a moment.

    They are what truncated webhooks leave behind: their resolves named only some of the alerts. A page that
    waits whether the end of its alerts holds ends by itself.

    Parameters:
      spared: integrations whose pages are left alone.
    """
    heard = sa.select(INCIDENTS.c.id).where(
        INCIDENTS.c.page_id == PAGES.c.id,
        INCIDENTS.c.ended_at.is_(None) | (INCIDENTS.c.last_heard_at >= heard_before),
    )
    query = sa.select(PAGES.c.id).where(
        PAGES.c.join_key.is_not(None),
        PAGES.c.closed_at.is_(None),
        PAGES.c.closes_at.is_(None),
        PAGES.c.created_at < heard_before,
        PAGES.c.integration_id.not_in(spared),
        ~heard.exists(),
    )
    return list(connection.execute(query.limit(limit)).scalars())


def unheard(
    connection: Connection, heard_before: datetime, spared: Collection[int], limit: int
) -> list[tuple[int, int | None]]:
    """Return open incidents (id, page id) that nobody has spoken of since a moment.

    Parameters:
      spared: integrations whose alerts are left alone; not their heartbeats' beats.
    """
    query = (
        sa.select(INCIDENTS.c.id, INCIDENTS.c.page_id)
        .where(
            INCIDENTS.c.ended_at.is_(None),
            INCIDENTS.c.last_heard_at < heard_before,
            INCIDENTS.c.integration_id.not_in(spared) | (INCIDENTS.c.outcome == "heartbeat"),
        )
        .order_by(INCIDENTS.c.last_heard_at)
        .limit(limit)
    )
    return [(row.id, row.page_id) for row in connection.execute(query)]


def pages_by_join_key(
    connection: Connection, join_keys: Collection[str]
) -> dict[tuple[int, str, str], list[OpenPage]]:
    """Return pages that are not closed, by (organisation, route, join key)."""
    found: dict[tuple[int, str, str], list[OpenPage]] = defaultdict(list)
    for row in _OPEN_BY_JOIN_KEY.rows(connection, join_keys=sorted(join_keys)):
        found[row.org_id, row.route, row.join_key].append(
            OpenPage(row.id, row.status, row.priority, row.closes_at is not None)
        )
    return found


def still_open(connection: Connection, page_ids: Collection[int]) -> dict[int, int]:
    """Return how many incidents are open on each page; pages without any are missing."""
    query = (
        sa.select(INCIDENTS.c.page_id, sa.func.count())
        .where(INCIDENTS.c.page_id.in_(page_ids), INCIDENTS.c.ended_at.is_(None))
        .group_by(INCIDENTS.c.page_id)
    )
    return dict(connection.execute(query).all())


def alerts_of_page(connection: Connection, page_id: int, limit: int) -> list[StoredAlert]:
    """Return the alerts of a page that still fire, oldest first."""
    rows = _ALERTS_OF_PAGE.rows(connection, page=page_id, most=limit)
    return [stored_alert(row.labels, row.detail) for row in rows]


def alerts_by_id(connection: Connection, incident_ids: Sequence[int]) -> dict[int, StoredAlert]:
    """Return the alerts of incidents."""
    found: dict[int, StoredAlert] = {}
    for chunk in _chunks(incident_ids):
        query = sa.select(INCIDENTS.c.id, INCIDENTS.c.labels, INCIDENTS.c.detail).where(
            INCIDENTS.c.id.in_(chunk)
        )
        found |= {row.id: stored_alert(row.labels, row.detail) for row in connection.execute(query)}
    return found


def stored_alert(labels: str, detail: str) -> StoredAlert:
    """Return an alert from its row's two JSON columns."""
    return StoredAlert(
        msgspec.json.decode(labels, type=dict[str, str]), msgspec.json.decode(detail, type=Detail)
    )


def heard(tx: Transaction, incident_ids: Sequence[int], now: datetime) -> None:
    """Note that a sender spoke of open incidents."""
    for chunk in _chunks(incident_ids):
        tx.connection.execute(sa.update(INCIDENTS).where(INCIDENTS.c.id.in_(chunk)).values(last_heard_at=now))


def end(tx: Transaction, incident_ids: Iterable[int], reason: str, now: datetime) -> None:
    """End incidents: `resolved`, `vanished`, `superseded` or `stale`."""
    for chunk in _chunks(list(incident_ids)):
        ended = {"ended_at": now, "ended_reason": reason, "held_until": None}
        if reason != "stale":
            ended["last_heard_at"] = now
        tx.connection.execute(sa.update(INCIDENTS).where(INCIDENTS.c.id.in_(chunk)).values(ended))


def end_on_page(tx: Transaction, page_id: int, reason: str, now: datetime) -> None:
    """End every open incident of a page."""
    where = (INCIDENTS.c.page_id == page_id) & INCIDENTS.c.ended_at.is_(None)
    tx.connection.execute(sa.update(INCIDENTS).where(where).values(ended_at=now, ended_reason=reason))


def hold(tx: Transaction, incident_ids: Sequence[int], until: datetime) -> None:
    """Keep open incidents from paging until a moment, UTC."""
    for chunk in _chunks(incident_ids):
        held = {"outcome": "held", "held_until": until}
        tx.connection.execute(sa.update(INCIDENTS).where(INCIDENTS.c.id.in_(chunk)).values(held))


def place(tx: Transaction, incident_id: int, page_id: int, outcome: str) -> None:
    """Put an open incident on a page."""
    values = {"page_id": page_id, "outcome": outcome, "held_until": None}
    tx.connection.execute(sa.update(INCIDENTS).where(INCIDENTS.c.id == incident_id).values(values))


def move(tx: Transaction, from_page: int, to_page: int) -> None:
    """Put the open incidents of a page on another."""
    where = (INCIDENTS.c.page_id == from_page) & INCIDENTS.c.ended_at.is_(None)
    tx.connection.execute(sa.update(INCIDENTS).where(where).values(page_id=to_page))


def insert(tx: Transaction, rows: Sequence[Mapping[str, Any]]) -> None:
    """Store new incidents."""
    bulk.insert(tx.connection, INCIDENTS, rows)


def insert_webhooks(tx: Transaction, rows: Sequence[Mapping[str, Any]]) -> None:
    """Store webhooks as they came."""
    bulk.insert(tx.connection, WEBHOOKS, rows)


def set_outcomes(tx: Transaction, webhook_id: int, outcomes: str) -> None:
    """Write down anew what a webhook's alerts came to, once more of them are stored."""
    tx.connection.execute(sa.update(WEBHOOKS).where(WEBHOOKS.c.id == webhook_id).values(outcomes=outcomes))


def quarantine(tx: Transaction, rows: Sequence[Mapping[str, Any]]) -> None:
    """Store what could not be read."""
    bulk.insert(tx.connection, QUARANTINE, rows)


_OPEN = (
    sa.select(
        INCIDENTS.c.id,
        INCIDENTS.c.integration_id,
        INCIDENTS.c.receiver,
        INCIDENTS.c.fingerprint,
        INCIDENTS.c.route,
        INCIDENTS.c.starts_at,
        INCIDENTS.c.last_heard_at,
        INCIDENTS.c.outcome,
        INCIDENTS.c.reason,
        INCIDENTS.c.priority,
        INCIDENTS.c.plan_id,
        INCIDENTS.c.join_key,
        INCIDENTS.c.held_until,
        INCIDENTS.c.page_id,
        PAGES.c.closed_at,
        PAGES.c.closed_reason,
    )
    .select_from(INCIDENTS.outerjoin(PAGES, PAGES.c.id == INCIDENTS.c.page_id))
    .where(INCIDENTS.c.ended_at.is_(None))
)

_ALERTS_OF_PAGE = Query(
    sa.select(INCIDENTS.c.labels, INCIDENTS.c.detail)
    .where(INCIDENTS.c.page_id == sa.bindparam("page"), INCIDENTS.c.ended_at.is_(None))
    .order_by(INCIDENTS.c.id)
    .limit(sa.bindparam("most"))
)
_OPEN_BY_FINGERPRINT = Query(_OPEN.where(Among(INCIDENTS.c.fingerprint, "fingerprints")))
_OPEN_BY_JOIN_KEY = Query(
    sa.select(
        PAGES.c.id,
        PAGES.c.status,
        PAGES.c.priority,
        PAGES.c.closes_at,
        PAGES.c.org_id,
        PAGES.c.route,
        PAGES.c.join_key,
    ).where(Among(PAGES.c.join_key, "join_keys"), PAGES.c.closed_at.is_(None))
)


def _open_incident(row: Any) -> OpenIncident:
    return OpenIncident(
        id=row.id,
        integration_id=row.integration_id,
        receiver=row.receiver,
        fingerprint=row.fingerprint,
        route=row.route,
        episode=Episode(row.starts_at, row.last_heard_at),
        outcome=row.outcome,
        reason=row.reason,
        priority=row.priority,
        plan_id=row.plan_id,
        join_key=row.join_key,
        held_until=row.held_until,
        page_id=row.page_id,
        page_open=row.page_id is not None and row.closed_at is None,
        page_expired=row.closed_reason == "expired",
    )


def _chunks(values: Sequence[Any]) -> Iterator[Sequence[Any]]:
    for start in range(0, len(values), _CHUNK):
        yield values[start : start + _CHUNK]
