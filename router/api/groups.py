"""Reference, "List Groups" and "Get a Group"."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Connection
from starlette.responses import JSONResponse, Response

from router.api.operation import Call, Operation
from router.api.responses import GroupAnswer, GroupWithMembersAnswer, group_json, member_json
from router.api.schemas import GroupsQuery
from router.commands.refusals import Missing
from router.store import groups
from router.store.groups import Group


def list_groups(call: Call) -> Response:
    """List the active groups of the organisation; an admin may ask for the inactive ones as well."""
    query = call.query(GroupsQuery)
    user = call.account
    with call.services.database.read() as connection:
        found = groups.list_groups(connection, user.org_id, inactive=bool(query.inactive and user.is_admin))
    return JSONResponse([group_json(group) for group in found])


def show_group(call: Call) -> Response:
    """Show a group with its current members; one that is not active is there for admins only."""
    user = call.account
    group_id = call.number("Group")
    with call.services.database.read() as connection:
        group = groups.get_group(connection, user.org_id, group_id)
        if group is None or not (group.is_active or user.is_admin):
            raise Missing("Group")
        shown = full_group_json(connection, group)
    return JSONResponse(shown)


def full_group_json(connection: Connection, group: Group) -> dict[str, Any]:
    """Return a group with its members."""
    members = groups.members(connection, group)
    return {**group_json(group), "members": [member_json(member) for member in members]}


OPERATIONS = (
    Operation(
        "GET",
        "/api/groups",
        list_groups,
        "user",
        "List Groups",
        query=GroupsQuery,
        returns=list[GroupAnswer],
    ),
    Operation("GET", "/api/groups/{id}", show_group, "user", "Get a Group", returns=GroupWithMembersAnswer),
)
