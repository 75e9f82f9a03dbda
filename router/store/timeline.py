"""Timelines of pages: what happened to one, and what that says of its end."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import get_args

import sqlalchemy as sa
from sqlalchemy import Connection

from router.lifecycle.model import ClosedReason
from router.store.page_views import PageView
from router.store.tables import EVENTS, USERS

_MOST_DOUBTS = 10
_WAITS = ("resolve_held", "mass_resolve", "monitoring_down", "monitoring_back")
_DOUBTS = ("mass_resolve", "target_down", "monitoring_down")


@dataclass(frozen=True, slots=True)
class Reasons:
    """Sentences of a page's timeline about its end.

    Parameters:
      closed: with which it was closed; None while it is open.
      closes: why it waits; None unless its alerts have ended and it does.
      doubts: why resolves of its alerts may not be true, the latest last.
    """

    closed: str | None
    closes: str | None
    doubts: Sequence[str]


@dataclass(frozen=True, slots=True)
class EventView:
    """A line of a timeline; `user` is the name of whom it is about."""

    id: int
    at: datetime
    kind: str
    detail: str
    user_id: int | None
    user: str | None


def lines(connection: Connection, page_id: int, *, limit: int, offset: int) -> tuple[list[EventView], int]:
    """Return what happened to a page, in order, and how many lines there are in all."""
    total: int = connection.execute(
        sa.select(sa.func.count()).where(EVENTS.c.page_id == page_id)
    ).scalar_one()
    query = (
        sa.select(
            EVENTS.c.id,
            EVENTS.c.at,
            EVENTS.c.kind,
            EVENTS.c.detail,
            EVENTS.c.user_id,
            USERS.c.name.label("user"),
        )
        .outerjoin(USERS, USERS.c.id == EVENTS.c.user_id)
        .where(EVENTS.c.page_id == page_id)
        .order_by(EVENTS.c.id)
        .limit(limit)
        .offset(offset)
    )
    return [EventView(**row) for row in connection.execute(query).mappings()], total


def reasons_of(connection: Connection, page: PageView) -> Reasons:
    """Return what a page's timeline says of its end."""
    closed = closing_detail(connection, page.id) if page.closed_at is not None else None
    closes = _latest(connection, page.id, _WAITS, 1) if page.closes_at is not None else ()
    doubts = _latest(connection, page.id, _DOUBTS, _MOST_DOUBTS)
    return Reasons(closed, next(iter(closes), None), doubts[::-1])


def closing_detail(connection: Connection, page_id: int) -> str | None:
    """Return the sentence with which a page was closed; None while it is open."""
    return next(iter(_latest(connection, page_id, get_args(ClosedReason), 1)), None)


def last_at(connection: Connection, page_id: int, kind: str) -> datetime | None:
    """Return when a page last had a line of a kind, UTC; None when never."""
    query = sa.select(sa.func.max(EVENTS.c.at)).where(EVENTS.c.page_id == page_id, EVENTS.c.kind == kind)
    return connection.execute(query).scalar()


def _latest(connection: Connection, page_id: int, kinds: Collection[str], limit: int) -> list[str]:
    query = sa.select(EVENTS.c.detail).where(EVENTS.c.page_id == page_id, EVENTS.c.kind.in_(kinds))
    return list(connection.execute(query.order_by(EVENTS.c.id.desc()).limit(limit)).scalars())


def latest_event(connection: Connection) -> int:
    """Return the id of the newest line of all; 0 when there is none. It changes when anything happens."""
    return connection.execute(sa.select(sa.func.max(EVENTS.c.id))).scalar() or 0
