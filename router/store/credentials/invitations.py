"""One-time links by which somebody sets a password; a link's secret is kept as its SHA-256."""

from __future__ import annotations

import hashlib
import re
import secrets as random
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy import Connection

from router.store.tables import INVITATIONS

_TOKEN = re.compile(r"[A-Za-z0-9_-]{43}", re.ASCII)


@dataclass(frozen=True, slots=True)
class Invited:
    """Whom a link is for; `user_id` is None for the one that makes the first admin."""

    id: int
    user_id: int | None


def create_invitation(
    connection: Connection, user_id: int | None, now: datetime, expires_at: datetime
) -> str:
    """Make a link's token and return it; nobody can read it again."""
    token = random.token_urlsafe(32)
    connection.execute(sa.delete(INVITATIONS).where(INVITATIONS.c.expires_at <= now))
    values = {"user_id": user_id, "secret_hash": _hash(token), "created_at": now, "expires_at": expires_at}
    connection.execute(sa.insert(INVITATIONS).values(**values))
    return token


def find_invitation(connection: Connection, token: str, now: datetime) -> Invited | None:
    """Return whom a link is for; None when it is unknown, used or too old."""
    if _TOKEN.fullmatch(token) is None:
        return None
    query = sa.select(INVITATIONS.c.id, INVITATIONS.c.user_id).where(
        INVITATIONS.c.secret_hash == _hash(token), INVITATIONS.c.expires_at > now
    )
    row = connection.execute(query).one_or_none()
    return None if row is None else Invited(*row)


def void_invitations(connection: Connection, user_id: int | None) -> int:
    """Make a person's links void, or with None those for the first admin; returns how many there were."""
    return connection.execute(
        sa.delete(INVITATIONS).where(INVITATIONS.c.user_id.is_not_distinct_from(user_id))
    ).rowcount


def _hash(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()
