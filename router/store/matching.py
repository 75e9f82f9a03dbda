"""Which of a person's open pages are meant when many are to be acknowledged at once."""

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
      route: itself, or what it is the beginning of: `payments` has `payments/stripe`.
      integration: its name.
      created_before: pages that came up to then, UTC.
    """

    priority: str | None = None
    route: str | None = None
    integration: str | None = None
    created_before: datetime | None = None


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
            *_conditions(chosen),
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


def _conditions(chosen: Chosen) -> list[sa.ColumnElement[bool]]:
    conditions = []
    if chosen.priority is not None:
        conditions.append(PAGES.c.priority == chosen.priority)
    if chosen.route is not None:
        below = PAGES.c.route.startswith(f"{chosen.route.rstrip('/')}/", autoescape=True)
        conditions.append((PAGES.c.route == chosen.route) | below)
    if chosen.integration is not None:
        named = sa.select(INTEGRATIONS.c.id).where(INTEGRATIONS.c.name == chosen.integration)
        conditions.append(PAGES.c.integration_id.in_(named))
    if chosen.created_before is not None:
        conditions.append(PAGES.c.created_at <= chosen.created_before)
    return conditions
