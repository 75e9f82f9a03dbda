"""Screens from templates: escaped everywhere, under a content security policy without inline anything."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from starlette.responses import HTMLResponse

from router.particulars import links_of, web_link
from router.web.screen import SAID, Visit
from router.web.visible import visible
from rules.loading.reading import spell_duration

STATIC = Path(__file__).with_name("static")
HEADERS = {
    "Cache-Control": "no-store",
    "Content-Security-Policy": (
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; "
        "manifest-src 'self'; worker-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
    ),
    "Cross-Origin-Opener-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=()",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
}


def render(visit: Visit, template: str, status: int = 200, /, **shown: Any) -> HTMLResponse:
    """Return a screen.

    Parameters:
      template: a file of router/web/templates.
      shown: what it shows; everything is escaped.
    """
    said = _said(visit)
    html = (
        _environment()
        .get_template(template)
        .render(
            visit=visit,
            user=visit.account,
            csrf=visit.csrf,
            now=visit.now,
            said=said,
            path=visit.request.url.path,
            **shown,
        )
    )
    response = HTMLResponse(html, status, HEADERS)
    if said:
        response.delete_cookie(SAID, path="/")
    return response


@cache
def static_url(name: str) -> str:
    """Return the address of a static file; it changes with the file, so that browsers may keep it."""
    digest = hashlib.sha256((STATIC / name).read_bytes()).hexdigest()[:12]
    return f"/static/{name}?v={digest}"


def moment(value: datetime) -> str:
    """Return a moment for people: `2026-06-23 14:00:05 UTC`."""
    return value.astimezone(UTC).strftime("%Y-%m-%d %H:%M:%S UTC")


def machine(value: datetime) -> str:
    """Return a moment for the `datetime` of a `time` element."""
    return value.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def span(value: float) -> str:
    """Return seconds as people say them: `45 s`, `12 min`, `3 h 20 min`, `5 d`."""
    seconds = max(0, int(value))
    if seconds < 60:
        return f"{seconds} s"
    if seconds < 3600:
        return f"{seconds // 60} min"
    if seconds < 86_400:
        hours, minutes = seconds // 3600, seconds % 3600 // 60
        return f"{hours} h {minutes} min" if minutes else f"{hours} h"
    return f"{seconds // 86_400} d"


@cache
def _environment() -> Environment:
    environment = Environment(
        loader=FileSystemLoader(Path(__file__).with_name("templates")),
        autoescape=True,
        finalize=visible,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.globals["static"] = static_url
    environment.filters |= {
        "moment": moment,
        "machine": machine,
        "span": span,
        "duration": spell_duration,
        "web_link": web_link,
        "links": links_of,
        "json": _as_json,
    }
    return environment


def _as_json(value: Mapping[str, Any]) -> str:
    return json.dumps(value, ensure_ascii=False)


def _said(visit: Visit) -> str:
    try:
        return bytes.fromhex(visit.request.cookies.get(SAID, "")).decode()[:500]
    except ValueError:
        return ""
