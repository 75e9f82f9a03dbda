"""Log in and out."""

from __future__ import annotations

import asyncio

from starlette.responses import RedirectResponse, Response

from router.api.errors import HttpError
from router.api.login import signed_in
from router.store.credentials import create_token, revoke_token, revoke_tokens
from router.store.writer import Transaction
from router.web import session
from router.web.render import render
from router.web.screen import Screen, Visit, back_to


def show_log_in(visit: Visit) -> Response:
    """Ask for e-mail and password."""
    if visit.account is not None:
        return RedirectResponse("/", 303)
    return render(visit, "login.html", email="", fault="", next=wanted_address(visit.asked("next")))


async def log_in(visit: Visit) -> Response:
    """Begin a session, as the API's log-in does; what is wrong is said beside the fields."""
    email, wanted = visit.text("email"), wanted_address(visit.text("next"))
    password = next(iter(visit.form.get("password", ())), "")[:1024]
    services = visit.services
    try:
        user = await signed_in(services, visit.request, email.lower()[:254], password, visit.now)
    except HttpError as refused:
        shown = {"email": email[:254], "fault": refused.error, "next": wanted}
        asked_again = render(visit, "login.html", refused.status, **shown)
        asked_again.headers.update(refused.headers)
        return asked_again
    expires_at = visit.now + session.LASTS
    token = await asyncio.wrap_future(
        services.writer.submit(
            lambda tx: create_token(tx.connection, user.id, session.DEVICE, visit.now, expires_at)
        )
    )
    response = RedirectResponse(wanted, 303)
    session.keep(response, services.settings, visit.request, token)
    return response


def log_out(visit: Visit) -> Response:
    """End this session, or all of them and every token with them."""
    user = visit.user
    everywhere = visit.text("everywhere") == "yes"

    def end(tx: Transaction) -> None:
        if everywhere:
            revoke_tokens(tx.connection, [user.id], visit.now)
        elif user.token_id is not None:
            revoke_token(tx.connection, user.id, user.token_id, visit.now)

    visit.services.writer.run(end)
    response = back_to("/login", "You are logged out everywhere." if everywhere else "You are logged out.")
    session.drop(response)
    return response


def wanted_address(address: str) -> str:
    """Return where to go after the log-in: an address of ours, whatever somebody put into a link."""
    ours = address.startswith("/") and not address.startswith(("//", "/\\", "/login"))
    return address[:500] if ours and address.isprintable() and "\\" not in address else "/"


SCREENS = (
    Screen("GET", "/login", show_log_in, "public"),
    Screen("POST", "/login", log_in, "public"),
    Screen("POST", "/logout", log_out, "user"),
)
