"""Alerts that joined a page and that whoever holds it was not told of, said aloud: no repeat will come."""

from __future__ import annotations

from datetime import datetime

import sqlalchemy as sa
from sqlalchemy import Connection

from router.lifecycle.model import Event
from router.store import pages
from router.store.tables import EVENTS, NOTIFICATIONS
from router.store.writer import Transaction


def say_unheard(tx: Transaction, page_id: int, user_id: int, name: str, now: datetime) -> None:
    """Say that somebody who was to be told of alerts that joined was reached by none of their contacts.

    Nothing is said while a try is still to come, or when one has succeeded.

    Parameters:
      name: of the person.
    """
    left = _told_or_to_be_told(tx.connection, page_id)
    if user_id in left:
        return
    said = f"{name} could not be told of the alerts that joined"
    if left:
        event = Event("unreachable", f"{said}.", user_id)
    else:
        event = Event("nobody_reached", f"{said}, nor was anybody else.", user_id)
    pages.add_event(tx, page_id, event, now)


def _told_or_to_be_told(connection: Connection, page_id: int) -> set[int]:
    """Return who has been told of a page since alerts last joined it, or may still be."""
    joined_at = (
        sa.select(sa.func.max(EVENTS.c.at))
        .where(EVENTS.c.page_id == page_id, EVENTS.c.kind.in_(("joined", "refired")))
        .scalar_subquery()
    )
    query = sa.select(NOTIFICATIONS.c.user_id).where(
        NOTIFICATIONS.c.page_id == page_id,
        NOTIFICATIONS.c.next_attempt_at.is_not(None)
        | ((NOTIFICATIONS.c.state == "sent") & (NOTIFICATIONS.c.created_at >= joined_at)),
    )
    return set(connection.execute(query).scalars())
