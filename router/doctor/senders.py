"""Senders: their keys, and when they were heard of."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy import Connection

from router.doctor.remark import Remark, error, ok, some, warning
from router.store.credentials.seen import SILENT, seen
from router.store.tables import HEARTBEATS


def look(connection: Connection, now: datetime, org_id: int | None = None) -> Iterator[Remark]:
    """Yield which integrations have no key, and which have not been heard of for long.

    Parameters:
      org_id: None for all organisations.
    """
    known = seen(connection, org_id)
    monitoring = [one for one in known if one.monitors]
    unused = [one.name for one in monitoring if one.at is None]
    days = {one.name: one.silent_days(now) for one in monitoring}
    silent = [f"{name} ({silent} days)" for name, silent in days.items() if silent is not None]
    keyless = [one.name for one in known if not one.keys]
    if not monitoring:
        yield warning(
            "senders",
            "No Alertmanager and no Grafana can send anything.",
            "`pingparrot key create NAME --kind alertmanager` makes a key for one.",
        )
    if keyless:
        yield warning(
            "senders",
            f"Without a key in force: {some(keyless)}.",
            "`pingparrot key create NAME` makes one; if the sender is gone, all is well.",
        )
    if unused:
        yield warning(
            "senders",
            f"Their keys were never used: {some(unused)}.",
            "Check address and key there, and send a test alert.",
        )
    if silent:
        yield warning(
            "senders",
            f"Not heard of for long: {some(silent)}.",
            "Check that they still send here; a heartbeat would have told (docs/heartbeats.md).",
        )
    if monitoring and not (keyless or unused or silent):
        yield ok("senders", f"All {len(monitoring)} have been heard of within {SILENT.days} days.")


def look_at_heartbeats(connection: Connection, org_id: int | None = None) -> Iterator[Remark]:
    """Yield which heartbeats are missing, or were never there.

    Parameters:
      org_id: None for all organisations.
    """
    query = sa.select(HEARTBEATS.c.name, HEARTBEATS.c.has_beaten, HEARTBEATS.c.missing_since)
    if org_id is not None:
        query = query.where(HEARTBEATS.c.org_id == org_id)
    rows = connection.execute(query.order_by(HEARTBEATS.c.name)).all()
    missing = [row.name for row in rows if row.missing_since is not None]
    waiting = [row.name for row in rows if row.missing_since is None and not row.has_beaten]
    if missing:
        yield error(
            "heartbeats",
            f"Missing: {some(missing)}.",
            'See docs/runbook.md, "Heartbeat … is missing".',
        )
    if waiting:
        yield warning(
            "heartbeats",
            f"Never heard: {some(waiting)}.",
            "Let the alert or the job come once (docs/heartbeats.md).",
        )
    if not rows:
        yield warning(
            "heartbeats",
            "There are none: nobody would notice that the monitoring itself is dead.",
            "Let rules wait for an alert that always fires (docs/heartbeats.md).",
        )
    elif not missing and not waiting:
        yield ok("heartbeats", f"All {len(rows)} beat.")
