"""Chores: what one of all processes does now and then."""

from __future__ import annotations

from datetime import datetime, timedelta

import sqlalchemy as sa

from router.store.tables import CHORES
from router.store.writer import Transaction


def claim(tx: Transaction, name: str, every: timedelta, now: datetime) -> bool:
    """Return whether a chore is the caller's to do now: nobody has done it for as long as it may wait."""
    where = CHORES.c.name == name
    overdue = where & (
        (CHORES.c.done_at <= now - every) | (CHORES.c.done_at > now + every)
    )  # or clocks differ
    if tx.connection.execute(sa.update(CHORES).where(overdue).values(done_at=now)).rowcount:
        return True
    if tx.connection.execute(sa.select(CHORES.c.name).where(where)).first() is not None:
        return False
    tx.connection.execute(sa.insert(CHORES).values(name=name, done_at=now))
    return True
