"""The outbox: notifications written in the page's own commit, leased by whoever sends, found again if lost.

A row's `next_attempt_at` is when it is next looked at: when it becomes due, or when a lease runs out.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import sqlalchemy as sa
from sqlalchemy import Connection

from router.lifecycle.model import RANK, Contact, Notify
from router.store import bulk
from router.store.ids import reserve
from router.store.tables import CONTACTS, EVENTS, NOTIFICATIONS, USERS
from router.store.writer import Handed, Transaction

LEASE = timedelta(seconds=30)
"""Longer than any send may take; a lease that runs out means that its holder died."""

HAND_OVER = timedelta(seconds=2)
"""How long a new notification, handed over at its commit, may wait before it counts as forgotten."""


@dataclass(frozen=True, slots=True)
class Order:
    """One person to be told of one page.

    Parameters:
      avoid: a destination to use only for a person who has no other.
    """

    page_id: int
    priority: str
    notify: Notify
    avoid: str = ""


def add(tx: Transaction, orders: Iterable[Order], now: datetime) -> None:
    """Write a notification for each order, for the person's first contact, and hand them over on commit.

    A person without any contact gets a row too, failed from the start, so that it shows.
    """
    orders = list(orders)
    if not orders:
        return
    unknown = {order.notify.person.user_id for order in orders if not order.notify.person.contacts}
    found = contacts_of(tx.connection, unknown) if unknown else {}
    ids = reserve(tx, NOTIFICATIONS, len(orders))
    rows = []
    handed = []
    for row_id, order in zip(ids, orders, strict=True):
        person = order.notify.person
        contacts = person.contacts or found.get(person.user_id, ())
        index = _first_choice(contacts, order.avoid)
        contact = contacts[index] if contacts else None
        rows.append(_row(row_id, order, contact, index, now))
        if contact is not None:
            handed.append(Handed(row_id, 0, contact.destination))
    bulk.insert(tx.connection, NOTIFICATIONS, rows)
    tx.after_commit(lambda: tx.hand_over(handed))


def _first_choice(contacts: Sequence[Contact], avoid: str) -> int:
    if not avoid:
        return 0
    return next((index for index, contact in enumerate(contacts) if contact.destination != avoid), 0)


def add_next_contact(
    tx: Transaction, order: Order, contact: Contact, contact_index: int, now: datetime, *, together: bool
) -> int:
    """Write a notification by one of a person's contacts, because one before it failed; returns its id.

    Parameters:
      together: it failed as part of a digest, and goes by one again.
    """
    (row_id,) = reserve(tx, NOTIFICATIONS, 1)
    row = _row(row_id, order, contact, contact_index, now)
    tx.connection.execute(sa.insert(NOTIFICATIONS), [row | {"state": "gathered"} if together else row])
    tx.after_commit(lambda: tx.hand_over([Handed(row_id, 0, contact.destination)]))
    return row_id


def contacts_of(connection: Connection, user_ids: Collection[int]) -> dict[int, tuple[Contact, ...]]:
    """Return the active contacts of active users, in the order in which they are tried."""
    query = (
        sa.select(CONTACTS.c.user_id, CONTACTS.c.id, CONTACTS.c.destination)
        .join(USERS, USERS.c.id == CONTACTS.c.user_id)
        .where(CONTACTS.c.user_id.in_(user_ids), CONTACTS.c.is_active, USERS.c.is_active)
        .order_by(CONTACTS.c.user_id, CONTACTS.c.position, CONTACTS.c.id)
    )
    found: dict[int, list[Contact]] = defaultdict(list)
    for user_id, contact_id, destination in connection.execute(query):
        found[user_id].append(Contact(contact_id, destination))
    return {user_id: tuple(contacts) for user_id, contacts in found.items()}


def has_unheard(connection: Connection, page_id: int, user_id: int) -> bool:
    """Return whether alerts have joined a page since a person was last to be told of it."""
    last = sa.select(sa.func.max(NOTIFICATIONS.c.created_at)).where(
        NOTIFICATIONS.c.page_id == page_id, NOTIFICATIONS.c.user_id == user_id
    )
    joined = sa.select(EVENTS.c.id).where(EVENTS.c.page_id == page_id, EVENTS.c.kind == "joined")
    told_at = connection.execute(last).scalar()
    if told_at is not None:
        joined = joined.where(EVENTS.c.at > told_at)
    return connection.execute(joined.limit(1)).first() is not None


def due(connection: Connection, now: datetime, limit: int, avoid: Sequence[str]) -> list[Handed]:
    """Return what is due and not in anybody's hands, critical first, then by age.

    Parameters:
      avoid: destinations that have as many sends in flight as they may have.
    """
    found: list[Handed] = []
    for rank in (3, 2, 1, 0):
        if len(found) >= limit:
            break
        query = (
            sa.select(NOTIFICATIONS.c.id, NOTIFICATIONS.c.attempts, NOTIFICATIONS.c.destination)
            .where(NOTIFICATIONS.c.rank == rank, NOTIFICATIONS.c.next_attempt_at <= now)
            .order_by(NOTIFICATIONS.c.next_attempt_at)
            .limit(limit - len(found))
        )
        if avoid:
            query = query.where(NOTIFICATIONS.c.destination.not_in(avoid))
        found += [Handed(*row) for row in connection.execute(query)]
    return found


def claim(tx: Transaction, ids: Sequence[int], now: datetime, hold: timedelta) -> list[int]:
    """Take due notifications out of other processes' sight; returns the ids of those that were still free.

    Parameters:
      hold: how long they may wait for a thread before they count as forgotten.
    """
    free = (
        sa.select(NOTIFICATIONS.c.id)
        .where(NOTIFICATIONS.c.id.in_(ids), NOTIFICATIONS.c.next_attempt_at <= now)
        .with_for_update(skip_locked=True)
    )
    taken = list(tx.connection.execute(free).scalars())
    if taken:
        update = sa.update(NOTIFICATIONS).where(NOTIFICATIONS.c.id.in_(taken))
        tx.connection.execute(update.values(next_attempt_at=now + hold))
    return taken


def put_back(tx: Transaction, ids: Collection[int], now: datetime) -> None:
    """Make what was claimed, but not begun, due at once: for a process that stops."""
    if ids:
        still = NOTIFICATIONS.c.id.in_(ids) & NOTIFICATIONS.c.state.in_(("due", "gathered"))
        tx.connection.execute(sa.update(NOTIFICATIONS).where(still).values(next_attempt_at=now))


def depth(connection: Connection, now: datetime) -> tuple[int, float]:
    """Return how many notifications are unfinished, and the age in seconds of the oldest that is due."""
    unfinished = sa.select(sa.func.count()).where(NOTIFICATIONS.c.next_attempt_at.is_not(None))
    oldest = sa.select(sa.func.min(NOTIFICATIONS.c.next_attempt_at)).where(
        NOTIFICATIONS.c.next_attempt_at.is_not(None)
    )
    count = connection.execute(unfinished).scalar_one()
    since = connection.execute(oldest).scalar()
    return count, max(0.0, (now - since).total_seconds()) if since else 0.0


def _row(row_id: int, order: Order, contact: Contact | None, index: int, now: datetime) -> dict[str, object]:
    return {
        "id": row_id,
        "page_id": order.page_id,
        "user_id": order.notify.person.user_id,
        "contact_id": contact.id if contact else None,
        "destination": contact.destination if contact else "",
        "contact_index": index,
        "kind": order.notify.kind,
        "rank": RANK[order.priority],
        "state": "due" if contact else "failed",
        "attempts": 0,
        "next_attempt_at": now + HAND_OVER if contact else None,
        "created_at": now,
        "rung_at": None,
        "tried_at": None,
        "finished_at": None if contact else now,
        "detail": "" if contact else "the person has no contact",
        "provider_id": None,
        "digest_id": None,
    }
