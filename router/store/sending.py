"""A notification in the hands of its sender: leased, looked at again, and its outcome recorded."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Literal

import sqlalchemy as sa
from sqlalchemy import Connection

from router.lifecycle.due import fall_back
from router.lifecycle.model import Change, Contact, Event, NotificationKind, Notify, Person
from router.lifecycle.sending import Standing, after_failure, brings_next_contact, not_wanted
from router.store import failing, incidents, outbox, page_views, pages
from router.store.contacts import IS_TRUSTED
from router.store.reach import reaching
from router.store.tables import CONTACTS, NOTIFICATIONS, PAGES, RECIPIENTS, USERS
from router.store.unheard import say_unheard
from router.store.writer import Transaction

MOST_ALERTS = 20
_LONGEST_DETAIL = 500
_TRIED_NEXT = " The next contact is tried."
_FAILING = " The destination is failing: the next contact is tried at once."


@dataclass(frozen=True, slots=True)
class Sending:
    """A leased notification with all that its message needs.

    Parameters:
      attempts: tries made, this one included; whoever records an outcome must still hold this count.
      url_encrypted: the contact's URL; None when the contact was removed meanwhile.
      alerts: labels of alerts that still fire, at most 20, of `alert_count`.
      trace: the page's, as a `traceparent`; empty when it was not traced.
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
    alerts: tuple[Mapping[str, str], ...]
    alert_count: int
    trace: str


@dataclass(frozen=True, slots=True)
class Outcome:
    """How a try went, as far as it is recorded; `detail` has no secrets."""

    outcome: Literal["ok", "permanent", "retryable"]
    detail: str = ""
    retry_after_s: float | None = None
    provider_id: str | None = None


def lease(tx: Transaction, notification_id: int, attempts: int, now: datetime) -> Sending | None:
    """Take a notification for sending, unless somebody else has, or nobody needs it any more.

    Parameters:
      attempts: tries made when it was handed over; another number means that it is not ours to try.
    """
    row = tx.connection.execute(_SENDING, {"sought": notification_id}).mappings().one_or_none()
    if row is None or row["attempts"] != attempts or row["next_attempt_at"] is None:
        return None
    standing = Standing(row["status"], row["closed_reason"], row["first_sent_at"], row["acknowledged_at"])
    reason = not_wanted(row["kind"], standing)
    values = {"to_attempts": attempts + 1, "to_state": "sending", "to_at": now + outbox.LEASE}
    if reason is not None:
        values = {"to_attempts": attempts, "to_state": "dropped", "to_at": None}
    done = {"to_finished": None if reason is None else now, "to_detail": reason or "", "to_provider": None}
    done["to_tried"] = None
    mine = {"mine": notification_id, "with_attempts": attempts, "in_states": ["due", "sending"]}
    taken = tx.connection.execute(_UPDATE, {**values, **done, **mine}).rowcount == 1
    if reason is not None or not taken:
        return None
    return _sending(tx.connection, row, attempts + 1)


def record(tx: Transaction, sending: Sending, outcome: Outcome, now: datetime, chance: float) -> bool:
    """Write down how a try went, and what follows: a retry, the next contact, the default chain.

    Parameters:
      chance: a random number from 0 to 1, for the jitter of retries.
    Returns whether this was the first time that anybody was told of the page.
    """
    if outcome.outcome == "ok":
        return _finish(tx, sending, "sent", outcome, None, now) and _told(tx, sending, now)
    then = after_failure(outcome.outcome, sending.attempts, outcome.retry_after_s, chance)
    at = None if then.retry_in_s is None else now + timedelta(seconds=then.retry_in_s)
    ours = _finish(tx, sending, "failed" if at is None else "due", outcome, at, now)
    if not ours:
        return False
    is_failing = _was_tried(sending) and failing.judge(
        tx, sending.org_id, sending.destination, outcome.detail[:_LONGEST_DETAIL], now
    )
    brings_next = brings_next_contact(then, sending.attempts, failing=is_failing)
    if not (brings_next or sending.attempts > 1):
        return False
    following = _next_contact(tx, sending)
    if following is not None or brings_next or at is None:
        then_tried = "" if following is None else _FAILING if is_failing else _TRIED_NEXT
        _say_failed(tx, sending, outcome, then_tried, now)
    if following is not None:
        person = Person(sending.user_id, sending.recipient)
        order = outbox.Order(sending.page_id, sending.priority, Notify(person, sending.kind))
        outbox.add_next_contact(tx, order, *following, now)
    elif at is None and sending.kind == "joined":
        say_unheard(tx, sending.page_id, sending.user_id, sending.recipient, now)
    elif at is None:
        _fall_back(tx, sending, now)
    return False


def _next_contact(tx: Transaction, sending: Sending) -> tuple[Contact, int] | None:
    """Return the person's next contact and its place; None when there is none, or it was brought in already.

    The try that would have brought it in may have died with its process. Where the contact itself was
    removed, the next one has moved up to its place.
    """
    contacts = outbox.contacts_of(tx.connection, {sending.user_id}).get(sending.user_id, ())
    places = [place for place, contact in enumerate(contacts) if contact.id == sending.contact_id]
    place = places[0] + 1 if places else sending.contact_index
    if place >= len(contacts):
        return None
    brought = sa.select(NOTIFICATIONS.c.id).where(
        NOTIFICATIONS.c.page_id == sending.page_id,
        NOTIFICATIONS.c.user_id == sending.user_id,
        NOTIFICATIONS.c.kind == sending.kind,
        NOTIFICATIONS.c.contact_id == contacts[place].id,
        NOTIFICATIONS.c.id > sending.id,
    )
    if tx.connection.execute(brought.limit(1)).first() is not None:
        return None
    return contacts[place], place


