"""Pages as people read them: in the API's answers and on the dashboard."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy import Connection

from router.lifecycle.model import Plan
from router.store import deliveries, plans
from router.store.deliveries import DeliveryView
from router.store.incidents import StoredAlert, stored_alert
from router.store.matching import Chosen, conditions
from router.store.tables import (
    INCIDENTS,
    INTEGRATIONS,
    PAGES,
    PLANS,
    RECIPIENTS,
    USERS,
)

_MOST_ALERTS = 100
_MOST_AFTER = 10
_CREATOR = USERS.alias("creator")


@dataclass(frozen=True, slots=True)
class RecipientView:
    """A recipient with the name to show; `delivery` and `told` are None in lists.

    Parameters:
      why: by which step of the rules; empty where none paged them.
      told: how many notifications arrived, by kind: `{"page": 1, "repeat": 12, "resolved": 1}`.
    """

    id: int
    user_id: int
    name: str
    first_sent_at: datetime | None
    acknowledged_at: datetime | None
    note: str | None
    method: str | None
    why: str
    delivery: DeliveryView | None = None
    told: Mapping[str, int] | None = None


@dataclass(frozen=True, slots=True)
class PageView:
    """A page with what its plan says; times are UTC. `integration` and `created_by` are names."""

    id: int
    org_id: int
    subject: str
    message: str
    priority: str
    status: str
    delivery_mode: str
    target_user_id: int | None
    target_group_id: int | None
    route: str
    alert_count: int
    created_at: datetime
    expires_at: datetime | None
    next_repeat_at: datetime | None
    acknowledged_at: datetime | None
    closed_at: datetime | None
    closed_reason: str | None
    linked_page_id: int | None
    closes_at: datetime | None
    awaits_heartbeat: str | None
    monitoring_down: bool
    flapping: bool
    integration: str | None
    created_by: str | None
    plan: Plan
    recipients: tuple[RecipientView, ...]


@dataclass(frozen=True, slots=True)
class AlertView:
    """An alert of a page; `ended_at` is None while it fires. Times are UTC."""

    alert: StoredAlert
    fingerprint: str
    starts_at: datetime | None
    first_heard_at: datetime
    ended_at: datetime | None
    ended_reason: str | None


@dataclass(frozen=True, slots=True)
class PageRef:
    """Another page, as far as one needs to know whether to look at it; times are UTC."""

    id: int
    subject: str
    status: str
    created_at: datetime
    closed_at: datetime | None


@dataclass(frozen=True, slots=True)
class Sight:
    """Whose pages may be seen.

    Parameters:
      org_id: the organisation.
      user_id: only pages that this user is a recipient of; None for all, as admins see them.
    """

    org_id: int
    user_id: int | None = None


def find_page(connection: Connection, sight: Sight, page_id: int) -> PageView | None:
    """Return a page with the delivery state of its recipients, or None when it cannot be seen."""
    query = _seen(_pages(), sight).where(PAGES.c.id == page_id)
    rows = connection.execute(query).mappings().all()
    return next(iter(_views(connection, rows, with_delivery=True)), None)


def list_pages(
    connection: Connection, sight: Sight, chosen: Chosen, *, limit: int, offset: int
) -> tuple[list[PageView], int]:
    """Return pages, newest first, and how many there are in all."""
    ids = listed_ids(sight, chosen)
    total: int = connection.execute(sa.select(sa.func.count()).select_from(ids.subquery())).scalar_one()
    newest = connection.execute(ids.order_by(PAGES.c.id.desc()).limit(limit).offset(offset)).scalars().all()
    query = _pages().where(PAGES.c.id.in_(newest)).order_by(PAGES.c.id.desc())
    return _views(connection, connection.execute(query).mappings().all(), with_delivery=False), total


def listed_ids(sight: Sight, chosen: Chosen) -> sa.Select[tuple[int]]:
    """Return the query for the ids of pages; ids alone are sorted without touching texts."""
    query = sa.select(PAGES.c.id).where(PAGES.c.org_id == sight.org_id, *conditions(chosen))
    if sight.user_id is None:
        return query
    theirs = sa.select(RECIPIENTS.c.page_id).where(RECIPIENTS.c.user_id == sight.user_id)
    return query.where(PAGES.c.id.in_(theirs))


def alerts_of(connection: Connection, page_id: int) -> list[AlertView]:
    """Return the alerts of a page, those that still fire first, at most 100."""
    query = (
        sa.select(INCIDENTS)
        .where(INCIDENTS.c.page_id == page_id)
        .order_by(INCIDENTS.c.ended_at.is_not(None), INCIDENTS.c.id)
        .limit(_MOST_ALERTS)
    )
    return [
        AlertView(
            stored_alert(row.labels, row.detail),
            row.fingerprint,
            row.starts_at,
            row.first_heard_at,
            row.ended_at,
            row.ended_reason,
        )
        for row in connection.execute(query)
    ]


def page_before(connection: Connection, sight: Sight, page: PageView) -> PageRef | None:
    """Return the page that another follows; None when there is none, or it cannot be seen."""
    return next(iter(_refs(connection, sight, PAGES.c.id == page.linked_page_id)), None)


def pages_after(connection: Connection, sight: Sight, page: PageView) -> list[PageRef]:
    """Return the pages that follow another, newest first, at most 10 of those that can be seen."""
    return _refs(connection, sight, PAGES.c.linked_page_id == page.id)


def _refs(connection: Connection, sight: Sight, which: sa.ColumnElement[bool]) -> list[PageRef]:
    columns = [PAGES.c[name] for name in PageRef.__dataclass_fields__]
    query = _seen(sa.select(*columns).where(which), sight).order_by(PAGES.c.id.desc()).limit(_MOST_AFTER)
    return [PageRef(**row) for row in connection.execute(query).mappings()]


def can_see(connection: Connection, sight: Sight, page_id: int) -> bool:
    """Return whether a page exists for whoever looks."""
    query = _seen(sa.select(PAGES.c.id).where(PAGES.c.id == page_id), sight)
    return connection.execute(query).first() is not None


def _pages() -> sa.Select[Any]:
    return (
        sa.select(
            PAGES,
            PLANS.c.body,
            INTEGRATIONS.c.name.label("integration"),
            _CREATOR.c.name.label("created_by"),
        )
        .join(PLANS, PLANS.c.id == PAGES.c.plan_id)
        .outerjoin(INTEGRATIONS, INTEGRATIONS.c.id == PAGES.c.integration_id)
        .outerjoin(_CREATOR, _CREATOR.c.id == PAGES.c.created_by_user_id)
    )


def _seen(query: sa.Select[Any], sight: Sight) -> sa.Select[Any]:
    query = query.where(PAGES.c.org_id == sight.org_id)
    if sight.user_id is None:
        return query
    return query.where(
        sa.exists().where(RECIPIENTS.c.page_id == PAGES.c.id, RECIPIENTS.c.user_id == sight.user_id)
    )


def _views(connection: Connection, rows: Sequence[sa.RowMapping], *, with_delivery: bool) -> list[PageView]:
    ids = [row["id"] for row in rows]
    latest = deliveries.latest(connection, ids) if with_delivery else {}
    told = deliveries.arrived(connection, ids) if with_delivery else None
    recipients = _recipients(connection, ids, latest, told)
    plain = [name for name in PageView.__dataclass_fields__ if name not in ("plan", "recipients")]
    return [
        PageView(
            **{name: row[name] for name in plain},
            plan=plans.decode(row["body"]),
            recipients=tuple(recipients[row["id"]]),
        )
        for row in rows
    ]


def _recipients(
    connection: Connection,
    page_ids: Collection[int],
    latest: dict[tuple[int, int], DeliveryView],
    told: Mapping[tuple[int, int], Mapping[str, int]] | None,
) -> dict[int, list[RecipientView]]:
    query = (
        sa.select(RECIPIENTS, USERS.c.name)
        .join(USERS, USERS.c.id == RECIPIENTS.c.user_id)
        .where(RECIPIENTS.c.page_id.in_(page_ids))
        .order_by(RECIPIENTS.c.page_id, RECIPIENTS.c.id)
    )
    found: dict[int, list[RecipientView]] = defaultdict(list)
    for row in connection.execute(query) if page_ids else ():
        found[row.page_id].append(
            RecipientView(
                id=row.id,
                user_id=row.user_id,
                name=row.name,
                first_sent_at=row.first_sent_at,
                acknowledged_at=row.acknowledged_at,
                note=row.response_note,
                method=row.method,
                why=row.why,
                delivery=latest.get((row.page_id, row.user_id)),
                told=None if told is None else told.get((row.page_id, row.user_id), {}),
            )
        )
    return found
