"""What people may do about themselves: see where they are logged in, and log out there."""

from __future__ import annotations

from typing import Any

from pydantic import BaseModel
from starlette.responses import JSONResponse, Response

from router.api.operation import Call, Operation
from router.api.pagination import offset, paginated
from router.api.responses import Done, Instant, ListAnswer, instant, optional_instant
from router.api.schemas import PageQuery
from router.commands.refusals import Missing
from router.store import credentials
from router.store.credentials import TokenInfo

SECTION = "Authentication"


class TokenAnswer(BaseModel):
    """A token or session in force, without the token; `expires_at` is null for one of the API."""

    id: int
    device_name: str
    is_current: bool
    created_at: Instant
    expires_at: Instant | None
    last_used_at: Instant | None
    last_used_from: str | None


def list_tokens(call: Call) -> Response:
    """List where one is logged in: tokens and sessions of the dashboard, the newest first."""
    query, user = call.query(PageQuery), call.account
    with call.services.database.read() as connection:
        found, total = credentials.list_tokens(
            connection, user.id, call.now, limit=query.per_page, offset=offset(query)
        )
    rows = [token_json(token, user.token_id) for token in found]
    return JSONResponse(paginated(call.request, query, rows, total, call.services.settings.public_url))


def revoke_token(call: Call) -> Response:
    """Log out in one place."""
    token_id, user = call.number("Token"), call.account
    found = call.services.writer.run(
        lambda tx: credentials.revoke_token(tx.connection, user.id, token_id, call.now)
    )
    if not found:
        raise Missing("Token")
    return JSONResponse({"message": "Token revoked successfully"})


def revoke_tokens(call: Call) -> Response:
    """Log out everywhere, here too."""
    call.services.writer.run(lambda tx: credentials.revoke_tokens(tx.connection, [call.account.id], call.now))
    return JSONResponse({"message": "Logged out everywhere"})


def token_json(token: TokenInfo, current: int | None) -> dict[str, Any]:
    """Return a token as it may be shown; `current` is the id of the one that the request was made with."""
    return {
        "id": token.id,
        "device_name": token.device_name,
        "is_current": token.id == current,
        "created_at": instant(token.created_at),
        "expires_at": optional_instant(token.expires_at),
        "last_used_at": optional_instant(token.last_used_at),
        "last_used_from": token.last_used_from,
    }


_TOKENS = "/api/me/tokens"

OPERATIONS = (
    Operation("GET", _TOKENS, list_tokens, "user", SECTION, query=PageQuery, returns=ListAnswer[TokenAnswer]),
    Operation("DELETE", _TOKENS, revoke_tokens, "user", SECTION, returns=Done),
    Operation("DELETE", f"{_TOKENS}/{{id}}", revoke_token, "user", SECTION, returns=Done),
)
