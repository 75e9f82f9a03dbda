"""Notifications that could not be delivered: to whom, how often it was tried, and what the provider said."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

import sqlalchemy as sa
from sqlalchemy import ColumnElement, Connection

from router.lifecycle.model import NotificationKind
from router.lifecycle.sending import Standing
from router.store.tables import CONTACTS, NOTIFICATIONS, PAGES, RECIPIENTS, USERS

State = Literal["failed", "retrying"]


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which deliveries; `since` and `until` bound when the last try ended.

    Parameters:
      state: `failed` for those given up, `retrying` for those that failed and are tried again.
    """

    state: State
    channel: str | None = None
    user_id: int | None = None
    since: datetime | None = None
    until: datetime | None = None


@dataclass(frozen=True, slots=True)
class FailedDelivery:
    """A notification that could not be delivered, without secrets; times are UTC.

    Parameters:
      channel, contact: of the contact, with the label that people are shown; None once it was removed.
      detail: what the provider said, or why nothing could be sent.
      at: when the last try ended.
      next_attempt_at: None for one that was given up.
      told_at: when the person first heard of the page, by whatever way; None when they have not.
    """

    id: int
    page_id: int
    subject: str
    priority: str
    page_status: str
    user_id: int
    user: str
    channel: str | None
    contact: str | None
    destination: str
    kind: str
    attempts: int
    detail: str
    at: datetime
    next_attempt_at: datetime | None
    told_at: datetime | None


@dataclass(frozen=True, slots=True)
class Stored:
    """A notification as an act needs it; `standing` is its page's and recipient's."""

    id: int
    page_id: int
    user_id: int
    user: str
    contact_id: int | None
    kind: NotificationKind
    state: str
    detail: str
    standing: Standing


def failed(
    connection: Connection, org_id: int, wanted: Wanted, *, limit: int, offset: int
) -> tuple[list[FailedDelivery], int]:
    """Return deliveries that failed, the latest first, and how many there are in all."""
    at = NOTIFICATIONS.c.finished_at if wanted.state == "failed" else NOTIFICATIONS.c.tried_at
    where = _conditions(org_id, wanted, at)
    total: int = connection.execute(
        sa.select(sa.func.count()).select_from(_JOINED).where(*where)
    ).scalar_one()
    query = (
        sa.select(
            NOTIFICATIONS.c.id,
            NOTIFICATIONS.c.page_id,
            PAGES.c.subject,
            PAGES.c.priority,
            PAGES.c.status.label("page_status"),
            NOTIFICATIONS.c.user_id,
            USERS.c.name.label("user"),
            CONTACTS.c.channel,
            CONTACTS.c.label.label("contact"),
            NOTIFICATIONS.c.destination,
            NOTIFICATIONS.c.kind,
            NOTIFICATIONS.c.attempts,
            NOTIFICATIONS.c.detail,
            at.label("at"),
            NOTIFICATIONS.c.next_attempt_at,
            RECIPIENTS.c.first_sent_at.label("told_at"),
        )
        .select_from(_JOINED)
        .where(*where)
        .order_by(at.desc(), NOTIFICATIONS.c.id.desc())
        .limit(limit)
        .offset(offset)
    )
    return [FailedDelivery(**row) for row in connection.execute(query).mappings()], total


def find(connection: Connection, org_id: int, notification_id: int) -> Stored | None:
    """Return a notification of an organisation's page, or None."""
    query = (
        sa.select(
            NOTIFICATIONS,
            USERS.c.name,
            PAGES.c.status,
            PAGES.c.closed_reason,
            RECIPIENTS.c.first_sent_at,
            RECIPIENTS.c.acknowledged_at,
        )
        .select_from(_JOINED)
        .where(NOTIFICATIONS.c.id == notification_id, PAGES.c.org_id == org_id)
    )
    row = connection.execute(query).one_or_none()
    if row is None:
        return None
    standing = Standing(row.status, row.closed_reason, row.first_sent_at, row.acknowledged_at)
    return Stored(
        row.id, row.page_id, row.user_id, row.name, row.contact_id, row.kind, row.state, row.detail, standing
    )


def on_its_way(connection: Connection, page_id: int, user_id: int, contact_id: int) -> int | None:
    """Return the notification by which a person will be told of a page by a contact; None when none is."""
    query = sa.select(sa.func.max(NOTIFICATIONS.c.id)).where(
        NOTIFICATIONS.c.page_id == page_id,
        NOTIFICATIONS.c.user_id == user_id,
        NOTIFICATIONS.c.contact_id == contact_id,
        NOTIFICATIONS.c.next_attempt_at.is_not(None),
    )
    return connection.execute(query).scalar()


def _conditions(org_id: int, wanted: Wanted, at: sa.Column[Any]) -> list[ColumnElement[bool]]:
    found: list[ColumnElement[bool]] = [PAGES.c.org_id == org_id]
    if wanted.state == "failed":
        found.append(NOTIFICATIONS.c.state == sa.literal_column("'failed'"))  # as its index has it
    else:
        found += [NOTIFICATIONS.c.next_attempt_at.is_not(None), NOTIFICATIONS.c.tried_at.is_not(None)]
    if wanted.channel is not None:
        found.append(CONTACTS.c.channel == wanted.channel)
    if wanted.user_id is not None:
        found.append(NOTIFICATIONS.c.user_id == wanted.user_id)
    if wanted.since is not None:
        found.append(at >= wanted.since)
    if wanted.until is not None:
        found.append(at <= wanted.until)
    return found


_JOINED = (
    NOTIFICATIONS.join(PAGES, PAGES.c.id == NOTIFICATIONS.c.page_id)
    .join(USERS, USERS.c.id == NOTIFICATIONS.c.user_id)
    .outerjoin(CONTACTS, CONTACTS.c.id == NOTIFICATIONS.c.contact_id)
    .outerjoin(
        RECIPIENTS,
        (RECIPIENTS.c.page_id == NOTIFICATIONS.c.page_id) & (RECIPIENTS.c.user_id == NOTIFICATIONS.c.user_id),
    )
)
