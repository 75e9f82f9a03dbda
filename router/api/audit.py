"""The audit log, for admins (docs/api.md)."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import BaseModel, Field
from starlette.responses import JSONResponse, Response

from router.api.operation import Call, Operation
from router.api.pagination import offset, paginated
from router.api.responses import Instant, ListAnswer, instant
from router.api.schemas import RangeQuery, utc
from router.store import audit
from router.store.audit import Act, Entry


class AuditQuery(RangeQuery):
    """Which entries of the audit log."""

    who: (
        Annotated[str, Field(max_length=254, description="An e-mail, or `command line`, `bootstrap`, `git`.")]
        | None
    ) = None
    act: Act | None = None


class AuditAnswer(BaseModel):
    """Something that was done; `user_id` is null for a tool."""

    id: int
    at: Instant
    user_id: int | None
    who: str
    act: str
    about: str
    detail: str


def list_audit(call: Call) -> Response:
    """List what admins and tools did, and who logged in, newest first."""
    query = call.query(AuditQuery)
    wanted = audit.Wanted(
        who=query.who, act=query.act, since=utc(query.since, "from"), until=utc(query.until, "to")
    )
    with call.services.database.read() as connection:
        found, total = audit.entries(
            connection, call.account.org_id, wanted, limit=query.per_page, offset=offset(query)
        )
    rows = [_entry_json(entry) for entry in found]
    return JSONResponse(paginated(call.request, query, rows, total, call.services.settings.public_url))


def _entry_json(entry: Entry) -> dict[str, Any]:
    return {
        "id": entry.id,
        "at": instant(entry.at),
        "user_id": entry.user_id,
        "who": entry.who,
        "act": entry.act,
        "about": entry.about,
        "detail": entry.detail,
    }


OPERATIONS = (
    Operation(
        "GET",
        "/api/audit",
        list_audit,
        "admin",
        "Audit log",
        query=AuditQuery,
        returns=ListAnswer[AuditAnswer],
    ),
)
