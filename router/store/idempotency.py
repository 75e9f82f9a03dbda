"""What a request with an Idempotency-Key was answered, so that a repeat gets the same and does nothing."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

import sqlalchemy as sa

from router.store.tables import IDEMPOTENCY_KEYS
from router.store.writer import Transaction

REMEMBERED = timedelta(hours=24)


@dataclass(frozen=True, slots=True)
class Remembered:
    """An earlier answer, and the digest of the request that it was given to."""

    request_digest: str
    response: str


def recall(tx: Transaction, scope: str, key: str, now: datetime) -> Remembered | None:
    """Return what was answered within the last day, or None.

    Parameters:
      scope: whose key it is: `key:ID` or `user:ID`.
      now: UTC.
    """
    query = sa.select(IDEMPOTENCY_KEYS.c.request_digest, IDEMPOTENCY_KEYS.c.response).where(
        IDEMPOTENCY_KEYS.c.scope == scope,
        IDEMPOTENCY_KEYS.c.idempotency_key == key,
        IDEMPOTENCY_KEYS.c.created_at > now - REMEMBERED,
    )
    row = tx.connection.execute(query).first()
    return None if row is None else Remembered(row.request_digest, row.response)


def remember(tx: Transaction, scope: str, key: str, answer: Remembered, now: datetime) -> None:
    """Keep an answer for a day; what is older goes.

    Two transactions that remember one key meet in its unique constraint: the second is run again.
    """
    tx.connection.execute(
        sa.delete(IDEMPOTENCY_KEYS).where(IDEMPOTENCY_KEYS.c.created_at <= now - REMEMBERED)
    )
    tx.connection.execute(
        sa.insert(IDEMPOTENCY_KEYS).values(
            scope=scope,
            idempotency_key=key,
            request_digest=answer.request_digest,
            response=answer.response,
            created_at=now,
        )
    )
