"""/healthz, /readyz and /metrics, for probes and Prometheus."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from datetime import datetime

import sqlalchemy as sa
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest
from sqlalchemy.exc import SQLAlchemyError
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute, Route

from router import metrics
from router.lifecycle.model import PRIORITIES
from router.store import failing, outbox
from router.store.engine import Database
from router.store.tables import HEARTBEATS, PAGES


def health_routes(database: Database, clock: Callable[[], datetime]) -> list[BaseRoute]:
    """Return the routes that tell how a process is; it listens only once it has started."""

    async def healthz(_: Request) -> Response:  # on the event loop: threads may all wait for the database
        return JSONResponse({"status": "ok"})

    def readyz(_: Request) -> Response:
        try:
            with database.read() as connection:
                connection.execute(sa.select(sa.literal(1)))
        except SQLAlchemyError:
            return JSONResponse({"error": "The database does not answer."}, 503)
        return JSONResponse({"status": "ready"})

    named: set[str] = set()  # heartbeats of which the gauges have ever spoken
    failed: set[str] = set()  # destinations, likewise

    def show_metrics(_: Request) -> Response:
        try:
            _measure(database, clock())
            _measure_heartbeats(database, clock(), named)
            _measure_failing(database, failed)
        except SQLAlchemyError:
            metrics.OUTBOX_DEPTH.set(float("nan"))  # what cannot be read is told as unknown, not as zero
        return Response(generate_latest(), media_type=CONTENT_TYPE_LATEST)

    return [
        Route("/healthz", healthz),
        Route("/readyz", readyz),
        Route("/metrics", show_metrics),
    ]


def _measure_heartbeats(database: Database, now: datetime, named: set[str]) -> None:
    query = sa.select(HEARTBEATS.c.name, HEARTBEATS.c.heard_at, HEARTBEATS.c.missing_since).order_by(
        HEARTBEATS.c.name
    )
    with database.read() as connection:
        rows = connection.execute(query).all()
    for row in rows:
        metrics.HEARTBEAT_LAST.labels(row.name).set(max(0.0, (now - row.heard_at).total_seconds()))
        metrics.HEARTBEAT_UP.labels(row.name).set(0 if row.missing_since else 1)
    gone = named - {row.name for row in rows}
    for name in gone:
        for gauge in (metrics.HEARTBEAT_LAST, metrics.HEARTBEAT_UP):
            with suppress(KeyError):  # another scrape was first
                gauge.remove(name)
    named |= {row.name for row in rows}
    named -= gone


def _measure_failing(database: Database, failed: set[str]) -> None:
    with database.read() as connection:
        now_failing = failing.names(connection)
    for destination in now_failing:
        metrics.DESTINATION_FAILING.labels(destination).set(1)
    for destination in failed - now_failing:
        with suppress(KeyError):  # another scrape was first
            metrics.DESTINATION_FAILING.remove(destination)
    failed.clear()
    failed |= now_failing


def _measure(database: Database, now: datetime) -> None:
    with database.read() as connection:
        depth, oldest = outbox.depth(connection, now)
        query = (
            sa.select(PAGES.c.status, PAGES.c.priority, sa.func.count())
            .where(PAGES.c.closed_at.is_(None))
            .group_by(PAGES.c.status, PAGES.c.priority)
        )
        counts = {(status, priority): count for status, priority, count in connection.execute(query)}
    metrics.OUTBOX_DEPTH.set(depth)
    metrics.OUTBOX_OLDEST.set(oldest)
    for status in ("active", "acknowledged"):
        for priority in PRIORITIES:
            metrics.PAGES.labels(status, priority).set(counts.get((status, priority), 0))
