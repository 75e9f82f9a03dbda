"""Serves one path: lets callers in, reads bodies, runs handlers, and turns whatever happens into JSON."""

from __future__ import annotations

import inspect
from collections.abc import Sequence
from dataclasses import replace
from typing import cast

from starlette.concurrency import run_in_threadpool
from starlette.requests import ClientDisconnect, Request
from starlette.responses import JSONResponse, Response
from starlette.types import Receive, Scope, Send
from starlette.websockets import WebSocketClose

from router.api.auth import admit
from router.api.body import MAX_BODY, read_body, read_webhook
from router.api.errors import HttpError, error_response
from router.api.operation import Call, Operation
from router.api.services import Services
from router.api.signing import Seal

SECURITY_HEADERS = {
    "Cache-Control": "no-store",
    "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
}


class Endpoint:
    """An ASGI application for all operations of one path; answers JSON to every method."""

    def __init__(self, services: Services, operations: Sequence[Operation]) -> None:
        self._services = services
        self._operations: dict[str, Operation] = {operation.method: operation for operation in operations}
        allowed = {*self._operations, "OPTIONS"} | ({"HEAD"} if "GET" in self._operations else set())
        self._allow = ", ".join(sorted(allowed))

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request."""
        request = Request(scope, receive)
        try:
            response = await self._answer(request)
        except Exception as error:  # noqa: BLE001 - the catch-all: told as JSON, logged if nobody foresaw it
            response = error_response(error, f"{request.method} {request.scope['path']}")
        for name, value in SECURITY_HEADERS.items():
            response.headers.setdefault(name, value)
        await response(scope, receive, send)

    async def _answer(self, request: Request) -> Response:
        method = "GET" if request.method == "HEAD" else request.method
        if method == "OPTIONS":
            return Response(status_code=204, headers={"Allow": self._allow})
        operation = self._operations.get(method)
        if operation is None:
            raise HttpError(
                405,
                f"{request.method[:20]} is not possible here, but {self._allow} are.",
                {"Allow": self._allow},
            )
        call = Call(self._services, request, self._services.clock())
        call = await run_in_threadpool(admit, call, operation.access)
        if operation.body is not None:
            call = await self._with_body(call, operation)
        elif call.credential is not None:  # nothing is read, but a sender that signs signs nothing too
            Seal(self._services.secrets, call.credential, request.headers, call.now).check()
        if inspect.iscoroutinefunction(operation.handler):
            return cast("Response", await operation.handler(call))
        return cast("Response", await run_in_threadpool(operation.handler, call))

    async def _with_body(self, call: Call, operation: Operation) -> Call:
        limit = self._services.settings.max_body_bytes
        credential = call.credential
        if credential is None:
            bound = limit if operation.takes_webhooks else min(limit, MAX_BODY)
            return replace(call, body=await read_body(call.request, bound))
        seal = Seal(self._services.secrets, credential, call.request.headers, call.now)
        if credential.kind == "generic":
            body = await read_body(call.request, limit)
            seal.take(body)
            seal.check()
            return replace(call, body=body)
        try:
            body, fault = await read_webhook(call.request, limit, seal)
        except ClientDisconnect as gone:
            raise HttpError(400, "The connection was closed before the whole body had come.") from gone
        return replace(call, body=body, fault=fault)


class Nowhere:
    """An ASGI application for every address that nobody serves: a JSON 404, never a redirect."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request, or close a WebSocket that somebody tries to open."""
        if scope["type"] == "websocket":
            await WebSocketClose()(scope, receive, send)
            return
        response = JSONResponse({"error": "There is nothing at this address."}, 404, SECURITY_HEADERS)
        await response(scope, receive, send)
