"""What became of the notifications of pages, as people read it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy import Connection

from router.store.tables import NOTIFICATIONS


@dataclass(frozen=True, slots=True)
class DeliveryView:
    """The latest notification to a recipient; `at` is when it ended, or else when it was ordered, UTC."""

    state: str
    kind: str
    attempts: int
    detail: str
    at: datetime


def arrived(connection: Connection, page_ids: Collection[int]) -> dict[tuple[int, int], dict[str, int]]:
    """Return how many notifications of each kind arrived, by page and user."""
    found: dict[tuple[int, int], dict[str, int]] = defaultdict(dict)
    columns = (NOTIFICATIONS.c.page_id, NOTIFICATIONS.c.user_id, NOTIFICATIONS.c.kind)
    query = (
        sa.select(*columns, sa.func.count())
        .where(NOTIFICATIONS.c.page_id.in_(page_ids), NOTIFICATIONS.c.state == "sent")
        .group_by(*columns)
        .order_by(*columns)
    )
    for page_id, user_id, kind, count in connection.execute(query):
        found[page_id, user_id][kind] = count
    return found


def latest(connection: Connection, page_ids: Collection[int]) -> dict[tuple[int, int], DeliveryView]:
    """Return the latest notification of each page and user."""
    newest = (
        sa.select(sa.func.max(NOTIFICATIONS.c.id))
        .where(NOTIFICATIONS.c.page_id.in_(page_ids))
        .group_by(NOTIFICATIONS.c.page_id, NOTIFICATIONS.c.user_id)
    )
    query = sa.select(NOTIFICATIONS).where(NOTIFICATIONS.c.id.in_(newest))
    return {
        (row.page_id, row.user_id): DeliveryView(
            state=row.state,
            kind=row.kind,
            attempts=row.attempts,
            detail=row.detail,
            at=row.finished_at or row.created_at,
        )
        for row in connection.execute(query)
    }
