"""What a link in a message opens, without a log-in: the page, or the pages of a digest, and one button.

Opening it does nothing: mail scanners open every link. Only the button acts, as the person to whom the
message was sent.
"""

from __future__ import annotations

from dataclasses import replace

from starlette.responses import RedirectResponse, Response

from router.api.errors import HttpError
from router.delivery.link import Link, open_link
from router.delivery.provenance import provenance_of, why_told
from router.store import page_views
from router.store.credentials import account_of
from router.store.matching import pages_of_digest
from router.store.page_views import Sight
from router.web.acts import acknowledge_all
from router.web.render import render
from router.web.screen import Screen, Visit, say

_MOST_SHOWN = 200


def show_linked(visit: Visit) -> Response:
    """Show the page, or the pages, that a message was about."""
    visit, link = _as_reader(visit)
    page_ids = _page_ids(visit, link)
    sight = Sight(visit.user.org_id, visit.user.id)
    with visit.services.database.read() as connection:
        found = [page_views.find_page(connection, sight, page_id) for page_id in page_ids[:_MOST_SHOWN]]
        alerts = page_views.alerts_of(connection, page_ids[0]) if len(page_ids) == 1 else []
    pages = [page for page in found if page is not None]
    if not pages:
        raise _gone()
    pending = [page for page in pages if page.closed_at is None and not _has(page, visit.user.id)]
    return render(
        replace(visit, account=None),
        "linked.html",
        pages=pages,
        alerts=alerts,
        pending=pending,
        reader=visit.user,
        total=len(page_ids),
        why=_why(pages[0], visit.user.id) if len(pages) == 1 else "",
    )


def acknowledge_linked(visit: Visit) -> Response:
    """Take what the message was about in hand."""
    visit, link = _as_reader(visit)
    done, refused = acknowledge_all(visit, visit.user.org_id, _page_ids(visit, link), None)
    response = RedirectResponse(f"/n/{visit.request.path_params['link']}", 303)
    if done:
        say(response, "You have it. Nobody is called again for this.")
    elif refused:
        say(response, "It is over already: there was nothing to acknowledge.")
    return response


def _as_reader(visit: Visit) -> tuple[Visit, Link]:
    """Return the visit of whom the message was sent to. Raises HttpError 404 for a link that is void."""
    link = open_link(visit.services.secrets, visit.request.path_params["link"], visit.now)
    if link is None:
        raise _gone()
    with visit.services.database.read() as connection:
        account = account_of(connection, link.user_id)
    if account is None:
        raise _gone()
    return replace(visit, account=replace(account, is_admin=False)), link


def _page_ids(visit: Visit, link: Link) -> list[int]:
    if link.about == "page":
        return [link.number]
    with visit.services.database.read() as connection:
        found = pages_of_digest(connection, visit.user.org_id, link.user_id, link.number)
    if not found:
        raise _gone()
    return found


def _why(page: page_views.PageView, user_id: int) -> str:
    mine = next((one.why for one in page.recipients if one.user_id == user_id), "")
    return why_told(mine, provenance_of(page.plan))


def _has(page: page_views.PageView, user_id: int) -> bool:
    return any(one.user_id == user_id and one.acknowledged_at for one in page.recipients)


def _gone() -> HttpError:
    return HttpError(404, "This link is too old, or not whole. Log in to see the page.")


SCREENS = (
    Screen("GET", "/n/{link}", show_linked, "public"),
    Screen("POST", "/n/{link}", acknowledge_linked, "public"),
)
