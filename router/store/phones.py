"""What people's phones have done lately, and what waits to be told by one digest."""

from __future__ import annotations

from datetime import datetime

import sqlalchemy as sa
from sqlalchemy import Connection

from router.lifecycle.storms import MINUTE, STORM, Phone
from router.store.prepared import Query
from router.store.tables import NOTIFICATIONS, USERS
from router.store.writer import Transaction

_MOST_COUNTED = 1_000
_ESCALATIONS = ("escalation", "fallback")


def alone_with(tx: Transaction, user_id: int) -> bool:
    """Return whether no other process is about to ring the same person; true until the transaction ends.

    Nobody waits for anybody, since two that ring several people in different orders would wait for ever.
    """
    if tx.connection.dialect.name == "sqlite":
        return True
    ours = (
        sa.select(USERS.c.id).where(USERS.c.id == user_id).with_for_update(skip_locked=True, key_share=True)
    )
    return tx.connection.execute(ours).first() is not None


def phone_of(
    connection: Connection, user_id: int, contact_id: int | None, page_id: int, kind: str, now: datetime
) -> Phone:
    """Return what a person's phone has done, before it rings for a page by a contact."""
    of_person = {"person": user_id, "contact": contact_id, "page": page_id}
    (row,) = _PHONE.rows(connection, **of_person, minute_ago=now - MINUTE, storm_ago=now - STORM)
    escalations = _escalations(connection, user_id, page_id, now) if kind in _ESCALATIONS else 0
    return Phone(row.rung, row.digest_at, row.waiting, row.due_at, escalations)


def told_by_digest(connection: Connection, page_id: int) -> bool:
    """Return whether anybody was, or is to be, told of a page by a digest."""
    query = sa.select(NOTIFICATIONS.c.id).where(
        NOTIFICATIONS.c.page_id == page_id,
        NOTIFICATIONS.c.digest_id.is_not(None) | (NOTIFICATIONS.c.state == "gathered"),
    )
    return connection.execute(query.limit(1)).first() is not None


def bring_forward(tx: Transaction, user_id: int, contact_id: int | None, at: datetime) -> None:
    """Let what waits for a person be told at a moment, unless it is sooner already."""
    later = _waiting(user_id, contact_id) & (NOTIFICATIONS.c.next_attempt_at > at)
    tx.connection.execute(sa.update(NOTIFICATIONS).where(later).values(next_attempt_at=at))


def waiting(connection: Connection, user_id: int, contact_id: int | None, most: int) -> list[int]:
    """Return the ids of what waits for a person, the most urgent first."""
    query = (
        sa.select(NOTIFICATIONS.c.id)
        .where(_waiting(user_id, contact_id))
        .order_by(NOTIFICATIONS.c.rank.desc(), NOTIFICATIONS.c.id)
        .limit(most)
    )
    return list(connection.execute(query).scalars())


def put_off(tx: Transaction, user_id: int, contact_id: int | None, at: datetime) -> None:
    """Leave what still waits for the next digest."""
    still = _waiting(user_id, contact_id)
    tx.connection.execute(sa.update(NOTIFICATIONS).where(still).values(next_attempt_at=at))


def gather_again(tx: Transaction, digest_id: int, now: datetime) -> None:
    """Let what went by a digest, whose sender died with it, wait for another one that is due."""
    lost = (NOTIFICATIONS.c.digest_id == digest_id) & (NOTIFICATIONS.c.state == "sending")
    lost &= NOTIFICATIONS.c.next_attempt_at <= now
    values = {"state": "gathered", "next_attempt_at": now}
    tx.connection.execute(sa.update(NOTIFICATIONS).where(lost).values(values))


def _waiting(user_id: int, contact_id: int | None) -> sa.ColumnElement[bool]:
    of_person = (NOTIFICATIONS.c.user_id == user_id) & (NOTIFICATIONS.c.contact_id == contact_id)
    return of_person & (NOTIFICATIONS.c.state == sa.literal_column("'gathered'"))


def _escalations(connection: Connection, user_id: int, page_id: int, now: datetime) -> int:
    due = sa.select(NOTIFICATIONS.c.id).where(
        NOTIFICATIONS.c.rank.in_((0, 1, 2, 3)),
        NOTIFICATIONS.c.next_attempt_at <= now + MINUTE,
        NOTIFICATIONS.c.state == "due",
        NOTIFICATIONS.c.user_id == user_id,
        NOTIFICATIONS.c.page_id != page_id,
        NOTIFICATIONS.c.kind.in_(_ESCALATIONS),
    )
    count = sa.select(sa.func.count()).select_from(due.limit(_MOST_COUNTED).subquery())
    return connection.execute(count).scalar_one()


def _rung() -> sa.ScalarSelect[int]:
    return (
        sa.select(sa.func.count(NOTIFICATIONS.c.page_id.distinct()))
        .where(
            NOTIFICATIONS.c.user_id == sa.bindparam("person"),
            NOTIFICATIONS.c.rung_at > sa.bindparam("minute_ago"),
            NOTIFICATIONS.c.digest_id.is_(None),
            NOTIFICATIONS.c.page_id != sa.bindparam("page"),
        )
        .scalar_subquery()
    )


def _last_digest() -> sa.ScalarSelect[datetime | None]:
    return (
        sa.select(sa.func.max(NOTIFICATIONS.c.rung_at))
        .where(
            NOTIFICATIONS.c.user_id == sa.bindparam("person"),
            NOTIFICATIONS.c.rung_at > sa.bindparam("storm_ago"),
            NOTIFICATIONS.c.digest_id.is_not(None),
        )
        .scalar_subquery()
    )


_GATHERED = (
    sa.select(sa.func.count().label("waiting"), sa.func.min(NOTIFICATIONS.c.next_attempt_at).label("due_at"))
    .where(
        NOTIFICATIONS.c.user_id == sa.bindparam("person"),
        NOTIFICATIONS.c.contact_id == sa.bindparam("contact"),
        NOTIFICATIONS.c.state == sa.literal_column("'gathered'"),
    )
    .subquery()
)
_PHONE = Query(
    sa.select(
        _rung().label("rung"), _last_digest().label("digest_at"), _GATHERED.c.waiting, _GATHERED.c.due_at
    )
)
