"""Reference, "Send a Page" with a token, "List Pages", "Get", "Acknowledge" and "Cancel a Page"."""

from __future__ import annotations

from starlette.responses import JSONResponse, Response

from router.api.body import decode_object
from router.api.operation import Call, Operation
from router.api.page_answers import (
    ChangedPageAnswer,
    EventAnswer,
    FullPageAnswer,
    PageAnswer,
    SentAnswer,
    event_json,
    full_page_json,
    page_json,
)
from router.api.pagination import offset, paginated
from router.api.responses import ListAnswer
from router.api.schemas import AcknowledgeBody, PageQuery, PagesQuery, SendBody, utc
from router.api.sending import send_page
from router.api.validation import checked
from router.commands.acknowledge import acknowledge
from router.commands.cancel import cancel
from router.commands.refusals import Missing
from router.commands.send import Sender
from router.lifecycle.transitions import Actor
from router.store import outlook, page_views, timeline
from router.store.credentials import Account
from router.store.matching import Chosen
from router.store.page_views import Sight


def send_by_token(call: Call) -> Response:
    """Send a page as the person who is logged in."""
    user = call.account
    sender = Sender(user.org_id, user.name, user_id=user.id)
    return send_page(call, sender, f"user:{user.id}")


def list_pages(call: Call) -> Response:
    """List pages, newest first: all of them for admins, for others those that they are a recipient of."""
    query = call.query(PagesQuery)
    user = call.account
    chosen = Chosen(
        status=query.status,
        priority=query.priority,
        text=query.q,
        route=query.route,
        integration=query.integration,
        since=utc(query.since, "from"),
        until=utc(query.until, "to"),
        is_open=query.open,
    )
    sight = Sight(user.org_id, user.id) if query.mine else _sight(user)
    with call.services.database.read() as connection:
        found, total = page_views.list_pages(
            connection, sight, chosen, limit=query.per_page, offset=offset(query)
        )
    rows = [page_json(page) for page in found]
    return JSONResponse(paginated(call.request, query, rows, total, call.services.settings.public_url))


def show_page(call: Call) -> Response:
    """Show a page with its recipients and acknowledgements."""
    page_id = call.number("Page")
    sight = _sight(call.account)
    with call.services.database.read() as connection:
        page = page_views.find_page(connection, sight, page_id)
        if page is None:
            raise Missing("Page")
        alerts = page_views.alerts_of(connection, page_id)
        reasons = timeline.reasons_of(connection, page)
        ahead = outlook.ahead_of(connection, sight.org_id, page_id)
        before = page_views.page_before(connection, sight, page)
        after = page_views.pages_after(connection, sight, page)
    return JSONResponse(full_page_json(page, alerts, reasons, ahead, before, after))


def acknowledge_page(call: Call) -> Response:
    """Mark a page as acknowledged by the person who is logged in."""
    page_id = call.number("Page")
    user = call.account
    with call.services.database.read() as connection:
        if not page_views.can_see(connection, _sight(user), page_id):
            raise Missing("Page")
    body = checked(AcknowledgeBody, decode_object(call.body))
    page = call.services.writer.run(
        lambda tx: acknowledge(
            tx, user.org_id, _actor(user), page_id, call.now, body.method or "app", body.response_note
        )
    )
    answer = {"message": "Page acknowledged successfully", "page_id": page.id, "status": page.status}
    return JSONResponse(answer)


def cancel_page(call: Call) -> Response:
    """Stop a page's repeats and mark it as cancelled."""
    page_id = call.number("Page")
    user = call.account
    page = call.services.writer.run(lambda tx: cancel(tx, user.org_id, _actor(user), page_id, call.now))
    answer = {"message": "Page cancelled successfully", "page_id": page.id, "status": page.status}
    return JSONResponse(answer)


def show_timeline(call: Call) -> Response:
    """Show everything that happened to a page, with reasons."""
    page_id = call.number("Page")
    query = call.query(PageQuery)
    with call.services.database.read() as connection:
        if not page_views.can_see(connection, _sight(call.account), page_id):
            raise Missing("Page")
        events, total = timeline.lines(connection, page_id, limit=query.per_page, offset=offset(query))
    rows = [event_json(event) for event in events]
    return JSONResponse(paginated(call.request, query, rows, total, call.services.settings.public_url))


def _sight(user: Account) -> Sight:
    return Sight(user.org_id, None if user.is_admin else user.id)


def _actor(user: Account) -> Actor:
    return Actor(user.id, user.name, user.is_admin)


OPERATIONS = (
    Operation(
        "POST",
        "/api/pages",
        send_by_token,
        "user",
        "Send a Page",
        body=SendBody,
        status=201,
        returns=SentAnswer,
    ),
    Operation(
        "GET",
        "/api/pages",
        list_pages,
        "user",
        "List Pages",
        query=PagesQuery,
        returns=ListAnswer[PageAnswer],
    ),
    Operation("GET", "/api/pages/{id}", show_page, "user", "Get a Page", returns=FullPageAnswer),
    Operation(
        "POST",
        "/api/pages/{id}/acknowledge",
        acknowledge_page,
        "user",
        "Acknowledge a Page",
        body=AcknowledgeBody,
        returns=ChangedPageAnswer,
    ),
    Operation("DELETE", "/api/pages/{id}", cancel_page, "admin", "Cancel a Page", returns=ChangedPageAnswer),
    Operation(
        "GET",
        "/api/pages/{id}/timeline",
        show_timeline,
        "user",
        "Timeline of a Page",
        query=PageQuery,
        returns=ListAnswer[EventAnswer],
    ),
)
