"""People, for admins: list, make, change, deactivate."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import Field
from starlette.responses import JSONResponse, Response

from router.api.invitations import InvitationAnswer, invitation_json
from router.api.me import TokenAnswer, token_json
from router.api.operation import Call, Operation
from router.api.pagination import offset, paginated
from router.api.responses import Done, Instant, ListAnswer, UserAnswer, instant, user_json
from router.api.schemas import PageQuery, Password, PlainName
from router.api.validation import CLEANED, Schema
from router.commands import users
from router.commands.invitations import Invitation, invite
from router.store import credentials, people
from router.store.credentials import check_password, hash_password
from router.store.people import User
from router.store.writer import Transaction

SECTION = "Users"


class UserBody(Schema):
    """A new person; without a password they cannot log in, and are paged all the same.

    `invite` asks for a one-time link by which they set one.
    """

    email: Annotated[str, Field(min_length=1, max_length=254), CLEANED]
    name: PlainName
    password: Password | None = None
    invite: bool | None = Field(None, json_schema_extra={"default": False})
    is_admin: bool | None = Field(None, json_schema_extra={"default": False})
    is_active: bool | None = Field(None, json_schema_extra={"default": True})


class UserChanges(Schema):
    """What to change about a person; what is left out stays."""

    name: PlainName | None = None
    password: Password | None = None
    is_admin: bool | None = None
    is_active: bool | None = None


class FullUserAnswer(UserAnswer):
    """A person, for admins; `managed_by` is `git` when the roster owns them."""

    is_active: bool
    managed_by: str | None
    created_at: Instant


class NewUserAnswer(FullUserAnswer):
    """A new person; `invitation` is null unless it was asked for."""

    invitation: InvitationAnswer | None


def list_users(call: Call) -> Response:
    """List the people of the organisation."""
    query = call.query(PageQuery)
    with call.services.database.read() as connection:
        found, total = people.list_users(
            connection, call.account.org_id, limit=query.per_page, offset=offset(query)
        )
    rows = [full_user_json(user) for user in found]
    return JSONResponse(paginated(call.request, query, rows, total, call.services.settings.public_url))


def add_user(call: Call) -> Response:
    """Make a person."""
    body = call.read(UserBody)
    org_id, by = call.account.org_id, call.account.id
    hashed = None if body.password is None else _hashed(body.password, body.email)

    def job(tx: Transaction) -> tuple[User, Invitation | None]:
        user = users.add_user(
            tx,
            org_id,
            by,
            body.email,
            body.name,
            call.now,
            password_hash=hashed,
            is_admin=bool(body.is_admin),
            is_active=body.is_active is not False,
        )
        return user, invite(tx, org_id, by, user.id, call.now) if body.invite else None

    user, invited = call.services.writer.run(job)
    shown = None if invited is None else invitation_json(call, invited)
    return JSONResponse({**full_user_json(user), "invitation": shown}, 201)


def invite_user(call: Call) -> Response:
    """Make a one-time link by which a person sets their password; the last one is void."""
    user_id, account = call.number("User"), call.account
    invited = call.services.writer.run(lambda tx: invite(tx, account.org_id, account.id, user_id, call.now))
    return JSONResponse(invitation_json(call, invited), 201)


def show_user(call: Call) -> Response:
    """Show a person."""
    user_id = call.number("User")
    with call.services.database.read() as connection:
        user = users.get_user(connection, call.account.org_id, user_id)
    return JSONResponse(full_user_json(user))


def change_user(call: Call) -> Response:
    """Change a person; a new password, and leaving, revoke their tokens."""
    user_id = call.number("User")
    org_id = call.account.org_id
    with call.services.database.read() as connection:
        user = users.get_user(connection, org_id, user_id)
    body = call.read(UserChanges)
    changes: dict[str, Any] = body.model_dump(exclude_none=True, exclude={"password"})
    if body.password is not None:
        changes["password_hash"] = _hashed(body.password, user.email)
    return _changed(call, user_id, changes)


def deactivate_user(call: Call) -> Response:
    """Deactivate a person: nobody who was ever paged is deleted."""
    return _changed(call, call.number("User"), {"is_active": False})


def list_tokens(call: Call) -> Response:
    """List where a person is logged in: tokens and sessions of the dashboard, the newest first."""
    query, user_id = call.query(PageQuery), call.number("User")
    with call.services.database.read() as connection:
        users.get_user(connection, call.account.org_id, user_id)
        found, total = credentials.list_tokens(
            connection, user_id, call.now, limit=query.per_page, offset=offset(query)
        )
    rows = [token_json(token, call.account.token_id) for token in found]
    return JSONResponse(paginated(call.request, query, rows, total, call.services.settings.public_url))


def revoke_tokens(call: Call) -> Response:
    """Log a person out everywhere."""
    user_id, account = call.number("User"), call.account
    call.services.writer.run(lambda tx: users.log_out(tx, account.org_id, account.id, user_id, call.now))
    return JSONResponse({"message": "Logged out everywhere"})


def _changed(call: Call, user_id: int, changes: dict[str, Any]) -> Response:
    user = call.services.writer.run(
        lambda tx: users.change_user(tx, call.account.org_id, call.account.id, user_id, changes, call.now)
    )
    return JSONResponse(full_user_json(user))


def _hashed(password: str, email: str) -> str:
    check_password(password, email)
    return hash_password(password)


def full_user_json(user: User) -> dict[str, Any]:
    """Return a person as admins see them."""
    return {
        **user_json(user),
        "is_active": user.is_active,
        "managed_by": user.managed_by or None,
        "created_at": instant(user.created_at),
    }


OPERATIONS = (
    Operation(
        "GET",
        "/api/users",
        list_users,
        "admin",
        SECTION,
        query=PageQuery,
        returns=ListAnswer[FullUserAnswer],
    ),
    Operation(
        "POST",
        "/api/users",
        add_user,
        "admin",
        SECTION,
        body=UserBody,
        status=201,
        returns=NewUserAnswer,
    ),
    Operation(
        "POST", "/api/users/{id}/invite", invite_user, "admin", SECTION, status=201, returns=InvitationAnswer
    ),
    Operation("GET", "/api/users/{id}", show_user, "admin", SECTION, returns=FullUserAnswer),
    Operation(
        "PATCH",
        "/api/users/{id}",
        change_user,
        "admin",
        SECTION,
        body=UserChanges,
        returns=FullUserAnswer,
    ),
    Operation("DELETE", "/api/users/{id}", deactivate_user, "admin", SECTION, returns=FullUserAnswer),
    Operation(
        "GET",
        "/api/users/{id}/tokens",
        list_tokens,
        "admin",
        SECTION,
        query=PageQuery,
        returns=ListAnswer[TokenAnswer],
    ),
    Operation("DELETE", "/api/users/{id}/tokens", revoke_tokens, "admin", SECTION, returns=Done),
)
