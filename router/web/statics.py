"""Stylesheet, scripts and pictures: the same for everybody, and kept by browsers until they change."""

from __future__ import annotations

from starlette.staticfiles import StaticFiles
from starlette.types import Message, Receive, Scope, Send

from router.web.render import STATIC

_FOR_EVER = b"public, max-age=31536000, immutable"


class Statics:
    """An ASGI application for `/static`: what is asked for by its digest may be kept for a year."""

    def __init__(self) -> None:
        self._files = StaticFiles(directory=STATIC)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request."""
        keep = _FOR_EVER if scope.get("query_string", b"").startswith(b"v=") else b"no-cache"

        async def with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                message["headers"] += [(b"x-content-type-options", b"nosniff")]
                if message["status"] == 200:
                    message["headers"] += [(b"cache-control", keep)]
            await send(message)

        await self._files(scope, receive, with_headers)
