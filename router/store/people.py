"""Users, and who a target is at this moment."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy import ColumnElement, Connection

from router.lifecycle.model import Contact, Person, Target
from router.store.names import NotAcceptedError, email_of, name_of
from router.store.prepared import Query
from router.store.tables import CONTACTS, GROUP_MEMBERS, GROUPS, USERS

GIT = "git"
"""`managed_by` of what the roster in git owns; whatever else there is has an empty one."""


@dataclass(frozen=True, slots=True)
class User:
    """A person; `password_hash` is None for one who never logs in by password."""

    id: int
    org_id: int
    email: str
    name: str
    password_hash: str | None = field(repr=False)
    is_admin: bool
    is_active: bool
    managed_by: str
    created_at: datetime


def add_user(
    connection: Connection,
    org_id: int,
    email: str,
    name: str,
    now: datetime,
    *,
    password_hash: str | None = None,
    is_admin: bool = False,
    is_active: bool = True,
    managed_by: str = "",
) -> User:
    """Store a new user and return it.

    Parameters:
      password_hash: as `hash_password` makes it.
      now: UTC.
    Raises NotAcceptedError for a bad e-mail or name, and for an e-mail that anybody has, in any organisation.
    """
    values = {
        "org_id": org_id,
        "email": email_of(email),
        "name": name_of(name),
        "password_hash": password_hash,
        "is_admin": is_admin,
        "is_active": is_active,
        "managed_by": managed_by,
        "created_at": now,
    }
    if find_user(connection, email) is not None:
        raise NotAcceptedError("email", f"{values['email']} is taken: every user has an e-mail of their own.")
    user_id = connection.execute(sa.insert(USERS).values(**values).returning(USERS.c.id)).scalar_one()
    return User(id=user_id, **values)  # type: ignore[arg-type]


def find_user(connection: Connection, email: str) -> User | None:
    """Return a user by e-mail, whatever the case it is written in and whatever the organisation."""
    return _one(connection, USERS.c.email == email.strip().lower())


def get_user(connection: Connection, org_id: int, user_id: int) -> User | None:
    """Return a user of an organisation by id; None for one of another organisation too."""
    return _one(connection, (USERS.c.id == user_id) & (USERS.c.org_id == org_id))


def list_users(
    connection: Connection, org_id: int, *, limit: int = 1000, offset: int = 0
) -> tuple[tuple[User, ...], int]:
    """Return users of an organisation in order of their ids, and how many there are in all."""
    mine = USERS.c.org_id == org_id
    rows = connection.execute(sa.select(USERS).where(mine).order_by(USERS.c.id).limit(limit).offset(offset))
    total = connection.execute(sa.select(sa.func.count()).select_from(USERS).where(mine)).scalar_one()
    return tuple(_user(row) for row in rows), total


def change_user(connection: Connection, user_id: int, **changes: Any) -> None:
    """Change columns of a user: `name`, `is_admin`, `is_active`, `managed_by`, `password_hash`."""
    if "name" in changes:
        changes["name"] = name_of(changes["name"])
    connection.execute(sa.update(USERS).where(USERS.c.id == user_id).values(**changes))


def reach(connection: Connection, target: Target, org_id: int) -> tuple[Person, ...]:
    """Return who a target is now: active users with their active contacts, in the order of trying them.

    A user without contacts is there too, so that a page can say so. Nobody, when the target is inactive,
    unknown or another organisation's. One query for a user, two for a group.

    Parameters:
      target: by id, or else by name: a user's e-mail, a group's name; the group `All` is every active user.
    """
    if target.kind == "user":
        if target.id is not None:
            return _persons(_USER_BY_ID.rows(connection, org=org_id, sought=target.id))
        return _persons(_USER_BY_EMAIL.rows(connection, org=org_id, sought=target.name.strip().lower()))
    query, sought = (_GROUP_BY_NAME, target.name) if target.id is None else (_GROUP_BY_ID, target.id)
    for group in query.rows(connection, org=org_id, sought=sought):
        if group.is_all:
            return _persons(_EVERYBODY.rows(connection, org=org_id))
        return _persons(_MEMBERS.rows(connection, org=org_id, sought=group.id))
    return ()


_REACHED = (
    sa.select(USERS.c.id, USERS.c.name, CONTACTS.c.id, CONTACTS.c.destination)
    .select_from(
        USERS.outerjoin(CONTACTS, (CONTACTS.c.user_id == USERS.c.id) & CONTACTS.c.is_active.is_(sa.true()))
    )
    .where(USERS.c.org_id == sa.bindparam("org"), USERS.c.is_active.is_(sa.true()))
    .order_by(USERS.c.id, CONTACTS.c.position, CONTACTS.c.id)
)
_SOUGHT: sa.BindParameter[Any] = sa.bindparam("sought")
_USER_BY_ID = Query(_REACHED.where(USERS.c.id == _SOUGHT))
_USER_BY_EMAIL = Query(_REACHED.where(USERS.c.email == _SOUGHT))
_EVERYBODY = Query(_REACHED)
_MEMBERS = Query(
    _REACHED.where(
        USERS.c.id.in_(sa.select(GROUP_MEMBERS.c.user_id).where(GROUP_MEMBERS.c.group_id == _SOUGHT))
    )
)
_GROUP = sa.select(GROUPS.c.id, GROUPS.c.is_all).where(
    GROUPS.c.org_id == sa.bindparam("org"), GROUPS.c.is_active.is_(sa.true())
)
_GROUP_BY_ID = Query(_GROUP.where(GROUPS.c.id == _SOUGHT))
_GROUP_BY_NAME = Query(_GROUP.where(GROUPS.c.name == _SOUGHT))


def _persons(rows: Iterable[Any]) -> tuple[Person, ...]:
    contacts: dict[tuple[int, str], list[Contact]] = {}
    for user_id, name, contact_id, destination in rows:
        theirs = contacts.setdefault((user_id, name), [])
        if contact_id is not None:
            theirs.append(Contact(contact_id, destination))
    return tuple(Person(user_id, name, tuple(theirs)) for (user_id, name), theirs in contacts.items())


def _one(connection: Connection, which: ColumnElement[bool]) -> User | None:
    row = connection.execute(sa.select(USERS).where(which)).one_or_none()
    return None if row is None else _user(row)


def _user(row: sa.Row[Any]) -> User:
    return User(**row._mapping)
