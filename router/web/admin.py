"""Where an admin starts: what is wrong now and what to do next, and everything that admins do."""

from __future__ import annotations

from dataclasses import replace

from starlette.responses import Response

from router.overview import Concern, look_over
from router.web.render import render
from router.web.screen import Screen, Visit

_SCREENS = {"/api/pages": "/", "/api/rules/tree": "/admin/rules"}


def show_admin(visit: Visit) -> Response:
    """Say what is wrong, and list what admins do."""
    services, org_id = visit.services, visit.user.org_id
    with services.database.read() as connection:
        overview = look_over(
            connection, org_id, services.rules.in_force(org_id), services.rules.describe(), visit.now
        )
    return render(
        visit, "admin.html", pages=overview.pages, concerns=[_on_screen(one) for one in overview.concerns]
    )


def _on_screen(concern: Concern) -> Concern:
    """Return a concern that links to the screen which shows what its link shows in the API."""
    path, mark, query = concern.link.partition("?")
    screen = _SCREENS.get(path) or path.replace("/api/", "/admin/", 1)
    return replace(concern, link=screen + mark + query)


SCREENS = (Screen("GET", "/admin", show_admin, "admin"),)
