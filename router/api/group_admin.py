"""Groups, for admins: make and change them, and say who is in them."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import Field
from starlette.responses import JSONResponse, Response

from router.api.groups import full_group_json
from router.api.operation import Call, Operation
from router.api.responses import GroupWithMembersAnswer
from router.api.schemas import PlainName
from router.api.validation import BLANK_TO_NONE, Id, Schema
from router.commands import groups
from router.store.groups import Group
from router.store.writer import Transaction

SECTION = "Groups"
MAX_MEMBERS = 1000
Description = Annotated[Annotated[str, Field(max_length=1000)] | None, BLANK_TO_NONE]


class GroupBody(Schema):
    """A new group with its members."""

    name: PlainName
    description: Description = None
    member_ids: Annotated[list[Id], Field(max_length=MAX_MEMBERS)] | None = None


class GroupChanges(Schema):
    """What to change about a group; what is left out stays."""

    name: PlainName | None = None
    description: Description = None
    is_active: bool | None = None


def add_group(call: Call) -> Response:
    """Make a group."""
    body = call.read(GroupBody)
    org_id = call.account.org_id

    def job(tx: Transaction) -> dict[str, Any]:
        group = groups.add_group(
            tx, org_id, call.account.id, body.name, body.description or "", body.member_ids or (), call.now
        )
        return full_group_json(tx.connection, group)

    return JSONResponse(call.services.writer.run(job), 201)


def change_group(call: Call) -> Response:
    """Change a group."""
    body = call.read(GroupChanges)
    changes = body.model_dump(exclude_none=True)
    if "description" in body.model_fields_set:
        changes["description"] = body.description or ""
    return _changed(call, changes)


def deactivate_group(call: Call) -> Response:
    """Deactivate a group: it can no longer be paged, and what names it says so."""
    return _changed(call, {"is_active": False})


def add_member(call: Call) -> Response:
    """Put a person into a group; one who is there stays."""
    group_id, user_id = call.number("Group"), call.number("User", "user_id")
    org_id = call.account.org_id

    def job(tx: Transaction) -> dict[str, Any]:
        groups.add_member(tx, org_id, call.account.id, group_id, user_id, call.now)
        return full_group_json(tx.connection, groups.get_group(tx.connection, org_id, group_id))

    return JSONResponse(call.services.writer.run(job))


def remove_member(call: Call) -> Response:
    """Take a person out of a group; one who is not there stays out."""
    group_id, user_id = call.number("Group"), call.number("User", "user_id")
    org_id = call.account.org_id

    def job(tx: Transaction) -> dict[str, Any]:
        groups.remove_member(tx, org_id, call.account.id, group_id, user_id, call.now)
        return full_group_json(tx.connection, groups.get_group(tx.connection, org_id, group_id))

    return JSONResponse(call.services.writer.run(job))


def _changed(call: Call, changes: dict[str, Any]) -> Response:
    group_id = call.number("Group")
    org_id = call.account.org_id

    def job(tx: Transaction) -> dict[str, Any]:
        group: Group = groups.change_group(tx, org_id, call.account.id, group_id, changes, call.now)
        return full_group_json(tx.connection, group)

    return JSONResponse(call.services.writer.run(job))


_ONE = "/api/groups/{id}"
_MEMBER = "/api/groups/{id}/members/{user_id}"

OPERATIONS = (
    Operation(
        "POST",
        "/api/groups",
        add_group,
        "admin",
        SECTION,
        body=GroupBody,
        status=201,
        returns=GroupWithMembersAnswer,
    ),
    Operation(
        "PATCH", _ONE, change_group, "admin", SECTION, body=GroupChanges, returns=GroupWithMembersAnswer
    ),
    Operation("DELETE", _ONE, deactivate_group, "admin", SECTION, returns=GroupWithMembersAnswer),
    Operation("PUT", _MEMBER, add_member, "admin", SECTION, returns=GroupWithMembersAnswer),
    Operation("DELETE", _MEMBER, remove_member, "admin", SECTION, returns=GroupWithMembersAnswer),
)
