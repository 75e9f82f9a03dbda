"""Taking notifications for sending: one alone, or what waits for a digest together."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa
from sqlalchemy import Connection

from router import metrics
from router.lifecycle.model import Event, NotificationKind, Plan
from router.lifecycle.sending import Standing, not_wanted
from router.lifecycle.storms import MINUTE, Ring, decide
from router.store import incidents, outbox, pages, phones, plans, timeline
from router.store.contacts import IS_TRUSTED
from router.store.tables import CONTACTS, NOTIFICATIONS, PAGES, RECIPIENTS, USERS
from router.store.writer import Transaction

MOST_ALERTS = 20
MOST_TOGETHER = 2_000
"""Pages of one digest; the rest comes by the next."""

_BUSY = timedelta(milliseconds=100)
_Row = Mapping[Any, Any]


@dataclass(frozen=True, slots=True)
class Sending:
    """A leased notification with all that its message needs.

    Parameters:
      attempts: tries made, this one included; whoever records an outcome must still hold this count.
      url_encrypted: the contact's URL; None when the contact was removed meanwhile.
      why: by which step of the rules the person was paged; empty where none did.
      plan: the page's, for one that rules made and that goes alone.
      alerts: labels of alerts that still fire, at most 20, of `alert_count`.
      trace: the page's, as a `traceparent`; empty when it was not traced.
      digest_id: the notification in whose digest this one goes; None when it goes alone.
      others: what goes in the same message, the most urgent first.
      rung: other pages that the person was rung for within the last minute.
    """

    id: int
    attempts: int
    org_id: int
    page_id: int
    user_id: int
    recipient: str
    kind: NotificationKind
    contact_id: int | None
    contact_index: int
    channel: str
    destination: str
    is_trusted: bool
    url_encrypted: bytes | None = field(repr=False)
    subject: str
    message: str
    priority: str
    status: str
    closed_reason: str | None
    closed_detail: str
    route: str
    created_at: datetime
    why: str = ""
    plan: Plan | None = None
    alerts: tuple[Mapping[str, str], ...] = ()
    alert_count: int = 0
    trace: str = ""
    digest_id: int | None = None
    others: tuple[Sending, ...] = ()
    rung: int = 0


def lease(
    tx: Transaction, notification_id: int, attempts: int, now: datetime, burst: int = 0
) -> Sending | None:
    """Take a notification for sending, unless somebody else has, or nobody needs it any more.

    Somebody who has been rung often is not rung again: the notification waits, and with others becomes one
    digest, which is returned when its time has come.

    Parameters:
      attempts: tries made when it was handed over; another number means that it is not ours to try.
      burst: pages a minute that a person is rung for one by one; 0 for any number.
    """
    row = tx.connection.execute(_SENDING, {"sought": [notification_id]}).mappings().one_or_none()
    if row is None or row["attempts"] != attempts or row["next_attempt_at"] is None:
        return None
    reason = _not_wanted(row)
    if reason is not None:
        _drop(tx, row, reason, now)
        return None
    orphaned = row["state"] == "sending"  # its last holder died with it
    if burst == 0 or (orphaned and row["digest_id"] is None):
        return _alone(tx, row, 0, now)
    if not phones.alone_with(tx, row["user_id"]):
        _wait(tx, row, row["state"], now + _BUSY)
        return None
    if orphaned:
        phones.gather_again(tx, row["digest_id"], now)
    return _rung(tx, row, burst, now)


def _rung(tx: Transaction, row: _Row, burst: int, now: datetime) -> Sending | None:
    """Ring a person for a notification, alone or with others, or let it wait."""
    kind = row["kind"]
    phone = phones.phone_of(tx.connection, row["user_id"], row["contact_id"], row["page_id"], kind, now)
    of_storm = kind in ("escalation", "fallback") and phones.told_by_digest(tx.connection, row["page_id"])
    ring = Ring(kind, row["priority"], row["state"] != "due", of_storm)
    verdict = decide(ring, phone, burst, now)
    if verdict == "alone":
        return _alone(tx, row, phone.rung, now)
    if verdict == "together":
        return _together(tx, row, phone.rung, now)
    if _wait(tx, row, "gathered", verdict):
        phones.bring_forward(tx, row["user_id"], row["contact_id"], verdict)
        if kind != "repeat":
            _say_gathered(tx, row, now)
    return None


def _alone(tx: Transaction, row: _Row, rung: int, now: datetime) -> Sending | None:
    if not _take(tx, row, None, now):
        return None
    return replace(_sending(tx.connection, row), rung=rung)


def _together(tx: Transaction, row: _Row, rung: int, now: datetime) -> Sending | None:
    """Take a notification with everything that waits beside it; what is not wanted any more is dropped."""
    if not _take(tx, row, row["id"], now):
        return None
    of_person = row["user_id"], row["contact_id"]
    ids = phones.waiting(tx.connection, *of_person, MOST_TOGETHER - 1)
    beside = tx.connection.execute(_SENDING, {"sought": ids}).mappings().all() if ids else []
    others = []
    for other in sorted(beside, key=lambda one: (-one["rank"], one["page_id"], one["id"])):
        reason = _not_wanted(other)
        if reason is not None:
            _drop(tx, other, reason, now)
        elif _take(tx, other, row["id"], now):
            others.append(_brief(other, row["id"]))
    if len(ids) == MOST_TOGETHER - 1:
        phones.put_off(tx, *of_person, now + MINUTE)
    mine = replace(_sending(tx.connection, row), rung=rung, digest_id=row["id"])
    return replace(mine, others=tuple(others))


def _not_wanted(row: _Row) -> str | None:
    standing = Standing(row["status"], row["closed_reason"], row["first_sent_at"], row["acknowledged_at"])
    return not_wanted(row["kind"], standing)


def _take(tx: Transaction, row: _Row, digest_id: int | None, now: datetime) -> bool:
    """Count a try, under a lease; only the one that carries a digest counts as a ring."""
    rings = digest_id is None or digest_id == row["id"]
    values = {"to_rung": now if rings else None, "to_digest": digest_id, "to_at": now + outbox.LEASE}
    return tx.connection.execute(_TAKE, {**values, **_ours(row)}).rowcount == 1


def _wait(tx: Transaction, row: _Row, state: str, until: datetime) -> bool:
    values = {"to_state": state, "to_at": until}
    return tx.connection.execute(_WAIT, {**values, **_ours(row)}).rowcount == 1


def _drop(tx: Transaction, row: _Row, reason: str, now: datetime) -> None:
    tx.connection.execute(_DROP, {"to_finished": now, "to_detail": reason, **_ours(row)})


def _ours(row: _Row) -> dict[str, int]:
    return {"mine": row["id"], "with_attempts": row["attempts"]}


def _say_gathered(tx: Transaction, row: _Row, now: datetime) -> None:
    detail = f"Many pages come for {row['name']} at once: this one is told by digest."
    pages.add_event(tx, row["page_id"], Event("gathered", detail, row["user_id"]), now)
    tx.after_commit(metrics.GATHERED.inc)


_SENDING = (
    sa.select(
        NOTIFICATIONS,
        PAGES.c.org_id,
        PAGES.c.subject,
        PAGES.c.message,
        PAGES.c.priority,
        PAGES.c.status,
        PAGES.c.closed_reason,
        PAGES.c.route,
        PAGES.c.created_at.label("page_created_at"),
        PAGES.c.trace,
        PAGES.c.plan_id,
        RECIPIENTS.c.why,
        RECIPIENTS.c.first_sent_at,
        RECIPIENTS.c.acknowledged_at,
        USERS.c.name,
        CONTACTS.c.channel,
        CONTACTS.c.url_encrypted,
        IS_TRUSTED,
    )
    .select_from(NOTIFICATIONS)
    .join(PAGES, PAGES.c.id == NOTIFICATIONS.c.page_id)
    .join(USERS, USERS.c.id == NOTIFICATIONS.c.user_id)
    .outerjoin(
        RECIPIENTS,
        (RECIPIENTS.c.page_id == NOTIFICATIONS.c.page_id) & (RECIPIENTS.c.user_id == NOTIFICATIONS.c.user_id),
    )
    .outerjoin(CONTACTS, (CONTACTS.c.id == NOTIFICATIONS.c.contact_id) & CONTACTS.c.is_active.is_(sa.true()))
    .where(NOTIFICATIONS.c.id.in_(sa.bindparam("sought", expanding=True)))
)

# Built once, and so compiled once: these run for every send.
_OURS = (
    NOTIFICATIONS.c.id == sa.bindparam("mine"),
    NOTIFICATIONS.c.attempts == sa.bindparam("with_attempts"),
    NOTIFICATIONS.c.state.in_(("due", "gathered", "sending")),
)
_TAKE = (
    sa.update(NOTIFICATIONS)
    .where(*_OURS)
    .values(
        attempts=NOTIFICATIONS.c.attempts + 1,
        state="sending",
        next_attempt_at=sa.bindparam("to_at"),
        rung_at=sa.func.coalesce(
            sa.bindparam("to_rung", type_=NOTIFICATIONS.c.rung_at.type), NOTIFICATIONS.c.rung_at
        ),
        digest_id=sa.bindparam("to_digest"),
    )
)
_WAIT = (
    sa.update(NOTIFICATIONS)
    .where(*_OURS)
    .values(state=sa.bindparam("to_state"), next_attempt_at=sa.bindparam("to_at"))
)
_DROP = (
    sa.update(NOTIFICATIONS)
    .where(*_OURS)
    .values(
        state="dropped",
        next_attempt_at=None,
        finished_at=sa.bindparam("to_finished"),
        detail=sa.bindparam("to_detail"),
    )
)


def _sending(connection: Connection, row: _Row) -> Sending:
    alerts = incidents.alerts_of_page(connection, row["page_id"], MOST_ALERTS) if row["route"] else []
    count = len(alerts)
    if count == MOST_ALERTS:
        count = incidents.still_open(connection, {row["page_id"]}).get(row["page_id"], 0)
    closed_detail = timeline.closing_detail(connection, row["page_id"]) if row["kind"] == "resolved" else ""
    return replace(
        _brief(row, None),
        plan=plans.of_id(connection, row["plan_id"]) if row["route"] else None,
        alerts=tuple(alert.labels for alert in alerts),
        alert_count=count,
        closed_detail=closed_detail or "",
    )


def _brief(row: _Row, digest_id: int | None) -> Sending:
    """Return a notification that was just taken, as far as its own row and its page's tell."""
    return Sending(
        id=row["id"],
        attempts=row["attempts"] + 1,
        org_id=row["org_id"],
        page_id=row["page_id"],
        user_id=row["user_id"],
        recipient=row["name"],
        kind=row["kind"],
        contact_id=row["contact_id"],
        contact_index=row["contact_index"],
        channel=row["channel"] or "none",
        destination=row["destination"],
        is_trusted=bool(row["is_trusted"]),
        url_encrypted=row["url_encrypted"],
        subject=row["subject"],
        message=row["message"],
        priority=row["priority"],
        status=row["status"],
        closed_reason=row["closed_reason"],
        closed_detail="",
        route=row["route"],
        created_at=row["page_created_at"],
        why=row["why"] or "",
        trace=row["trace"] or "",
        digest_id=digest_id,
    )
