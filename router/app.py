"""Composition roots of `pingparrot serve` and `pingparrot api`."""

from __future__ import annotations

import json
import sys

from starlette.applications import Starlette
from starlette.routing import BaseRoute, Route
from starlette.types import ASGIApp

from router import server, tracing
from router.api.adapters import Entrance, Webhooks
from router.api.health import health_routes
from router.api.reload import ReloadEndpoint
from router.api.routes import build_api
from router.api.services import Services
from router.api.traced import Traced
from router.commands.invitations import setup_link, setup_token
from router.core import Core, running
from router.oidc import open_provider
from router.replay import Replays
from router.rule_access import RuleDesk
from router.settings import Settings
from router.store.credentials import KeyRing
from router.web.routes import build_web


def serve(settings: Settings) -> None:
    """Run everything in one process, until SIGTERM."""
    with running(settings, "serve") as core:
        _offer_setup(core)
        _listen(core)


def api(settings: Settings) -> None:
    """Run API and scheduler; a broker tells `pingparrot worker` what is to be sent.

    Raises SettingsError without a broker.
    """
    with running(settings, "api") as core:
        _listen(core)


def _offer_setup(core: Core) -> None:
    """Print a one-time link while there is nobody who could log in and administer.

    Past the log, which masks what lets somebody in; as a line of JSON where the log's lines are.
    """
    token = core.writer.run(lambda tx: setup_token(tx, core.clock()))
    if token is None:
        return
    host = f"[{core.settings.host}]" if ":" in core.settings.host else core.settings.host
    url = setup_link(core.settings.public_url or f"http://{host}:{core.settings.port}", token)
    said = "There is no admin with a password yet: open this link, which works once, within 72 hours"
    line = {"event": said, "setup": url, "level": "warning", "timestamp": core.clock().isoformat()}
    as_json = core.settings.log_format == "json"
    print(json.dumps(line) if as_json else f"{said}:\n{url}", file=sys.stderr)


def build_app(core: Core) -> ASGIApp:
    """Return the ASGI application on running parts."""
    webhooks = Webhooks(core.intake, core.clock)
    services = Services(
        database=core.database,
        writer=core.writer,
        settings=core.settings,
        clock=core.clock,
        keyring=KeyRing(core.database),
        secrets=core.secrets,
        rules=RuleDesk(core.rulebook, core.org_id),
        take_webhook=webhooks.take_documented,
        replays=Replays(core.database, core.writer, core.intake, core.clock),
        provider=open_provider(core.settings),
    )
    routes: list[BaseRoute] = [
        *health_routes(core.database, core.clock),
        Route("/-/reload", ReloadEndpoint(core.bootstrap, core.rulebook, services), methods=["POST"]),
        *build_web(services),
        *build_api(services),
    ]
    entrance = Entrance(webhooks, services, Starlette(routes=routes))
    return Traced(entrance) if tracing.is_on() else entrance


def _listen(core: Core) -> None:
    server.run(build_app(core), core.settings.host, core.settings.port, core.reload)
