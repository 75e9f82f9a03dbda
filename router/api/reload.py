"""POST /-/reload, as Prometheus and Alertmanager have it: from the machine itself, or by an admin."""

from __future__ import annotations

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.types import Receive, Scope, Send

from router.api.auth import admit
from router.api.client import client_address
from router.api.errors import error_response
from router.api.operation import Call
from router.api.rules import record_reload
from router.api.services import Services
from router.bootstrap import Bootstrap
from router.ruleset import RuleBook
from router.store.audit import THIS_MACHINE, Doer

_OF_OTHERS = ("forwarded", "origin", "via", "x-forwarded-for", "x-forwarded-host", "x-real-ip")


class ReloadEndpoint:
    """Reloads bootstrap file and rules; answers 200 when all that they say is in force, else 422."""

    def __init__(self, bootstrap: Bootstrap, rulebook: RuleBook, services: Services) -> None:
        self._bootstrap = bootstrap
        self._rulebook = rulebook
        self._services = services

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request."""
        request = Request(scope, receive)
        try:
            response = await run_in_threadpool(self._answer, request)
        except Exception as error:  # noqa: BLE001 - the catch-all: told as JSON, logged if nobody foresaw it
            response = error_response(error, "POST /-/reload")
        await response(scope, receive, send)

    def _answer(self, request: Request) -> Response:
        by, org_id = self._caller(request)
        self._bootstrap.reload()
        self._rulebook.reload()
        described = dict(self._services.rules.describe())
        record_reload(self._services, org_id, by, described, self._services.clock())
        if self._bootstrap.fault:
            told = f"The bootstrap file was not applied. {self._bootstrap.fault}"
            return JSONResponse({"error": told, **described}, 422)
        if described["last_reload_successful"]:
            return JSONResponse(described)
        return JSONResponse({"error": "The rules were not all loaded.", **described}, 422)

    def _caller(self, request: Request) -> tuple[Doer, int]:
        """Return who asks, and for which organisation. Raises HttpError 401, and Forbidden."""
        if self._is_of_this_machine(request):
            return THIS_MACHINE, self._rulebook.current.org_id
        user = admit(Call(self._services, request, self._services.clock()), "admin").account
        return user.id, user.org_id

    def _is_of_this_machine(self, request: Request) -> bool:
        """Tell a request of the machine itself from one that a reverse proxy on it passes on for anybody.

        A page in a browser on the machine is a stranger, too: browsers add an Origin to what it posts.
        """
        if any(name in request.headers for name in _OF_OTHERS):
            return False
        address = client_address(request, self._services.settings.trusted_proxies)
        return address is not None and address.is_loopback
