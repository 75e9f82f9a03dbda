"""Groups, for admins: who is paged together."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from starlette.responses import Response

from router.api.group_admin import GroupBody, GroupChanges
from router.api.validation import checked
from router.commands import groups as commands
from router.commands.refusals import invalid
from router.store import groups, people
from router.store.people import GIT
from router.web.forms import FRESH, Form, asks_again
from router.web.render import render
from router.web.screen import Screen, Visit, back_to


def show_groups(visit: Visit, form: Form = FRESH) -> Response:
    """List all groups, and ask for a new one."""
    org_id = visit.user.org_id
    with visit.services.database.read() as connection:
        found = groups.list_groups(connection, org_id, inactive=True)
        counts = groups.member_counts(connection, org_id)
    return render(visit, "groups.html", form.status, form=form, groups=found, counts=counts, git=GIT)


def show_group(visit: Visit, form: Form = FRESH) -> Response:
    """Show a group and who is in it."""
    group_id, org_id = visit.number("Group"), visit.user.org_id
    with visit.services.database.read() as connection:
        group = commands.get_group(connection, org_id, group_id)
        members = groups.members(connection, group)
        everybody, _ = people.list_users(connection, org_id)
    inside = {member.id for member in members}
    others = sorted(
        (user for user in everybody if user.is_active and user.id not in inside),
        key=lambda user: user.name.lower(),
    )
    ours = not group.is_all and group.managed_by != GIT
    shown = {"group": group, "members": members, "others": others, "ours": ours}
    return render(visit, "group.html", form.status, form=form, **shown)


@asks_again("add", show_groups)
def add_group(visit: Visit) -> Response:
    """Make a group, empty as yet."""
    body = checked(GroupBody, {name: visit.text(name) for name in ("name", "description")})
    user, description = visit.user, body.description or ""
    made = visit.services.writer.run(
        lambda tx: commands.add_group(tx, user.org_id, user.id, body.name, description, (), visit.now)
    )
    return back_to(f"/admin/groups/{made.id}", f"The group {made.name} is made: put people into it.")


@asks_again("change", show_group)
def change_group(visit: Visit) -> Response:
    """Change a group's name and description."""
    body = checked(GroupChanges, {name: visit.text(name) for name in ("name", "description")})
    if body.name is None:
        raise invalid("name", "The name field is required.")
    changes = {"name": body.name, "description": body.description or ""}
    return _changed(visit, changes, "The group is changed.")


def switch_group(visit: Visit) -> Response:
    """Let a group be paged, or no more."""
    active = visit.text("active") == "yes"
    said = "The group can be paged again." if active else "The group can no longer be paged."
    return _changed(visit, {"is_active": active}, said)


@asks_again("member", show_group)
def add_member(visit: Visit) -> Response:
    """Put a person into a group."""
    group_id, user = visit.number("Group"), visit.user
    chosen = visit.numbers("user_id")
    if not chosen:
        raise invalid("user_id", "Nobody was chosen.")
    visit.services.writer.run(
        lambda tx: commands.add_member(tx, user.org_id, user.id, group_id, chosen[0], visit.now)
    )
    return back_to(f"/admin/groups/{group_id}", "One more in the group.")


def remove_member(visit: Visit) -> Response:
    """Take a person out of a group."""
    group_id, user_id, user = visit.number("Group"), visit.number("User", "user_id"), visit.user
    visit.services.writer.run(
        lambda tx: commands.remove_member(tx, user.org_id, user.id, group_id, user_id, visit.now)
    )
    return back_to(f"/admin/groups/{group_id}", "One less in the group.")


def _changed(visit: Visit, changes: Mapping[str, Any], said: str) -> Response:
    group_id, user = visit.number("Group"), visit.user
    visit.services.writer.run(
        lambda tx: commands.change_group(tx, user.org_id, user.id, group_id, changes, visit.now)
    )
    return back_to(f"/admin/groups/{group_id}", said)


_ALL = "/admin/groups"
_ONE = "/admin/groups/{id}"

SCREENS = (
    Screen("GET", _ALL, show_groups, "admin"),
    Screen("POST", _ALL, add_group, "admin"),
    Screen("GET", _ONE, show_group, "admin"),
    Screen("POST", _ONE, change_group, "admin"),
    Screen("POST", f"{_ONE}/active", switch_group, "admin"),
    Screen("POST", f"{_ONE}/members", add_member, "admin"),
    Screen("POST", f"{_ONE}/members/{{user_id}}/remove", remove_member, "admin"),
)
