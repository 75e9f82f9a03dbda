"""What has been kept long enough is deleted, a little at a time."""

from __future__ import annotations

from datetime import datetime

import sqlalchemy as sa
from sqlalchemy import ColumnElement, Table

from router.store.tables import AUDIT, IDEMPOTENCY_KEYS, INCIDENTS, WEBHOOKS
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


def delete_audit(tx: Transaction, before: datetime) -> int:
    """Forget what was done before a moment; returns how many entries went."""
    return _delete(tx, AUDIT, AUDIT.c.at < before)


def delete_idempotency_keys(tx: Transaction, before: datetime) -> int:
    """Forget what sends were answered before a moment; returns how many went."""
    return _delete(tx, IDEMPOTENCY_KEYS, IDEMPOTENCY_KEYS.c.created_at < before)


def _delete(tx: Transaction, table: Table, where: ColumnElement[bool]) -> int:
    chosen = sa.select(table.c.id).where(where).limit(_BATCH)
    return tx.connection.execute(sa.delete(table).where(table.c.id.in_(chosen))).rowcount
