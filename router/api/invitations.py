"""One-time links by which people set their password, and a change of one's own."""

from __future__ import annotations

import asyncio
from datetime import datetime
from typing import Annotated, Any

from pydantic import BaseModel, Field
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from router.api.auth import address_of
from router.api.client import network_of
from router.api.errors import HttpError
from router.api.login import proven
from router.api.operation import Call, Operation
from router.api.responses import Done, Instant, UserAnswer, instant, user_json
from router.api.schemas import Password, PlainName
from router.api.services import Services
from router.api.snippets import asked_at
from router.api.validation import CLEANED, Schema
from router.commands import invitations
from router.commands.invitations import Invitation
from router.commands.refusals import invalid
from router.store.credentials import Account, check_password, hash_password
from router.store.credentials.passwords import LONGEST
from router.store.people import User

SECTION = "Authentication"
Token = Annotated[str, Field(min_length=1, max_length=100)]


class AcceptBody(Schema):
    """What somebody who was invited says of themselves; without a name theirs stays."""

    token: Token
    name: PlainName | None = None
    password: Password


class SetUpBody(Schema):
    """The first admin."""

    token: Token
    email: Annotated[str, Field(min_length=1, max_length=254), CLEANED]
    name: PlainName
    password: Password


class PasswordBody(Schema):
    """A new password, and the one that it replaces."""

    old_password: Annotated[str, Field(min_length=1, max_length=LONGEST)]
    password: Password


class InvitationAnswer(BaseModel):
    """A one-time link, shown this once: its token, the address to open, and when it ends."""

    token: str
    url: str
    expires_at: Instant


def invitation_json(call: Call, invited: Invitation) -> dict[str, Any]:
    """Return an invitation as the admin who makes it sees it."""
    base_url = call.services.settings.public_url or asked_at(call.request)
    return {
        "token": invited.token,
        "url": invitations.link(base_url, invited.token),
        "expires_at": instant(invited.expires_at),
    }


async def accept(call: Call) -> Response:
    """Set a password, and a name, by a one-time link."""
    user = await accepted(call.services, call.request, call.read(AcceptBody), call.now)
    return JSONResponse(user_json(user))


async def accepted(services: Services, request: Request, body: AcceptBody, now: datetime) -> User:
    """Return who set their password by a one-time link. Raises Missing, NotAcceptedError, HttpError 429."""
    _slow_down(services, request, now)

    def email() -> str:
        with services.database.read() as connection:
            return invitations.invited(connection, body.token, now).email

    check_password(body.password, await run_in_threadpool(email))
    hashed = await services.hashing.run(lambda: hash_password(body.password))
    return await asyncio.wrap_future(
        services.writer.submit(lambda tx: invitations.accept(tx, body.token, body.name, hashed, now))
    )


async def set_up(call: Call) -> Response:
    """Make the first admin, by the one-time link that the server prints."""
    user = await first_admin(call.services, call.request, call.read(SetUpBody), call.now)
    return JSONResponse(user_json(user), 201)


async def first_admin(services: Services, request: Request, body: SetUpBody, now: datetime) -> User:
    """Return the first admin, made by the one-time link that the server prints. Raises as `accepted`."""
    _slow_down(services, request, now)

    def check() -> None:
        with services.database.read() as connection:
            invitations.check_setup(connection, body.token, now)

    await run_in_threadpool(check)
    check_password(body.password, body.email)
    hashed = await services.hashing.run(lambda: hash_password(body.password))
    return await asyncio.wrap_future(
        services.writer.submit(
            lambda tx: invitations.use_setup(tx, body.token, body.email, body.name, hashed, now)
        )
    )


async def change_password(call: Call) -> Response:
    """Replace one's own password; every other token and session ends."""
    await replace_password(call.services, call.request, call.account, call.read(PasswordBody), call.now)
    return JSONResponse({"message": "Password changed successfully"})


async def replace_password(
    services: Services, request: Request, account: Account, body: PasswordBody, now: datetime
) -> None:
    """Replace the password of who asks, once the old one is proven; raises as `proven`, and Invalid."""
    check_password(body.password, account.email)
    try:
        await proven(services, request, account.email, body.old_password, now)
    except HttpError as refused:
        if refused.status != 401:
            raise
        raise invalid("old_password", "The old password is not right.") from None
    hashed = await services.hashing.run(lambda: hash_password(body.password))
    await asyncio.wrap_future(
        services.writer.submit(lambda tx: invitations.change_own_password(tx, account, hashed, now))
    )


def _slow_down(services: Services, request: Request, now: datetime) -> None:
    wait = services.links.attempt(network_of(address_of(services, request)), now)
    if wait:
        error = f"Too many attempts. Please try again in {wait} seconds."
        raise HttpError(429, error, {"Retry-After": str(wait)})


OPERATIONS = (
    Operation(
        "POST",
        "/api/auth/accept",
        accept,
        "public",
        SECTION,
        body=AcceptBody,
        returns=UserAnswer,
        may_refuse=(404, 429),
    ),
    Operation(
        "POST",
        "/api/auth/setup",
        set_up,
        "public",
        SECTION,
        body=SetUpBody,
        status=201,
        returns=UserAnswer,
        may_refuse=(404, 429),
    ),
    Operation(
        "POST",
        "/api/me/password",
        change_password,
        "user",
        SECTION,
        body=PasswordBody,
        returns=Done,
        may_refuse=(429,),
    ),
)
