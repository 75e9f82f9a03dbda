"""Destinations whose last sends have all failed, and the page that tells admins of each."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

import sqlalchemy as sa
import structlog
from sqlalchemy import Connection

from router import metrics
from router.lifecycle import closing, transitions
from router.lifecycle.failing import QUIET, SENDS, WITHIN, Tried, is_failing
from router.lifecycle.model import ClosedReason, Plan, Step, Target
from router.store import outbox, pages
from router.store.ids import reserve
from router.store.reach import reaching
from router.store.tables import FAILING_DESTINATIONS, NOTIFICATIONS, PAGES, USERS
from router.store.writer import Transaction

_MOST_LOOKED_AT = 50
_REPEAT_S = 300
_log = structlog.get_logger(__name__)


def judge(tx: Transaction, org_id: int, destination: str, detail: str, now: datetime) -> bool:
    """Return whether a destination is failing, after a send to it failed; admins are told when that begins.

    Parameters:
      detail: how that send failed, without secrets.
    """
    where = (FAILING_DESTINATIONS.c.org_id == org_id) & (FAILING_DESTINATIONS.c.destination == destination)
    if tx.connection.execute(sa.select(FAILING_DESTINATIONS.c.since).where(where)).first() is not None:
        return True
    if not is_failing(_tried(tx.connection, org_id, destination, now), now):
        return False
    (page_id,) = reserve(tx, PAGES, 1)
    row = {"org_id": org_id, "destination": destination, "since": now, "page_id": page_id}
    insert = _insert_unless_there(tx).values(row).returning(FAILING_DESTINATIONS.c.page_id)
    if tx.connection.execute(insert).first() is not None:
        _open_page(tx, page_id, org_id, destination, detail, now)
    return True


def watch(tx: Transaction, now: datetime) -> None:
    """Let go of destinations that work again, or that nothing was sent to for long; close their pages."""
    query = sa.select(FAILING_DESTINATIONS).order_by(
        FAILING_DESTINATIONS.c.org_id, FAILING_DESTINATIONS.c.destination
    )
    for row in tx.connection.execute(query).mappings().all():
        worked_at = _last(tx.connection, row, succeeded=True)
        if worked_at is not None:
            detail = f"A send to {row['destination']} at {worked_at:%H:%M:%S} UTC succeeded: it works again."
            _let_go(tx, row, "resolved", detail, now)
        elif (_last(tx.connection, row, succeeded=False) or row["since"]) <= now - QUIET:
            detail = f"Nothing was sent to {row['destination']} for 24 hours: whether it works is not known."
            _let_go(tx, row, "stale", detail, now)


def names(connection: Connection, org_id: int | None = None) -> set[str]:
    """Return the destinations that are failing, of an organisation or of all."""
    query = sa.select(FAILING_DESTINATIONS.c.destination)
    if org_id is not None:
        query = query.where(FAILING_DESTINATIONS.c.org_id == org_id)
    return set(connection.execute(query).scalars())


def _tried(connection: Connection, org_id: int, destination: str, now: datetime) -> list[Tried]:
    query = (
        sa.select(
            NOTIFICATIONS.c.state,
            NOTIFICATIONS.c.attempts,
            NOTIFICATIONS.c.created_at,
            NOTIFICATIONS.c.tried_at,
        )
        .join(PAGES, PAGES.c.id == NOTIFICATIONS.c.page_id)
        .where(
            NOTIFICATIONS.c.destination == destination,
            NOTIFICATIONS.c.tried_at > now - WITHIN,
            PAGES.c.org_id == org_id,
        )
        .order_by(NOTIFICATIONS.c.tried_at.desc())
        .limit(_MOST_LOOKED_AT)
    )
    return [
        Tried(row.state == "sent", row.attempts - (row.state == "sending"), row.created_at, row.tried_at)
        for row in connection.execute(query)
    ]


def _last(connection: Connection, row: Mapping[Any, Any], *, succeeded: bool) -> datetime | None:
    """Return when a send to a failing destination last succeeded, or failed, since it is failing."""
    state = NOTIFICATIONS.c.state == "sent" if succeeded else NOTIFICATIONS.c.state != "sent"
    query = (
        sa.select(NOTIFICATIONS.c.tried_at)
        .join(PAGES, PAGES.c.id == NOTIFICATIONS.c.page_id)
        .where(
            NOTIFICATIONS.c.destination == row["destination"],
            NOTIFICATIONS.c.tried_at > row["since"],
            PAGES.c.org_id == row["org_id"],
            state,
        )
        .order_by(NOTIFICATIONS.c.tried_at.desc())
    )
    return connection.execute(query.limit(1)).scalar()


def _open_page(
    tx: Transaction, page_id: int, org_id: int, destination: str, detail: str, now: datetime
) -> None:
    """Tell admins by their contacts of other destinations; all admins where nobody has another."""
    targets = tuple(Target("user", id=user_id) for user_id in _told(tx.connection, org_id, destination))
    plan = Plan(
        steps=(Step(0, targets),),
        repeat_interval_s=_REPEAT_S,
        acknowledge="any",
        notify_resolved=True,
        avoid=destination,
    )
    why = f"PingParrot itself: the last {SENDS} sends to {destination}, or more, all failed."
    change = transitions.open_page(page_id, org_id, plan, "high", now, reaching(tx.connection, org_id), why)
    message = (
        f"The last {SENDS} sends to {destination}, or more, within 10 minutes, all failed. The latest "
        f"said: {detail}.\n\nWhoever has a contact there is told by the next one as soon as a send fails; "
        "who has no other contact is not told. This page goes to admins by their other contacts, and closes "
        "by itself when a send succeeds."
    )
    subject = f"{destination[:180]} is failing"
    pages.insert(tx, [pages.Draft(change, subject, message, "single" if len(targets) == 1 else "group")], now)
    tx.after_commit(lambda: _say_failing(destination, page_id))


def _told(connection: Connection, org_id: int, destination: str) -> list[int]:
    admins = sa.select(USERS.c.id).where(USERS.c.org_id == org_id, USERS.c.is_admin, USERS.c.is_active)
    ids = list(connection.execute(admins.order_by(USERS.c.id)).scalars())
    contacts = outbox.contacts_of(connection, ids)
    elsewhere = [
        user_id
        for user_id in ids
        if any(contact.destination != destination for contact in contacts.get(user_id, ()))
    ]
    return elsewhere or ids


def _let_go(
    tx: Transaction, row: Mapping[Any, Any], reason: ClosedReason, detail: str, now: datetime
) -> None:
    destination, page_id = row["destination"], row["page_id"]
    where = (FAILING_DESTINATIONS.c.org_id == row["org_id"]) & (FAILING_DESTINATIONS.c.page_id == page_id)
    if tx.connection.execute(sa.delete(FAILING_DESTINATIONS).where(where)).rowcount != 1:
        return  # another process was first
    found = pages.load(tx.connection, [page_id], lock=True).values()
    saves = [pages.Save(page, closing.close(page, reason, detail, now)) for page in found]
    pages.save(tx, saves, now)
    tx.after_commit(lambda: _log.info("destination let go", destination=destination, reason=reason))


def _say_failing(destination: str, page_id: int) -> None:
    metrics.PAGES_CREATED.labels("high").inc()
    _log.error("destination failing", destination=destination, page_id=page_id)


def _insert_unless_there(tx: Transaction) -> Any:
    if tx.connection.dialect.name == "sqlite":
        from sqlalchemy.dialects.sqlite import insert as sqlite_insert

        return sqlite_insert(FAILING_DESTINATIONS).on_conflict_do_nothing()
    from sqlalchemy.dialects.postgresql import insert as postgresql_insert

    return postgresql_insert(FAILING_DESTINATIONS).on_conflict_do_nothing()
