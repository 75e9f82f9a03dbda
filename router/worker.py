"""Composition root of `pingparrot worker`: delivery and scheduler, with health and metrics to look at."""

from __future__ import annotations

from starlette.applications import Starlette

from router import server
from router.api.health import health_routes
from router.core import running
from router.settings import Settings


def work(settings: Settings) -> None:
    """Send what is due, woken by a broker, until SIGTERM.

    Raises SettingsError without a broker.
    """
    with running(settings, "worker") as core:
        app = Starlette(routes=health_routes(core.database, core.clock))
        server.run(app, settings.host, settings.port, core.reload)
