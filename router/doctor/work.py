"""The work that waits: whether anything ticks and sends."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta

import sqlalchemy as sa
from sqlalchemy import Connection

from router.doctor.remark import Remark, error, ok
from router.store import outbox
from router.store.tables import PAGES

_LATE = timedelta(minutes=2)  # longer than any pause of a process that is well
_REMEDY = "Is `pingparrot serve` (or, with a broker, a worker) running? Its log says what keeps it."


def look(connection: Connection, now: datetime) -> Iterator[Remark]:
    """Yield whether pages and notifications are dealt with in time."""
    wake_at: datetime | None = connection.execute(sa.select(sa.func.min(PAGES.c.next_wake_at))).scalar()
    waiting, oldest_s = outbox.depth(connection, now)
    if wake_at is not None and wake_at < now - _LATE:
        late = (now - wake_at).total_seconds()
        yield error("scheduler", f"A page should have been looked at {late:,.0f} s ago.", _REMEDY)
    else:
        yield ok("scheduler", "No page waits for it.")
    if oldest_s > _LATE.total_seconds():
        yield error("outbox", f"{waiting} messages wait, the oldest for {oldest_s:,.0f} s.", _REMEDY)
    else:
        yield ok("outbox", "Nothing waits for long.")
