"""/healthz, /readyz and /metrics, for probes and Prometheus."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

import sqlalchemy as sa
from prometheus_client import CONTENT_TYPE_LATEST
from sqlalchemy.exc import SQLAlchemyError
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute, Route

from router.api.gauges import Gauges
from router.store.engine import Database


def health_routes(database: Database, clock: Callable[[], datetime]) -> list[BaseRoute]:
    """Return the routes that tell how a process is; it listens only once it has started."""
    gauges = Gauges(database, clock)

    async def healthz(_: Request) -> Response:  # on the event loop: threads may all wait for the database
        return JSONResponse({"status": "ok"})

    def readyz(_: Request) -> Response:
        try:
            with database.read() as connection:
                connection.execute(sa.select(sa.literal(1)))
        except SQLAlchemyError:
            return JSONResponse({"error": "The database does not answer."}, 503)
        return JSONResponse({"status": "ready"})

    def show_metrics(_: Request) -> Response:
        return Response(gauges.scrape(), media_type=CONTENT_TYPE_LATEST)

    return [
        Route("/healthz", healthz),
        Route("/readyz", readyz),
        Route("/metrics", show_metrics),
    ]
