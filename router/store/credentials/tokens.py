"""Bearer tokens `ID|SECRET` of people; the secret is kept as its SHA-256."""

from __future__ import annotations

import hashlib
import hmac
import re
import secrets as random
import string
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy import Connection

from router.store.tables import TOKENS, USERS

_TOKEN = re.compile(r"([1-9][0-9]{0,17})\|([A-Za-z0-9]{40})", re.ASCII)
_ALPHABET = string.ascii_letters + string.digits
_LENGTH = 40


@dataclass(frozen=True, slots=True)
class Account:
    """Who is logged in: an active user, and by which token (None for a session of the dashboard)."""

    id: int
    org_id: int
    email: str
    name: str
    is_admin: bool
    token_id: int | None = None


def create_token(
    connection: Connection, user_id: int, device_name: str, now: datetime, expires_at: datetime | None = None
) -> str:
    """Make a token for a user and return it, as it is shown once.

    Parameters:
      expires_at: of a session of the dashboard, UTC; None for a token of the API, which lasts until revoked.
    """
    secret = "".join(random.choice(_ALPHABET) for _ in range(_LENGTH))
    query = (
        sa.insert(TOKENS)
        .values(
            user_id=user_id,
            token_hash=_hash(secret),
            device_name=device_name[:200],
            created_at=now,
            expires_at=expires_at,
        )
        .returning(TOKENS.c.id)
    )
    return f"{connection.execute(query).scalar_one()}|{secret}"


def find_token(connection: Connection, token: str) -> Account | None:
    """Return whose token of the API it is.

    None when it is unknown or revoked, a session's, or the user is not active any more.
    """
    return _find(connection, token, TOKENS.c.expires_at.is_(None))


def find_session(connection: Connection, token: str, now: datetime) -> Account | None:
    """Return whose session of the dashboard it is; None when it is over, or as `find_token`."""
    return _find(connection, token, TOKENS.c.expires_at > now)


def _find(connection: Connection, token: str, kind: sa.ColumnElement[bool]) -> Account | None:
    parts = _TOKEN.fullmatch(token)
    if parts is None:
        return None
    row = connection.execute(
        sa.select(
            TOKENS.c.token_hash,
            USERS.c.id,
            USERS.c.org_id,
            USERS.c.email,
            USERS.c.name,
            USERS.c.is_admin,
        )
        .join_from(TOKENS, USERS, TOKENS.c.user_id == USERS.c.id)
        .where(
            TOKENS.c.id == int(parts[1]),
            TOKENS.c.revoked_at.is_(None),
            kind,
            USERS.c.is_active.is_(sa.true()),
        )
    ).one_or_none()
    if row is None or not hmac.compare_digest(row.token_hash, _hash(parts[2])):
        return None
    return Account(row.id, row.org_id, row.email, row.name, row.is_admin, int(parts[1]))


def account_of(connection: Connection, user_id: int) -> Account | None:
    """Return an active user as if logged in; None for one who is not there any more."""
    columns = USERS.c.id, USERS.c.org_id, USERS.c.email, USERS.c.name, USERS.c.is_admin
    who = (USERS.c.id == user_id) & USERS.c.is_active.is_(sa.true())
    row = connection.execute(sa.select(*columns).where(who)).one_or_none()
    return None if row is None else Account(*row)


@dataclass(frozen=True, slots=True)
class TokenInfo:
    """A token that is in force, without the token; `expires_at` is None for one of the API."""

    id: int
    device_name: str
    created_at: datetime
    expires_at: datetime | None
    last_used_at: datetime | None
    last_used_from: str | None


def list_tokens(
    connection: Connection, user_id: int, now: datetime, *, limit: int = 1000, offset: int = 0
) -> tuple[tuple[TokenInfo, ...], int]:
    """Return a person's tokens and sessions in force, the newest first, and how many there are in all."""
    mine = (
        (TOKENS.c.user_id == user_id)
        & TOKENS.c.revoked_at.is_(None)
        & (TOKENS.c.expires_at.is_(None) | (TOKENS.c.expires_at > now))
    )
    columns = (TOKENS.c[name] for name in TokenInfo.__slots__)
    query = sa.select(*columns).where(mine).order_by(TOKENS.c.id.desc()).limit(limit).offset(offset)
    total = connection.execute(sa.select(sa.func.count()).select_from(TOKENS).where(mine)).scalar_one()
    return tuple(TokenInfo(**row._mapping) for row in connection.execute(query)), total


def revoke_token(connection: Connection, user_id: int, token_id: int, now: datetime) -> bool:
    """Revoke a token of a person, for good; returns whether they have one of that id."""
    mine = (TOKENS.c.id == token_id) & (TOKENS.c.user_id == user_id)
    connection.execute(sa.update(TOKENS).where(mine, TOKENS.c.revoked_at.is_(None)).values(revoked_at=now))
    return connection.execute(sa.select(TOKENS.c.id).where(mine)).first() is not None


def revoke_tokens(
    connection: Connection, user_ids: Iterable[int], now: datetime, *, but: int | None = None
) -> None:
    """Revoke every token of users, as when a password changes or somebody leaves.

    Parameters:
      but: the id of one that stays.
    """
    theirs = TOKENS.c.user_id.in_(list(user_ids)) & TOKENS.c.revoked_at.is_(None)
    if but is not None:
        theirs &= TOKENS.c.id != but
    connection.execute(sa.update(TOKENS).where(theirs).values(revoked_at=now))


def _hash(secret: str) -> str:
    return hashlib.sha256(secret.encode()).hexdigest()
