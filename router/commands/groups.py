"""What admins do with groups: make and change them, and say who is in them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import Connection

from router.commands.refusals import Missing, invalid
from router.lifecycle.model import Target
from router.store import groups
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
    tx: Transaction, org_id: int, name: str, description: str, member_ids: Iterable[int], now: datetime
) -> Group:
    """Make a group with its members. Raises NotAcceptedError, and Invalid for members that do not exist."""
    members = list(member_ids)
    _require_users(tx.connection, org_id, {f"member_ids.{i}": user for i, user in enumerate(members)})
    return groups.add_group(tx.connection, org_id, name, now, description=description, member_ids=members)


def change_group(tx: Transaction, org_id: int, group_id: int, changes: Mapping[str, Any]) -> Group:
    """Change a group and return it.

    Parameters:
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
    return get_group(tx.connection, org_id, group_id)


def add_member(tx: Transaction, org_id: int, group_id: int, user_id: int) -> None:
    """Put a person into a group; again changes nothing. Raises Missing, and Invalid as `change_group`."""
    group = get_group(tx.connection, org_id, group_id)
    if not known_targets(tx.connection, org_id, {Target("user", user_id)}):
        raise Missing("User")
    _require_ours(group, "group")
    groups.add_members(tx.connection, group_id, [user_id])


def remove_member(tx: Transaction, org_id: int, group_id: int, user_id: int) -> None:
    """Take a person out of a group; again changes nothing. Raises as `add_member`."""
    group = get_group(tx.connection, org_id, group_id)
    if not known_targets(tx.connection, org_id, {Target("user", user_id)}):
        raise Missing("User")
    _require_ours(group, "group")
    groups.remove_members(tx.connection, group_id, [user_id])


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
