"""Composition root of `pingparrot worker`: delivery and scheduler, with health and metrics to look at."""

from __future__ import annotations

from starlette.applications import Starlette

from router import server
from router.api.health import health_routes
from router.core import running
from router.settings import Settings, SettingsError


def work(settings: Settings) -> None:
    """Deliver what a broker carries, until SIGTERM.

    Raises SettingsError without a broker.
    """
    if not settings.broker_url:
        raise SettingsError(
            "PINGPARROT_BROKER_URL is required for `pingparrot worker`: name the Redis or RabbitMQ that "
            "`pingparrot api` uses, or run `pingparrot serve`, which delivers by itself."
        )
    with running(settings, threads=settings.delivery_threads) as core:
        app = Starlette(routes=health_routes(core.database, core.clock))
        server.run(app, settings.host, settings.port, core.rulebook.reload)
