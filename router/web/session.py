"""Sessions of the dashboard: a bearer token of its own kind in a cookie, and its CSRF token."""

from __future__ import annotations

import hashlib
import hmac
import secrets as random
from datetime import timedelta

from starlette.requests import Request
from starlette.responses import Response

from router.settings import Settings
from router.store.secrets import Secrets

COOKIE = "pp_session"
VISITOR = "pp_visitor"
LASTS = timedelta(days=14)
"""How long a session lasts, however busy; people on call should not have to log in at night."""

DEVICE = "dashboard"
"""The device name of a session's token."""


def keep(response: Response, settings: Settings, request: Request, token: str) -> None:
    """Give a browser its session.

    Parameters:
      token: a bearer token made for the device `dashboard`.
    """
    set_cookie(response, COOKIE, token, settings, request, int(LASTS.total_seconds()))


def drop(response: Response) -> None:
    """Take a browser's session away."""
    response.delete_cookie(COOKIE, path="/")


def visitor(request: Request) -> str:
    """Return what a browser that is not logged in is known by, making it up at its first visit."""
    known = request.cookies.get(VISITOR, "")
    return known if len(known) == 43 and known.isascii() else random.token_urlsafe(32)


def keep_visitor(response: Response, settings: Settings, request: Request, value: str) -> None:
    """Let a browser be known by `value` while it logs in."""
    if request.cookies.get(VISITOR) != value:
        set_cookie(response, VISITOR, value, settings, request, 3600)


def csrf_of(secrets: Secrets, holder: str) -> str:
    """Return the CSRF token for the holder of a session, or of a visitor's cookie."""
    return sign(secrets, "csrf", holder)


def csrf_holds(secrets: Secrets, holder: str, given: str) -> bool:
    """Return whether a form came from a screen that was shown to the same browser; in constant time."""
    return holds(secrets, "csrf", holder, given)


def sign(secrets: Secrets, purpose: str, text: str) -> str:
    """Return the signature of a text, for one purpose."""
    return _sign(secrets.signing_keys("cookie")[0], purpose, text)


def holds(secrets: Secrets, purpose: str, text: str, given: str) -> bool:
    """Return whether a signature is ours; in constant time."""
    keys = secrets.signing_keys("cookie")
    return any(hmac.compare_digest(_sign(key, purpose, text).encode(), given.encode()) for key in keys)


def _sign(key: bytes, purpose: str, text: str) -> str:
    return hmac.new(key, f"{purpose}\0{text}".encode(), hashlib.sha256).hexdigest()


def set_cookie(
    response: Response, name: str, value: str, settings: Settings, request: Request, max_age_s: int
) -> None:
    """Give a browser a cookie that no script reads and no other site's form sends."""
    secure = request.url.scheme == "https" or settings.public_url.startswith("https:")
    response.set_cookie(
        name, value, max_age=max_age_s, path="/", secure=secure, httponly=True, samesite="lax"
    )
