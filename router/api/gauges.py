"""Gauges about the database: read whenever Prometheus asks, and so the same from every process."""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa
from prometheus_client import Gauge, generate_latest
from sqlalchemy import Connection
from sqlalchemy.exc import SQLAlchemyError

from router import metrics
from router.intake import NEW
from router.lifecycle.model import PRIORITIES
from router.store import failing, outbox
from router.store.credentials.seen import last_seen
from router.store.engine import Database
from router.store.tables import HEARTBEATS, PAGES

_UNKNOWN = float("nan")  # what cannot be read is told as unknown, not as zero
_SINGLE = (metrics.OUTBOX_DEPTH, metrics.OUTBOX_OLDEST, metrics.SCHEDULER_LAG)
_LABELLED = (
    metrics.PAGES,
    metrics.PAGES_WAITING,
    metrics.DESTINATION_FAILING,
    metrics.HEARTBEAT_LAST,
    metrics.HEARTBEAT_UP,
    metrics.INTEGRATION_SEEN,
)


@dataclass(frozen=True, slots=True)
class Reading:
    """What the database said: values of gauges without labels, and of those with, by their labels."""

    single: Mapping[Gauge, float]
    labelled: Mapping[Gauge, Mapping[tuple[str, ...], float]]
    integrations: frozenset[str]


class Gauges:
    """Answers scrapes of one process; shared by the threads that do."""

    def __init__(self, database: Database, clock: Callable[[], datetime]) -> None:
        self._database = database
        self._clock = clock
        self._showing = threading.Lock()  # no scrape sees what another one is about to set

    def scrape(self) -> bytes:
        """Return every metric of this process, with what the database says now."""
        reading: Reading | None = None
        try:
            with self._database.read() as connection:
                reading = read(connection, self._clock())
        except SQLAlchemyError:
            pass
        with self._showing:
            _show(reading)
            return generate_latest()


def read(connection: Connection, now: datetime) -> Reading:
    """Ask the database for everything that a gauge is about; UTC."""
    depth, oldest = outbox.depth(connection, now)
    awaited = sa.select(sa.func.min(PAGES.c.next_wake_at)).where(PAGES.c.next_wake_at.is_not(None))
    wake_at: datetime | None = connection.execute(awaited).scalar()
    counted = (
        sa.select(PAGES.c.status, PAGES.c.priority, sa.func.count())
        .where(PAGES.c.closed_at.is_(None))
        .group_by(PAGES.c.status, PAGES.c.priority)
    )
    pages = {(status, priority): 0.0 for status in ("active", "acknowledged") for priority in PRIORITIES} | {
        (status, priority): float(count) for status, priority, count in connection.execute(counted)
    }
    doubted = PAGES.c.awaits_heartbeat.is_not(None)
    waits = sa.select(doubted, sa.func.count()).where(PAGES.c.closes_at.is_not(None)).group_by(doubted)
    waiting = {bool(awaits): float(count) for awaits, count in connection.execute(waits)}
    asked = sa.select(HEARTBEATS.c.name, HEARTBEATS.c.heard_at, HEARTBEATS.c.missing_since)
    beats = connection.execute(asked.order_by(HEARTBEATS.c.name)).all()
    seen = last_seen(connection)
    return Reading(
        single={
            metrics.OUTBOX_DEPTH: depth,
            metrics.OUTBOX_OLDEST: oldest,
            metrics.SCHEDULER_LAG: max(0.0, (now - wake_at).total_seconds()) if wake_at else 0.0,
        },
        labelled={
            metrics.PAGES: pages,
            metrics.PAGES_WAITING: {
                ("hold",): waiting.get(False, 0.0),
                ("heartbeat",): waiting.get(True, 0.0),
            },
            metrics.DESTINATION_FAILING: {(name,): 1.0 for name in failing.names(connection)},
            metrics.HEARTBEAT_LAST: {
                (row.name,): max(0.0, (now - row.heard_at).total_seconds()) for row in beats
            },
            metrics.HEARTBEAT_UP: {(row.name,): 0.0 if row.missing_since else 1.0 for row in beats},
            metrics.INTEGRATION_SEEN: {(name,): at.timestamp() for name, at in seen.items() if at},
        },
        integrations=frozenset(seen),
    )


def _show(reading: Reading | None) -> None:
    metrics.DATABASE_UP.set(reading is not None)
    for gauge in _SINGLE:
        gauge.set(reading.single[gauge] if reading else _UNKNOWN)
    for gauge in _LABELLED:
        gauge.clear()
    if reading is None:
        return
    for gauge, values in reading.labelled.items():
        for labels, value in values.items():
            gauge.labels(*labels).set(value)
    for name in reading.integrations:  # from zero on: Prometheus sees no increase in a first value
        metrics.QUARANTINED.labels(name)
        for outcome in NEW:
            metrics.ALERTS.labels(name, outcome)
