"""Where an admin starts: everything that admins do, in one list."""

from __future__ import annotations

from starlette.responses import Response

from router.web.render import render
from router.web.screen import Screen, Visit


def show_admin(visit: Visit) -> Response:
    """List what admins do."""
    return render(visit, "admin.html")


SCREENS = (Screen("GET", "/admin", show_admin, "admin"),)
