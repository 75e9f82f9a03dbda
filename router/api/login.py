"""Reference, "Bearer Token": log in, log out, who am I."""

from __future__ import annotations

import asyncio
import contextlib
from datetime import datetime

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from router.api.auth import address_of
from router.api.client import network_of
from router.api.errors import HttpError
from router.api.operation import Call, Operation
from router.api.responses import Done, LoginAnswer, UserAnswer, user_json
from router.api.schemas import LoginBody
from router.api.services import Services
from router.metrics import AUTH_FAILURES
from router.store import audit, people
from router.store.credentials import create_token, revoke_token, verify_password
from router.store.people import User
from router.store.writer import Overloaded, Transaction

SECTION = "Authentication"


async def log_in(call: Call) -> Response:
    """Exchange an e-mail and a password for a bearer token."""
    body = call.read(LoginBody)
    email = body.email.strip().lower()
    user = await signed_in(call.services, call.request, email, body.password, call.now)
    device = body.device_name or ""
    token = await asyncio.wrap_future(
        call.services.writer.submit(lambda tx: create_token(tx.connection, user.id, device, call.now))
    )
    return JSONResponse({"token": token, "user": user_json(user)})


async def signed_in(services: Services, request: Request, email: str, password: str, now: datetime) -> User:
    """Return whose e-mail and password these are, and note the log-in; otherwise as `proven`."""
    user = await proven(services, request, email, password, now)
    note(services, request, user, "login", now)
    return user


async def proven(services: Services, request: Request, email: str, password: str, now: datetime) -> User:
    """Return whose e-mail and password these are, an active person.

    Parameters:
      email: in lower case.
      now: UTC.
    Raises HttpError 401 when they do not match, 429 after too many guesses, 503 when too many people try.
    """
    network = network_of(address_of(services, request))
    wait = services.guesses.attempt(email, network, now)
    if wait:
        AUTH_FAILURES.labels("throttled").inc()
        error = f"Too many login attempts. Please try again in {wait} seconds."
        raise HttpError(429, error, {"Retry-After": str(wait)})
    try:
        user = await run_in_threadpool(_find, services, email)
        known = user.password_hash if user else None  # an unknown e-mail takes as long as a known one
        matches = await services.hashing.run(lambda: verify_password(known, password))
    except Exception:
        services.guesses.take_back(email, network)
        raise
    if user is None or not matches or not user.is_active:
        AUTH_FAILURES.labels("password").inc()
        if user is not None:
            note(services, request, user, "login.refused", now)
        raise HttpError(401, "These credentials do not match our records.")
    services.guesses.succeed(email, network)
    return user


def log_out(call: Call) -> Response:
    """Revoke the token that the request was made with."""
    user, token_id = call.account, call.account.token_id
    if token_id is not None:
        call.services.writer.run(lambda tx: revoke_token(tx.connection, user.id, token_id, call.now))
    return JSONResponse({"message": "Logged out successfully"})


def me(call: Call) -> Response:
    """Show who is logged in."""
    return JSONResponse(user_json(call.account))


def note(services: Services, request: Request, user: User, act: audit.Act, now: datetime) -> None:
    """Take a log-in into the audit log, behind the answer; who comes more than ten times an hour is known."""
    if services.logins_noted.attempt(f"{act} {user.id}", now):
        return
    about, detail = f"user {user.email}", f"from {address_of(services, request)}"

    def store(tx: Transaction) -> None:
        audit.record(tx.connection, user.org_id, user.id, act, about, detail, now)

    with contextlib.suppress(Overloaded):
        services.writer.submit(store)


def _find(services: Services, email: str) -> User | None:
    with services.database.read() as connection:
        return people.find_user(connection, email)


OPERATIONS = (
    Operation(
        "POST",
        "/api/auth/login",
        log_in,
        "public",
        SECTION,
        body=LoginBody,
        returns=LoginAnswer,
        may_refuse=(401, 429),
    ),
    Operation("POST", "/api/auth/logout", log_out, "user", SECTION, returns=Done),
    Operation("GET", "/api/auth/me", me, "user", SECTION, returns=UserAnswer),
)
