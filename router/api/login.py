"""Reference, "Bearer Token": log in, log out, who am I."""

from __future__ import annotations

import threading

from starlette.responses import JSONResponse, Response

from router.api.client import client_address, network_of
from router.api.errors import HttpError
from router.api.operation import Call, Operation
from router.api.responses import Done, LoginAnswer, UserAnswer, user_json
from router.api.schemas import LoginBody
from router.metrics import AUTH_FAILURES
from router.store import people
from router.store.credentials import create_token, revoke_token, verify_password

SECTION = "Authentication"
_HASHING = threading.BoundedSemaphore(2)
"""Each hash takes 19 MiB and a core: a storm of log-ins must not take the machine."""


def log_in(call: Call) -> Response:
    """Exchange an e-mail and a password for a bearer token."""
    body = call.read(LoginBody)
    here, everywhere = _throttled(call, body.email)
    with call.services.database.read() as connection:
        user = people.find_user(connection, body.email)
    with _HASHING:
        # An unknown e-mail takes as long as a known one.
        matches = verify_password(user.password_hash if user else None, body.password)
    if user is None or not matches or not user.is_active:
        AUTH_FAILURES.labels("password").inc()
        raise HttpError(401, "These credentials do not match our records.")
    call.services.attempts_here.forget(here)
    call.services.attempts_from.forgive(everywhere)
    device = body.device_name or ""
    token = call.services.writer.run(lambda tx: create_token(tx.connection, user.id, device, call.now))
    return JSONResponse({"token": token, "user": user_json(user)})


def log_out(call: Call) -> Response:
    """Revoke the token that the request was made with."""
    token_id = call.account.token_id
    if token_id is not None:
        call.services.writer.run(lambda tx: revoke_token(tx.connection, token_id, call.now))
    return JSONResponse({"message": "Logged out successfully"})


def me(call: Call) -> Response:
    """Show who is logged in."""
    return JSONResponse(user_json(call.account))


def _throttled(call: Call, email: str) -> tuple[str, str]:
    """Count an attempt and return the keys that it was counted under. Raises HttpError 429 beyond them."""
    services = call.services
    everywhere = network_of(client_address(call.request, services.settings.trusted_proxies))
    here = f"{everywhere} {email.lower()}"
    wait = services.attempts_from.attempt(everywhere, call.now)
    if not wait:
        wait = services.attempts_here.attempt(here, call.now)
    if wait:
        AUTH_FAILURES.labels("throttled").inc()
        error = f"Too many login attempts. Please try again in {wait} seconds."
        raise HttpError(429, error, {"Retry-After": str(wait)})
    return here, everywhere


OPERATIONS = (
    Operation("POST", "/api/auth/login", log_in, "public", SECTION, body=LoginBody, returns=LoginAnswer),
    Operation("POST", "/api/auth/logout", log_out, "user", SECTION, returns=Done),
    Operation("GET", "/api/auth/me", me, "user", SECTION, returns=UserAnswer),
)
