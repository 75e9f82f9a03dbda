"""What admins do with people: make, change and deactivate them."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy import Connection

from router.commands.refusals import Missing, invalid
from router.store import audit, people
from router.store.audit import Doer
from router.store.credentials import revoke_tokens
from router.store.people import GIT, User
from router.store.tables import USERS
from router.store.writer import Transaction


def get_user(connection: Connection, org_id: int, user_id: int) -> User:
    """Return a person of an organisation. Raises Missing."""
    user = people.get_user(connection, org_id, user_id)
    if user is None:
        raise Missing("User")
    return user


def add_user(
    tx: Transaction,
    org_id: int,
    by: Doer,
    email: str,
    name: str,
    now: datetime,
    *,
    password_hash: str | None = None,
    is_admin: bool = False,
    is_active: bool = True,
) -> User:
    """Make a person and return them. Raises NotAcceptedError as `people.add_user`."""
    user = people.add_user(
        tx.connection,
        org_id,
        email,
        name,
        now,
        password_hash=password_hash,
        is_admin=is_admin,
        is_active=is_active,
    )
    said = [f"name: {user.name}", *(["admin"] if is_admin else []), *([] if is_active else ["inactive"])]
    audit.record(tx.connection, org_id, by, "user.added", f"user {user.email}", ", ".join(said), now)
    return user


def change_user(
    tx: Transaction, org_id: int, by: Doer, user_id: int, changes: Mapping[str, Any], now: datetime
) -> User:
    """Change a person and return them; a new password and leaving both end every session.

    Parameters:
      by: who changes them, for the audit log.
      changes: of `name`, `is_admin`, `is_active`, `password_hash`.
    Raises Missing, NotAcceptedError, and Invalid for what git says, or when no admin would be left.
    """
    user = get_user(tx.connection, org_id, user_id)
    changed = {name: value for name, value in changes.items() if getattr(user, name) != value}
    if user.managed_by == GIT:
        for name in ("name", "is_admin", "is_active"):
            if name in changed:
                raise invalid(name, "This person is managed by git: change the roster there.")
    if (
        user.is_admin
        and user.is_active
        and not (changed.get("is_admin", True) and changed.get("is_active", True))
    ):
        _require_another_admin(tx, user)
    if changed:
        people.change_user(tx.connection, user_id, **changed)
    if "password_hash" in changed or changed.get("is_active") is False:
        revoke_tokens(tx.connection, [user_id], now)
    _record(tx, by, user, changed, now)
    return get_user(tx.connection, org_id, user_id)


def log_out(tx: Transaction, org_id: int, by: Doer, user_id: int, now: datetime) -> None:
    """End every session and every token of a person, as for a phone that was lost. Raises Missing."""
    user = get_user(tx.connection, org_id, user_id)
    revoke_tokens(tx.connection, [user_id], now)
    audit.record(tx.connection, org_id, by, "user.logged_out", f"user {user.email}", "", now)


def _record(tx: Transaction, by: Doer, user: User, changed: Mapping[str, Any], now: datetime) -> None:
    about = f"user {user.email}"
    told = audit.difference(user, {name: changed[name] for name in ("name", "is_admin") if name in changed})
    if told:
        audit.record(tx.connection, user.org_id, by, "user.changed", about, told, now)
    if "is_active" in changed:
        act: audit.Act = "user.activated" if changed["is_active"] else "user.deactivated"
        audit.record(tx.connection, user.org_id, by, act, about, "", now)
    if "password_hash" in changed:
        audit.record(tx.connection, user.org_id, by, "user.password_set", about, "", now)


def _require_another_admin(tx: Transaction, user: User) -> None:
    others = sa.select(USERS.c.id).where(
        USERS.c.org_id == user.org_id,
        USERS.c.id != user.id,
        USERS.c.is_admin.is_(sa.true()),
        USERS.c.is_active.is_(sa.true()),
    )
    if tx.connection.execute(others.with_for_update()).first() is None:
        raise invalid("is_admin", "This is the last active admin: make somebody else one first.")
