"""A span for each webhook, and for each page that is sent by key."""

from __future__ import annotations

from starlette.datastructures import Headers
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from router import tracing

_PATHS = frozenset(("/api/adapters/alertmanager", "/api/adapters/grafana", "/api/external/pages"))
_METHODS = frozenset(("POST", "PUT"))


class Traced:
    """The application of a process that traces; a sender's `traceparent` is honoured."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request."""
        if scope["type"] != "http" or scope["path"] not in _PATHS or scope["method"] not in _METHODS:
            await self._app(scope, receive, send)
            return
        method, path = scope["method"], scope["path"]
        parent = Headers(scope=scope).get("traceparent", "")
        attributes = {"http.request.method": method, "url.path": path}
        span = tracing.begin(f"{method} {path}", "server", attributes, parent=parent)

        async def note(message: Message) -> None:
            if span is not None and message["type"] == "http.response.start":
                status = message["status"]
                span.note({"http.response.status_code": status})
                if status >= 500:
                    span.fail(f"HTTP {status}")
            await send(message)

        with tracing.spanning(span):
            await self._app(scope, receive, note)
