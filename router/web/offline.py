"""The dashboard as an app: its service worker, and the screen that it shows when there is no connection."""

from __future__ import annotations

import hashlib
import json
from dataclasses import replace
from functools import cache

from starlette.requests import Request
from starlette.responses import Response

from router.web.render import STATIC, render, static_url
from router.web.screen import Screen, Visit

_OFFLINE = "/offline"
_KEPT = (
    "app.css",
    "app.js",
    "icon.svg",
    "manifest.webmanifest",
    "push.js",
    "vendor/htmx-2.0.11.min.js",
    "vendor/htmx-ext-sse-2.2.4.min.js",
)
_HEADERS = {
    "Cache-Control": "no-cache",
    "Content-Security-Policy": "default-src 'none'; connect-src 'self'",
    "Service-Worker-Allowed": "/",
    "X-Content-Type-Options": "nosniff",
}


def show_offline(visit: Visit) -> Response:
    """Say that there is no connection; the same for everybody, since browsers keep it."""
    return render(replace(visit, account=None), "offline.html")


async def serve_worker(_request: Request) -> Response:
    """Serve the service worker, which changes whenever anything that it keeps does."""
    return Response(_worker(), media_type="text/javascript", headers=_HEADERS)


@cache
def _worker() -> str:
    kept = [_OFFLINE, *(static_url(name) for name in _KEPT), "/static/icon-192.png"]
    template = STATIC.with_name("templates") / "offline.html"
    digest = hashlib.sha256(json.dumps(kept).encode() + template.read_bytes()).hexdigest()[:12]
    what = f"const KEEP = {json.dumps(f'pingparrot-{digest}')};\nconst KEPT = {json.dumps(kept)};\n"
    return what + (STATIC / "sw.js").read_text("utf-8")


SCREENS = (Screen("GET", _OFFLINE, show_offline, "public"),)
