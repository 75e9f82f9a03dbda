"""What admins do with groups: make and change them, and say who is in them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import Connection

from router.commands.refusals import Missing, invalid
from router.lifecycle.model import Target
from router.store import audit, groups, people
from router.store.audit import Doer
from router.store.groups import Group
from router.store.people import GIT
from router.store.targets import known_targets
from router.store.writer import Transaction


def get_group(connection: Connection, org_id: int, group_id: int) -> Group:
    """Return a group of an organisation. Raises Missing."""
    group = groups.get_group(connection, org_id, group_id)
    if group is None:
        raise Missing("Group")
    return group


def add_group(
    tx: Transaction,
    org_id: int,
    by: Doer,
    name: str,
    description: str,
    member_ids: Iterable[int],
    now: datetime,
) -> Group:
    """Make a group with its members. Raises NotAcceptedError, and Invalid for members that do not exist."""
    members = list(member_ids)
    _require_users(tx.connection, org_id, {f"member_ids.{i}": user for i, user in enumerate(members)})
    group = groups.add_group(tx.connection, org_id, name, now, description=description, member_ids=members)
    inside = ", ".join(user.email for user in groups.members(tx.connection, group))
    detail = f"members: {inside}" if inside else ""
    audit.record(tx.connection, org_id, by, "group.added", f"group {group.name}", detail, now)
    return group


def change_group(
    tx: Transaction, org_id: int, by: Doer, group_id: int, changes: Mapping[str, Any], now: datetime
) -> Group:
    """Change a group and return it.

    Parameters:
      by: who changes it, for the audit log.
      changes: of `name`, `description`, `is_active`.
    Raises Missing, NotAcceptedError, and Invalid for a name that is taken, for `All`, and for what git says.
    """
    group = get_group(tx.connection, org_id, group_id)
    changed = {name: value for name, value in changes.items() if getattr(group, name) != value}
    for field in changed:
        _require_ours(group, field)
    if "name" in changed:
        name = changed["name"]
        taken = groups.find_group(tx.connection, org_id, name)
        if name.lower() == "all" or (taken is not None and taken.id != group.id):
            raise invalid("name", f"There is a group {name!r} already.")
    if changed:
        groups.change_group(tx.connection, group_id, **changed)
        _record_change(tx, by, group, changed, now)
    return get_group(tx.connection, org_id, group_id)


def add_member(tx: Transaction, org_id: int, by: Doer, group_id: int, user_id: int, now: datetime) -> None:
    """Put a person into a group; again changes nothing. Raises Missing, and Invalid as `change_group`."""
    group, user = _group_and_user(tx.connection, org_id, group_id, user_id)
    if groups.add_members(tx.connection, group_id, [user_id]):
        about = f"group {group.name}"
        audit.record(tx.connection, org_id, by, "group.member_added", about, user.email, now)


def remove_member(tx: Transaction, org_id: int, by: Doer, group_id: int, user_id: int, now: datetime) -> None:
    """Take a person out of a group; again changes nothing. Raises as `add_member`."""
    group, user = _group_and_user(tx.connection, org_id, group_id, user_id)
    if groups.remove_members(tx.connection, group_id, [user_id]):
        about = f"group {group.name}"
        audit.record(tx.connection, org_id, by, "group.member_removed", about, user.email, now)


def _group_and_user(
    connection: Connection, org_id: int, group_id: int, user_id: int
) -> tuple[Group, people.User]:
    group = get_group(connection, org_id, group_id)
    user = people.get_user(connection, org_id, user_id)
    if user is None:
        raise Missing("User")
    _require_ours(group, "group")
    return group, user


def _record_change(
    tx: Transaction, by: Doer, group: Group, changed: Mapping[str, Any], now: datetime
) -> None:
    about = f"group {group.name}"
    told = audit.difference(group, {name: changed[name] for name in changed if name != "is_active"})
    if told:
        audit.record(tx.connection, group.org_id, by, "group.changed", about, told, now)
    if "is_active" in changed:
        act: audit.Act = "group.activated" if changed["is_active"] else "group.deactivated"
        audit.record(tx.connection, group.org_id, by, act, about, "", now)


def _require_ours(group: Group, field: str) -> None:
    if group.is_all:
        raise invalid(field, "The group 'All' is reserved: it always has every active pager.")
    if group.managed_by == GIT:
        raise invalid(field, "This group is managed by git: change the roster there.")


def _require_users(connection: Connection, org_id: int, users: Mapping[str, int]) -> None:
    known = known_targets(connection, org_id, {Target("user", user_id) for user_id in users.values()})
    for field, user_id in users.items():
        if Target("user", user_id) not in known:
            raise invalid(field, f"The selected {field} is invalid.")
