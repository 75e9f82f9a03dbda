"""What has been kept long enough is deleted, a little at a time."""

from __future__ import annotations

from datetime import datetime

import sqlalchemy as sa
from sqlalchemy import ColumnElement, Table

from router.store.tables import (
    AUDIT,
    EVENTS,
    IDEMPOTENCY_KEYS,
    INCIDENTS,
    NOTIFICATIONS,
    ORGANISATIONS,
    PAGES,
    QUARANTINE,
    RECIPIENTS,
    WEBHOOKS,
)
from router.store.writer import Transaction

_BATCH = 500


def delete_webhooks(tx: Transaction, before: datetime) -> int:
    """Delete raw webhooks received before a moment; returns how many went.

    The newest always stays: ids follow the highest there is, and must not come again.
    """
    newest = sa.select(sa.func.max(WEBHOOKS.c.id)).scalar_subquery()
    return _delete(tx, WEBHOOKS, (WEBHOOKS.c.received_at < before) & (WEBHOOKS.c.id < newest))


def delete_incidents(tx: Transaction, before: datetime) -> int:
    """Delete incidents that ended before a moment; returns how many went."""
    return _delete(tx, INCIDENTS, INCIDENTS.c.ended_at < before)


def delete_quarantine(tx: Transaction, before: datetime) -> int:
    """Delete what could not be read and came before a moment, settled or not; returns how many went."""
    return _delete(tx, QUARANTINE, QUARANTINE.c.received_at < before)


def delete_pages(tx: Transaction, before: datetime) -> int:
    """Delete pages that were over before a moment, with everything that was sent and noted of them.

    A page stays while one of its incidents is kept. The newest always stays: ids follow the highest there
    is, and must not come again.

    Returns:
      how many pages went.
    """
    newest = sa.select(sa.func.max(PAGES.c.id)).scalar_subquery()
    over = sa.func.coalesce(PAGES.c.closed_at, PAGES.c.acknowledged_at, PAGES.c.created_at) < before
    told_of = sa.select(INCIDENTS.c.id).where(INCIDENTS.c.page_id == PAGES.c.id).exists()
    chosen = (
        sa.select(PAGES.c.id)
        .where(
            # The organisations are named so that the search goes by the index on their pages' age.
            PAGES.c.org_id.in_(sa.select(ORGANISATIONS.c.id)),
            PAGES.c.created_at < before,
            over,
            PAGES.c.status != "active",
            PAGES.c.next_wake_at.is_(None),
            PAGES.c.closes_at.is_(None),
            PAGES.c.id < newest,
            ~told_of,
        )
        .limit(_BATCH)
    )
    ids = tx.connection.execute(chosen).scalars().all()
    for table in (NOTIFICATIONS, EVENTS, RECIPIENTS):
        tx.connection.execute(sa.delete(table).where(table.c.page_id.in_(ids)))
    tx.connection.execute(sa.delete(PAGES).where(PAGES.c.id.in_(ids)))
    return len(ids)


def delete_audit(tx: Transaction, before: datetime) -> int:
    """Forget what was done before a moment; returns how many entries went."""
    return _delete(tx, AUDIT, AUDIT.c.at < before)


def delete_idempotency_keys(tx: Transaction, before: datetime) -> int:
    """Forget what sends were answered before a moment; returns how many went."""
    return _delete(tx, IDEMPOTENCY_KEYS, IDEMPOTENCY_KEYS.c.created_at < before)


def _delete(tx: Transaction, table: Table, where: ColumnElement[bool]) -> int:
    chosen = sa.select(table.c.id).where(where).limit(_BATCH)
    return tx.connection.execute(sa.delete(table).where(table.c.id.in_(chosen))).rowcount
