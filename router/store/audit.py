"""The audit log: what was done to people, senders and rules, and by whom; never with a secret."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

import sqlalchemy as sa
from sqlalchemy import ColumnElement, Connection

from router.store.tables import AUDIT, USERS

Tool = Literal["command line", "bootstrap", "git", "this machine", "OpenID provider"]
Doer = int | Tool
"""Who acts: a person by id, or what acts without a log-in."""

COMMAND_LINE: Tool = "command line"
BY_BOOTSTRAP: Tool = "bootstrap"
BY_GIT: Tool = "git"
BY_PROVIDER: Tool = "OpenID provider"
THIS_MACHINE: Tool = "this machine"  # POST /-/reload from the server itself

Act = Literal[
    "user.added",
    "user.changed",
    "user.activated",
    "user.deactivated",
    "user.password_set",
    "user.invited",
    "user.joined",
    "setup.used",
    "user.logged_out",
    "contact.added",
    "contact.changed",
    "contact.removed",
    "contact.tested",
    "group.added",
    "group.changed",
    "group.activated",
    "group.deactivated",
    "group.member_added",
    "group.member_removed",
    "integration.added",
    "integration.changed",
    "integration.signing_set",
    "integration.signing_removed",
    "key.made",
    "key.changed",
    "key.revoked",
    "page.cancelled",
    "delivery.sent_again",
    "quarantine.replayed",
    "quarantine.dismissed",
    "revision.in_force",
    "reload",
    "login",
    "login.refused",
]

_LONGEST_ABOUT = 300
_LONGEST_DETAIL = 2000


@dataclass(frozen=True, slots=True)
class Entry:
    """Something that was done.

    Parameters:
      user_id: who did it; None for a tool.
      who: their e-mail, or the tool.
    """

    id: int
    at: datetime
    user_id: int | None
    who: str
    act: str
    about: str
    detail: str


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which entries; `who` is an e-mail or a tool."""

    who: str | None = None
    act: str | None = None
    since: datetime | None = None
    until: datetime | None = None


def record(
    connection: Connection, org_id: int, by: Doer, act: Act, about: str, detail: str, now: datetime
) -> None:
    """Note an act, in the transaction that does it.

    Parameters:
      about: what it was done to, by its kind and name: `user jane@example.com`.
      detail: what else is worth knowing; never a secret. Both are cut when they are very long.
      now: UTC.
    """
    row = {
        "org_id": org_id,
        "at": now,
        "user_id": by if isinstance(by, int) else None,
        "tool": "" if isinstance(by, int) else by,
        "act": act,
        "about": about[:_LONGEST_ABOUT],
        "detail": detail[:_LONGEST_DETAIL],
    }
    connection.execute(sa.insert(AUDIT).values(**row))


def difference(before: object, changes: Mapping[str, Any]) -> str:
    """Return what changes, for the detail of an entry: `name: Bob → Bobby, is_admin: no → yes`."""
    return ", ".join(
        f"{name}: {_said(getattr(before, name))} → {_said(value)}" for name, value in changes.items()
    )


def entries(
    connection: Connection, org_id: int, wanted: Wanted, *, limit: int, offset: int
) -> tuple[list[Entry], int]:
    """Return entries, newest first, and how many there are in all."""
    joined = AUDIT.outerjoin(USERS, USERS.c.id == AUDIT.c.user_id)
    where = [AUDIT.c.org_id == org_id, *_conditions(wanted)]
    total = sa.select(sa.func.count()).select_from(joined).where(*where)
    query = (
        sa.select(
            AUDIT.c.id,
            AUDIT.c.at,
            AUDIT.c.user_id,
            sa.func.coalesce(USERS.c.email, AUDIT.c.tool).label("who"),
            AUDIT.c.act,
            AUDIT.c.about,
            AUDIT.c.detail,
        )
        .select_from(joined)
        .where(*where)
        .order_by(AUDIT.c.at.desc(), AUDIT.c.id.desc())
        .limit(limit)
        .offset(offset)
    )
    found = [Entry(**row) for row in connection.execute(query).mappings()]
    return found, connection.execute(total).scalar_one()


def _conditions(wanted: Wanted) -> list[ColumnElement[bool]]:
    found: list[ColumnElement[bool]] = []
    if wanted.who is not None:
        found.append((AUDIT.c.tool == wanted.who) | (USERS.c.email == wanted.who.strip().lower()))
    if wanted.act is not None:
        found.append(AUDIT.c.act == wanted.act)
    if wanted.since is not None:
        found.append(AUDIT.c.at >= wanted.since)
    if wanted.until is not None:
        found.append(AUDIT.c.at <= wanted.until)
    return found


def _said(value: object) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    return "none" if value is None or value == "" else str(value)
