"""The list of pages, and a page: what a person at 3 a.m. looks at."""

from __future__ import annotations

from starlette.responses import Response

from router.commands.refusals import Missing
from router.store import outlook, page_views, timeline
from router.store.page_views import Sight
from router.web.finding import PRIORITIES, SHOWN, find
from router.web.render import render
from router.web.screen import Screen, Visit

_PER_PAGE = 50
_MOST_EVENTS = 200


def show_pages(visit: Visit) -> Response:
    """List pages, newest first; live, by asking for the rows again when something happens."""
    finding = find(visit)
    user = visit.user
    sight = Sight(user.org_id, user.id) if finding.mine else visit.sight
    with visit.services.database.read() as connection:
        found, total = page_views.list_pages(
            connection, sight, finding.chosen, limit=_PER_PAGE, offset=(finding.number - 1) * _PER_PAGE
        )
    return render(
        visit,
        "_page_rows.html" if visit.is_partial else "pages.html",
        pages=found,
        total=total,
        finding=finding,
        last=max(1, -(-total // _PER_PAGE)),
        shown=SHOWN,
        priorities=PRIORITIES,
    )


def show_page(visit: Visit) -> Response:
    """Show a page: what fires, who has seen it, what comes next, and everything that happened."""
    page_id = visit.number("Page")
    with visit.services.database.read() as connection:
        page = page_views.find_page(connection, visit.sight, page_id)
        if page is None:
            raise Missing("Page")
        alerts = page_views.alerts_of(connection, page_id)
        events, count = timeline.lines(connection, page_id, limit=_MOST_EVENTS, offset=0)
        reasons = timeline.reasons_of(connection, page)
        prospects = outlook.ahead_of(connection, visit.sight.org_id, page_id)
        before = page_views.page_before(connection, visit.sight, page)
        after = page_views.pages_after(connection, visit.sight, page)
    mine = next((one for one in page.recipients if one.user_id == visit.user.id), None)
    may_acknowledge = page.closed_at is None and (
        visit.user.is_admin if mine is None else mine.acknowledged_at is None
    )
    return render(
        visit,
        "_page.html" if visit.is_partial else "page.html",
        page=page,
        alerts=alerts,
        events=events,
        older=max(0, count - _MOST_EVENTS),
        reasons=reasons,
        prospects=prospects,
        before=before,
        after=after,
        mine=mine,
        may_acknowledge=may_acknowledge,
    )


SCREENS = (
    Screen("GET", "/", show_pages, "user"),
    Screen("GET", "/pages/{id}", show_page, "user"),
)
