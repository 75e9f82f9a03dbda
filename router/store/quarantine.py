"""What could not be read, until an admin replays or dismisses it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

import sqlalchemy as sa
from sqlalchemy import ColumnElement, Connection

from router.store.tables import INTEGRATIONS, QUARANTINE, USERS
from router.store.writer import Transaction

State = Literal["waiting", "replayed", "dismissed"]
_REPLAYED = QUARANTINE.c.replay_webhook_id.is_not(None)
_STATES: dict[State, ColumnElement[bool]] = {
    "waiting": QUARANTINE.c.settled_at.is_(None),
    "replayed": _REPLAYED,
    "dismissed": QUARANTINE.c.settled_at.is_not(None) & ~_REPLAYED,
}


@dataclass(frozen=True, slots=True)
class QuarantineView:
    """Something that could not be read.

    Parameters:
      alert_index: None when it was the whole body.
      settled_at: when it was replayed or dismissed, UTC; None while it waits.
      settled_by: the name of who did that.
      replay_webhook_id: the webhook that its body came in as again; None when it did not.
    """

    id: int
    integration: str
    webhook_id: int
    received_at: datetime
    alert_index: int | None
    reason: str
    excerpt: str
    settled_at: datetime | None
    settled_by: str | None
    replay_webhook_id: int | None

    @property
    def state(self) -> State:
        """What has become of it."""
        if self.replay_webhook_id is not None:
            return "replayed"
        return "waiting" if self.settled_at is None else "dismissed"


def quarantined(
    connection: Connection, org_id: int, *, state: State | None = None, limit: int, offset: int
) -> tuple[list[QuarantineView], int]:
    """Return what could not be read, newest first, and how much there is in all."""
    where = [QUARANTINE.c.org_id == org_id]
    if state is not None:
        where.append(_STATES[state])
    total: int = connection.execute(
        sa.select(sa.func.count()).select_from(QUARANTINE).where(*where)
    ).scalar_one()
    newest_first = (QUARANTINE.c.received_at.desc(), QUARANTINE.c.id.desc())
    query = _VIEW.where(*where).order_by(*newest_first).limit(limit).offset(offset)
    return [QuarantineView(**row) for row in connection.execute(query).mappings()], total


def find_quarantined(connection: Connection, org_id: int, quarantine_id: int) -> QuarantineView | None:
    """Return one thing that could not be read, or None."""
    query = _VIEW.where(QUARANTINE.c.id == quarantine_id, QUARANTINE.c.org_id == org_id)
    row = connection.execute(query).mappings().one_or_none()
    return None if row is None else QuarantineView(**row)


def waiting_between(connection: Connection, org_id: int, since: datetime, until: datetime) -> int:
    """Return how much came between two moments, UTC, and waits for somebody to look at it."""
    query = sa.select(sa.func.count()).where(
        QUARANTINE.c.org_id == org_id,
        QUARANTINE.c.received_at >= since,
        QUARANTINE.c.received_at <= until,
        _STATES["waiting"],
    )
    return connection.execute(query).scalar_one()


def mark_replayed(tx: Transaction, one: QuarantineView, user_id: int, webhook_id: int, now: datetime) -> None:
    """Note that the body of something was replayed, and with it all that waited of the same body."""
    of_its_body = (QUARANTINE.c.webhook_id == one.webhook_id) & _STATES["waiting"]
    where = ((QUARANTINE.c.id == one.id) & ~_REPLAYED) | of_its_body
    _settle(tx, where, user_id, now, replay_webhook_id=webhook_id)


def mark_dismissed(tx: Transaction, quarantine_id: int, user_id: int, now: datetime) -> None:
    """Note that something which waits needs no more looking at."""
    _settle(tx, (QUARANTINE.c.id == quarantine_id) & _STATES["waiting"], user_id, now)


def _settle(tx: Transaction, where: ColumnElement[bool], user_id: int, now: datetime, **more: Any) -> None:
    values = {"settled_at": now, "settled_by_user_id": user_id, **more}
    tx.connection.execute(sa.update(QUARANTINE).where(where).values(values))


_VIEW = (
    sa.select(
        QUARANTINE.c.id,
        INTEGRATIONS.c.name.label("integration"),
        QUARANTINE.c.webhook_id,
        QUARANTINE.c.received_at,
        QUARANTINE.c.alert_index,
        QUARANTINE.c.reason,
        QUARANTINE.c.excerpt,
        QUARANTINE.c.settled_at,
        USERS.c.name.label("settled_by"),
        QUARANTINE.c.replay_webhook_id,
    )
    .join_from(QUARANTINE, INTEGRATIONS, INTEGRATIONS.c.id == QUARANTINE.c.integration_id)
    .outerjoin(USERS, USERS.c.id == QUARANTINE.c.settled_by_user_id)
)
