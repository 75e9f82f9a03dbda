"""Senders: their keys, and when they were heard of."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta

import sqlalchemy as sa
from sqlalchemy import Connection

from router.doctor.remark import Remark, error, ok, some, warning
from router.store.tables import API_KEYS, HEARTBEATS, INTEGRATIONS

SILENT = timedelta(days=7)
"""After which a sender is asked about; one that has nothing to say is as silent as one that is dead."""


def look(connection: Connection, now: datetime) -> Iterator[Remark]:
    """Yield which integrations have no key, and which have not been heard of for long."""
    in_force = API_KEYS.c.revoked_at.is_(None)
    query = (
        sa.select(
            INTEGRATIONS.c.name,
            INTEGRATIONS.c.kind,
            sa.func.sum(sa.case((in_force & API_KEYS.c.id.is_not(None), 1), else_=0)).label("keys"),
            sa.func.max(API_KEYS.c.last_used_at).label("seen"),
        )
        .outerjoin_from(INTEGRATIONS, API_KEYS, API_KEYS.c.integration_id == INTEGRATIONS.c.id)
        .group_by(INTEGRATIONS.c.id, INTEGRATIONS.c.name, INTEGRATIONS.c.kind)
        .order_by(INTEGRATIONS.c.name)
    )
    rows = connection.execute(query).all()
    monitoring = [row for row in rows if row.kind != "generic" and row.keys]
    unused = [row.name for row in monitoring if row.seen is None]
    silent = [
        f"{row.name} ({(now - row.seen).days} days)"
        for row in monitoring
        if row.seen and row.seen < now - SILENT
    ]
    keyless = [row.name for row in rows if not row.keys]
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


def look_at_heartbeats(connection: Connection, now: datetime) -> Iterator[Remark]:
    """Yield which heartbeats are missing, or were never there."""
    query = sa.select(HEARTBEATS.c.name, HEARTBEATS.c.has_beaten, HEARTBEATS.c.missing_since)
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
