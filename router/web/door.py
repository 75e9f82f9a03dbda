"""Serves one address of the dashboard: who may come in, that forms are our own, and errors as screens."""

from __future__ import annotations

import inspect
from collections.abc import Sequence
from typing import cast
from urllib.parse import parse_qs, quote

import structlog
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.types import Receive, Scope, Send

from router.api.auth import note_token
from router.api.body import read_body
from router.api.errors import HttpError, error_response
from router.api.services import Services
from router.commands.refusals import Forbidden, Invalid, Missing
from router.metrics import AUTH_FAILURES
from router.store.credentials import Account, find_session
from router.store.names import NotAcceptedError
from router.web import session
from router.web.render import HEADERS, render
from router.web.screen import Screen, Visit

_MOST_FORM = 128 * 1024
_MOST_FIELDS = 2_000
_log = structlog.get_logger(__name__)


class Door:
    """An ASGI application for all screens of one address."""

    def __init__(self, services: Services, screens: Sequence[Screen]) -> None:
        self._services = services
        self._screens = {screen.method: screen for screen in screens}
        self._path = screens[0].path

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request."""
        request = Request(scope, receive)
        holder = request.cookies.get(session.COOKIE, "") or session.visitor(request)
        visit = Visit(
            self._services,
            request,
            self._services.clock(),
            csrf=session.csrf_of(self._services.secrets, holder),
        )
        try:
            response = await self._answer(visit, holder)
        except Exception as error:  # noqa: BLE001 - the catch-all: told as a screen, logged if nobody foresaw it
            response = _error(visit, error, self._path)
        if request.method == "HEAD":  # a stream would go on, unread
            response, shown = Response(status_code=response.status_code), response
            response.raw_headers = shown.raw_headers
        for name, value in HEADERS.items():
            response.headers.setdefault(name, value)
        if not request.cookies.get(session.COOKIE):
            session.keep_visitor(response, self._services.settings, request, holder)
        await response(scope, receive, send)

    async def _answer(self, visit: Visit, holder: str) -> Response:
        request = visit.request
        screen = self._screens.get("GET" if request.method == "HEAD" else request.method)  # type: ignore[call-overload]
        if screen is None:
            allowed = ", ".join(sorted(self._screens))
            raise HttpError(405, f"This address takes {allowed} only.", {"Allow": allowed})
        account = await run_in_threadpool(_account, visit)
        if account is None and screen.access != "public":
            return _to_log_in(visit)
        if account is not None and screen.access == "admin" and not account.is_admin:
            raise Forbidden("This is for admins only.")
        form: dict[str, list[str]] = {}
        if screen.method == "POST":
            form = _fields(await read_body(request, _MOST_FORM))
            given = request.headers.get("x-csrf-token") or next(iter(form.get("csrf", ())), "")
            if screen.expects_csrf and not session.csrf_holds(self._services.secrets, holder, given):
                AUTH_FAILURES.labels("csrf").inc()
                raise HttpError(
                    403, "This form is too old, or not ours: go back, load the screen anew, try again."
                )
        visit = Visit(visit.services, request, visit.now, account, visit.csrf, form)
        if inspect.iscoroutinefunction(screen.handler):
            return cast("Response", await screen.handler(visit))
        return cast("Response", await run_in_threadpool(screen.handler, visit))


def _account(visit: Visit) -> Account | None:
    token = visit.request.cookies.get(session.COOKIE, "")
    if not token:
        return None
    with visit.services.database.read() as connection:
        account = find_session(connection, token, visit.now)
    if account is not None:
        note_token(visit.services, visit.request, account)
    return account


def _to_log_in(visit: Visit) -> Response:
    request = visit.request
    wanted = request.url.path + (f"?{request.url.query}" if request.url.query else "")
    address = (
        f"/login?next={quote(wanted)}" if request.method in ("GET", "HEAD") and wanted != "/" else "/login"
    )
    if visit.is_partial:
        return Response(status_code=401, headers={"HX-Redirect": "/login"})
    return RedirectResponse(address, 303)


def _fields(body: bytes) -> dict[str, list[str]]:
    try:
        text = body.decode()
        return parse_qs(text, keep_blank_values=True, max_num_fields=_MOST_FIELDS, errors="replace")
    except ValueError:
        raise HttpError(400, "The form cannot be read.") from None


def _error(visit: Visit, error: Exception, path: str) -> Response:
    match error:
        case Missing():
            status, sentence = 404, str(error)
        case Forbidden():
            status, sentence = 403, str(error)
        case Invalid():
            status, sentence = 422, " ".join(text for texts in error.faults.values() for text in texts)
        case NotAcceptedError():
            status, sentence = 422, str(error)
        case HttpError():
            status, sentence = error.status, error.error
        case _:
            plain = error_response(error, f"{visit.request.method} {path}")  # the real one may be a secret
            status, sentence = (
                plain.status_code,
                "Something went wrong on our side. The server's log says what.",
            )
            if status == 503:
                sentence = "The database does not answer right now: try again in a few seconds."
    response = render(visit, "error.html", status, sentence=sentence, status=status)
    if isinstance(error, HttpError):
        response.headers.update(error.headers)
    return response
