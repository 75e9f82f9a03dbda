"""Groups and who is in them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy import ColumnElement, Connection

from router.store.names import NotAcceptedError, name_of
from router.store.people import User
from router.store.tables import GROUP_MEMBERS, GROUPS, USERS


@dataclass(frozen=True, slots=True)
class Group:
    """A named set of people; `is_all` marks the reserved one that has every active pager."""

    id: int
    org_id: int
    name: str
    description: str
    is_all: bool
    is_active: bool
    managed_by: str
    created_at: datetime


def add_group(
    connection: Connection,
    org_id: int,
    name: str,
    now: datetime,
    *,
    description: str = "",
    member_ids: Iterable[int] = (),
    managed_by: str = "",
) -> Group:
    """Store a new group with its members and return it.

    Raises NotAcceptedError for a bad name, the reserved `All`, or one that the organisation has already.
    """
    name = name_of(name)
    if name.lower() == "all":
        raise NotAcceptedError("name", "The group 'All' is reserved: it has every active pager.")
    if find_group(connection, org_id, name) is not None:
        raise NotAcceptedError("name", f"There is a group {name!r} already.")
    values = {
        "org_id": org_id,
        "name": name,
        "description": description,
        "is_all": False,
        "is_active": True,
        "managed_by": managed_by,
        "created_at": now,
    }
    group_id = connection.execute(sa.insert(GROUPS).values(**values).returning(GROUPS.c.id)).scalar_one()
    add_members(connection, group_id, member_ids)
    return Group(id=group_id, **values)  # type: ignore[arg-type]


def find_group(connection: Connection, org_id: int, name: str) -> Group | None:
    """Return a group of an organisation by its name, or None."""
    return _one(connection, (GROUPS.c.org_id == org_id) & (GROUPS.c.name == name))


def get_group(connection: Connection, org_id: int, group_id: int) -> Group | None:
    """Return a group of an organisation by id; None for one of another organisation too."""
    return _one(connection, (GROUPS.c.org_id == org_id) & (GROUPS.c.id == group_id))


def list_groups(connection: Connection, org_id: int, *, inactive: bool = False) -> tuple[Group, ...]:
    """Return the active groups of an organisation in order of their ids; all of them if `inactive`."""
    query = sa.select(GROUPS).where(GROUPS.c.org_id == org_id).order_by(GROUPS.c.id)
    if not inactive:
        query = query.where(GROUPS.c.is_active.is_(sa.true()))
    return tuple(_group(row) for row in connection.execute(query))


def change_group(connection: Connection, group_id: int, **changes: Any) -> None:
    """Change columns of a group: `name`, `description`, `is_active`, `managed_by`."""
    if "name" in changes:
        changes["name"] = name_of(changes["name"])
    connection.execute(sa.update(GROUPS).where(GROUPS.c.id == group_id).values(**changes))


def members(connection: Connection, group: Group) -> tuple[User, ...]:
    """Return who is in a group, inactive people included; every active user for `All`."""
    query = sa.select(USERS).where(USERS.c.org_id == group.org_id).order_by(USERS.c.id)
    if group.is_all:
        query = query.where(USERS.c.is_active.is_(sa.true()))
    else:
        inside = sa.select(GROUP_MEMBERS.c.user_id).where(GROUP_MEMBERS.c.group_id == group.id)
        query = query.where(USERS.c.id.in_(inside))
    return tuple(User(**row._mapping) for row in connection.execute(query))


def member_counts(connection: Connection, org_id: int) -> dict[int, int]:
    """Return how many active people are in each group of an organisation; empty groups are missing."""
    active = (USERS.c.org_id == org_id) & USERS.c.is_active.is_(sa.true())
    query = (
        sa.select(GROUP_MEMBERS.c.group_id, sa.func.count())
        .join(USERS, USERS.c.id == GROUP_MEMBERS.c.user_id)
        .where(active)
        .group_by(GROUP_MEMBERS.c.group_id)
    )
    counts = {row[0]: row[1] for row in connection.execute(query)}
    everybody = sa.select(sa.func.count()).select_from(USERS).where(active)
    of_all = sa.select(GROUPS.c.id).where(GROUPS.c.org_id == org_id, GROUPS.c.is_all.is_(sa.true()))
    for group_id in connection.execute(of_all).scalars():
        counts[group_id] = connection.execute(everybody).scalar_one()
    return counts


def groups_of(connection: Connection, org_id: int, user_id: int) -> tuple[Group, ...]:
    """Return the groups that a person is in, inactive ones too, but for `All`."""
    inside = sa.select(GROUP_MEMBERS.c.group_id).where(GROUP_MEMBERS.c.user_id == user_id)
    query = sa.select(GROUPS).where(GROUPS.c.org_id == org_id, GROUPS.c.id.in_(inside))
    return tuple(_group(row) for row in connection.execute(query.order_by(GROUPS.c.name)))


def add_members(connection: Connection, group_id: int, user_ids: Iterable[int]) -> int:
    """Put users of the group's organisation into it, and return how many are new."""
    there = set(
        connection.execute(
            sa.select(GROUP_MEMBERS.c.user_id).where(GROUP_MEMBERS.c.group_id == group_id)
        ).scalars()
    )
    rows = [{"group_id": group_id, "user_id": user_id} for user_id in sorted(set(user_ids) - there)]
    if rows:
        connection.execute(sa.insert(GROUP_MEMBERS), rows)
    return len(rows)


def remove_members(connection: Connection, group_id: int, user_ids: Iterable[int]) -> int:
    """Take users out of a group, and return how many were in it."""
    return connection.execute(
        sa.delete(GROUP_MEMBERS).where(
            GROUP_MEMBERS.c.group_id == group_id, GROUP_MEMBERS.c.user_id.in_(list(user_ids))
        )
    ).rowcount


def _one(connection: Connection, which: ColumnElement[bool]) -> Group | None:
    row = connection.execute(sa.select(GROUPS).where(which)).one_or_none()
    return None if row is None else _group(row)


def _group(row: sa.Row[Any]) -> Group:
    return Group(**row._mapping)
