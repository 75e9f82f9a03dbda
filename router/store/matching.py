"""Which pages are meant: when they are listed, and when many are to be acknowledged at once."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy import Connection

from router.store.tables import INTEGRATIONS, NOTIFICATIONS, PAGES, RECIPIENTS


@dataclass(frozen=True, slots=True)
class Chosen:
    """Which pages; what is None does not matter.

    Parameters:
      text: what the subject or the message has somewhere, in letters of either case.
      route: itself, or what it is the beginning of: `payments` has `payments/stripe`.
      integration: its name.
      since, until: when they came, UTC, both included.
      is_open: whether they are not over.
    """

    status: str | None = None
    priority: str | None = None
    text: str | None = None
    route: str | None = None
    integration: str | None = None
    since: datetime | None = None
    until: datetime | None = None
    is_open: bool | None = None


def conditions(chosen: Chosen) -> list[sa.ColumnElement[bool]]:
    """Return what holds for pages that are chosen."""
    found = []
    if chosen.status is not None:
        found.append(PAGES.c.status == chosen.status)
    if chosen.priority is not None:
        found.append(PAGES.c.priority == chosen.priority)
    if chosen.text is not None:
        texts = (PAGES.c.subject, PAGES.c.message)
        found.append(sa.or_(*(text.icontains(chosen.text, autoescape=True) for text in texts)))
    if chosen.route is not None:
        below = PAGES.c.route.startswith(f"{chosen.route.rstrip('/')}/", autoescape=True)
        found.append((PAGES.c.route == chosen.route) | below)
    if chosen.integration is not None:
        named = sa.select(INTEGRATIONS.c.id).where(INTEGRATIONS.c.name == chosen.integration)
        found.append(PAGES.c.integration_id.in_(named))
    if chosen.since is not None:
        found.append(PAGES.c.created_at >= chosen.since)
    if chosen.until is not None:
        found.append(PAGES.c.created_at <= chosen.until)
    if chosen.is_open is not None:
        over = PAGES.c.closed_at.is_not(None)
        found.append(~over if chosen.is_open else over)
    return found


def pending_pages(
    connection: Connection, org_id: int, user_id: int, chosen: Chosen, most: int
) -> tuple[list[int], int]:
    """Return active pages that a person has yet to acknowledge, oldest first, and how many there are."""
    query = (
        sa.select(PAGES.c.id)
        .join(RECIPIENTS, RECIPIENTS.c.page_id == PAGES.c.id)
        .where(
            PAGES.c.org_id == org_id,
            PAGES.c.status == "active",
            PAGES.c.closed_at.is_(None),
            RECIPIENTS.c.user_id == user_id,
            RECIPIENTS.c.acknowledged_at.is_(None),
            *conditions(chosen),
        )
    )
    total = connection.execute(sa.select(sa.func.count()).select_from(query.subquery())).scalar_one()
    return list(connection.execute(query.order_by(PAGES.c.id).limit(most)).scalars()), total


def pages_of_digest(connection: Connection, org_id: int, user_id: int, digest_id: int) -> list[int]:
    """Return the pages that a person was told of by a digest, oldest first; none of another's."""
    query = (
        sa.select(NOTIFICATIONS.c.page_id)
        .join(PAGES, PAGES.c.id == NOTIFICATIONS.c.page_id)
        .where(
            NOTIFICATIONS.c.digest_id == digest_id,
            NOTIFICATIONS.c.user_id == user_id,
            NOTIFICATIONS.c.kind != "resolved",
            PAGES.c.org_id == org_id,
        )
        .group_by(NOTIFICATIONS.c.page_id)
        .order_by(NOTIFICATIONS.c.page_id)
    )
    return list(connection.execute(query).scalars())
