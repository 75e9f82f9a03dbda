"""What could not be read: looked up for an act, and dismissed."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Connection

from router.commands.refusals import Missing, invalid
from router.store import audit, quarantine
from router.store.quarantine import QuarantineView
from router.store.writer import Transaction


def get_quarantined(connection: Connection, org_id: int, quarantine_id: int) -> QuarantineView:
    """Return something that could not be read. Raises Missing."""
    found = quarantine.find_quarantined(connection, org_id, quarantine_id)
    if found is None:
        raise Missing("Quarantine entry")
    return found


def about(entry: QuarantineView) -> str:
    """Return how the audit log names an entry."""
    return f"quarantine entry {entry.id} of {entry.integration}"


def dismiss(tx: Transaction, org_id: int, user_id: int, quarantine_id: int, now: datetime) -> QuarantineView:
    """Note that something needs no more looking at, and return it; again changes nothing.

    Parameters:
      user_id: who says so.
      now: UTC.
    Raises Missing, and Invalid for what was replayed.
    """
    entry = get_quarantined(tx.connection, org_id, quarantine_id)
    if entry.state == "replayed":
        raise invalid("quarantine", "It has been replayed.")
    quarantine.mark_dismissed(tx, quarantine_id, user_id, now)
    if entry.state == "waiting":
        audit.record(tx.connection, org_id, user_id, "quarantine.dismissed", about(entry), entry.reason, now)
    return get_quarantined(tx.connection, org_id, quarantine_id)
