"""The table of the dashboard: every screen, once, for serving and for testing who may see what."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence

from starlette.routing import BaseRoute, Mount, Route

from router.api.services import Services
from router.store.engine import Database
from router.web import (
    acts,
    admin,
    audit,
    contacts,
    deliveries,
    groups,
    heartbeats,
    insight,
    integrations,
    invitations,
    ledger,
    linked,
    live,
    login,
    me,
    offline,
    oidc,
    pages,
    quarantine,
    rules,
    send,
    users,
)
from router.web.door import Door
from router.web.screen import Screen
from router.web.statics import Statics


def screens(database: Database) -> tuple[Screen, ...]:
    """Return every screen."""
    return (
        *login.SCREENS,
        *invitations.SCREENS,
        *oidc.SCREENS,
        *acts.SCREENS,  # `/pages/acknowledge` before `/pages/{id}`, which would take it
        *pages.SCREENS,
        *send.SCREENS,
        *linked.SCREENS,
        *insight.SCREENS,
        *me.SCREENS,
        *offline.SCREENS,
        *admin.SCREENS,
        *groups.SCREENS,
        *users.SCREENS,
        *contacts.SCREENS,
        *integrations.SCREENS,
        *rules.SCREENS,
        *quarantine.SCREENS,
        *deliveries.SCREENS,
        *heartbeats.SCREENS,
        *ledger.SCREENS,
        *audit.SCREENS,
        *live.screens(database),
    )


def build_web(services: Services) -> Sequence[BaseRoute]:
    """Return the routes of the dashboard."""
    by_path: dict[str, list[Screen]] = defaultdict(list)
    for screen in screens(services.database):
        by_path[screen.path].append(screen)
    routes = [Route(path, Door(services, rows)) for path, rows in by_path.items()]
    worker = Route("/sw.js", offline.serve_worker)
    return [*routes, worker, Mount("/static", Statics())]