def _finish(
    tx: Transaction, sending: Sending, state: str, outcome: Outcome, at: datetime | None, now: datetime
) -> bool:
    values = {
        "to_attempts": sending.attempts,
        "to_state": state,
        "to_at": at,
        "to_tried": now if _was_tried(sending) else None,
        "to_finished": now if at is None else None,
        "to_detail": outcome.detail[:_LONGEST_DETAIL],
        "to_provider": outcome.provider_id,
        "mine": sending.id,
        "with_attempts": sending.attempts,
        "in_states": ["sending"],
    }
    return tx.connection.execute(_UPDATE, values).rowcount == 1


def _told(tx: Transaction, sending: Sending, now: datetime) -> bool:
    """Note a person's first delivery; returns whether it is the page's first as well."""
    who = {"page": sending.page_id, "person": sending.user_id}
    heard_before = tx.connection.execute(_HEARD, {"page": sending.page_id}).first() is not None
    if tx.connection.execute(_FIRST_SENT, {**who, "now": now}).rowcount != 1:
        return False
    event = Event("delivered", f"Told {sending.recipient} by {sending.destination}.", sending.user_id)
    pages.add_event(tx, sending.page_id, event, now)
    return not heard_before


def _was_tried(sending: Sending) -> bool:
    """Whether the destination can have had a part in it: a contact that was removed was never sent to."""
    return sending.url_encrypted is not None


def _say_failed(tx: Transaction, sending: Sending, outcome: Outcome, then: str, now: datetime) -> None:
    detail = f"Could not tell {sending.recipient} by {sending.destination}: {outcome.detail}.{then}"
    pages.add_event(tx, sending.page_id, Event("delivery_failed", detail, sending.user_id), now)


def _fall_back(tx: Transaction, sending: Sending, now: datetime) -> None:
    """Ask the default chain when this was the last hope of reaching anybody."""
    hope = sa.select(NOTIFICATIONS.c.id).where(
        NOTIFICATIONS.c.page_id == sending.page_id, NOTIFICATIONS.c.next_attempt_at.is_not(None)
    )
    page = pages.load(tx.connection, [sending.page_id], lock=True)[sending.page_id]
    told = any(recipient.first_sent_at or recipient.acknowledged_at for recipient in page.recipients)
    if told or page.status != "active" or tx.connection.execute(hope.limit(1)).first() is not None:
        return
    change = fall_back(Change(page), now, reaching(tx.connection, page.org_id))
    pages.save(tx, [pages.Save(page, change)], now)


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
    .where(NOTIFICATIONS.c.id == sa.bindparam("sought"))
)

# Built once, and so compiled once: these run for every send.
_UPDATE = (
    sa.update(NOTIFICATIONS)
    .where(
        NOTIFICATIONS.c.id == sa.bindparam("mine"),
        NOTIFICATIONS.c.attempts == sa.bindparam("with_attempts"),
        NOTIFICATIONS.c.state.in_(sa.bindparam("in_states", expanding=True)),
    )
    .values(
        attempts=sa.bindparam("to_attempts"),
        state=sa.bindparam("to_state"),
        next_attempt_at=sa.bindparam("to_at"),
        tried_at=sa.func.coalesce(
            sa.bindparam("to_tried", type_=NOTIFICATIONS.c.tried_at.type), NOTIFICATIONS.c.tried_at
        ),
        finished_at=sa.bindparam("to_finished"),
        detail=sa.bindparam("to_detail"),
        provider_id=sa.bindparam("to_provider"),
    )
)
_HEARD = (
    sa.select(RECIPIENTS.c.id)
    .where(RECIPIENTS.c.page_id == sa.bindparam("page"), RECIPIENTS.c.first_sent_at.is_not(None))
    .limit(1)
)
_FIRST_SENT = (
    sa.update(RECIPIENTS)
    .where(
        RECIPIENTS.c.page_id == sa.bindparam("page"),
        RECIPIENTS.c.user_id == sa.bindparam("person"),
        RECIPIENTS.c.first_sent_at.is_(None),
    )
    .values(first_sent_at=sa.bindparam("now"))
)


def _closed_detail(connection: Connection, row: Mapping[Any, Any]) -> str:
    if row["kind"] != "resolved":
        return ""
    return page_views.closing_detail(connection, row["page_id"]) or ""


def _sending(connection: Connection, row: Mapping[Any, Any], attempts: int) -> Sending:
    alerts = incidents.alerts_of_page(connection, row["page_id"], MOST_ALERTS) if row["route"] else []
    count = len(alerts)
    if count == MOST_ALERTS:
        count = incidents.still_open(connection, {row["page_id"]}).get(row["page_id"], 0)
    return Sending(
        id=row["id"],
        attempts=attempts,
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
        closed_detail=_closed_detail(connection, row),
        route=row["route"],
        created_at=row["page_created_at"],
        alerts=tuple(alert.labels for alert in alerts),
        alert_count=count,
        trace=row["trace"] or "",
    )
