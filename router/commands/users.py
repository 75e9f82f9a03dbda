"""What admins do with people: make, change and deactivate them."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy import Connection

from router.commands.refusals import Missing, invalid
from router.store import people
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


def change_user(
    tx: Transaction, org_id: int, user_id: int, changes: Mapping[str, Any], now: datetime
) -> User:
    """Change a person and return them; a new password and leaving both end every session.

    Parameters:
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
    return get_user(tx.connection, org_id, user_id)


def _require_another_admin(tx: Transaction, user: User) -> None:
    others = sa.select(USERS.c.id).where(
        USERS.c.org_id == user.org_id,
        USERS.c.id != user.id,
        USERS.c.is_admin.is_(sa.true()),
        USERS.c.is_active.is_(sa.true()),
    )
    if tx.connection.execute(others.with_for_update()).first() is None:
        raise invalid("is_admin", "This is the last active admin: make somebody else one first.")
