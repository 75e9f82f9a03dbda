"""One-time links: for people who set their password, and for the first admin of an installation."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta

import sqlalchemy as sa
from sqlalchemy import Connection

from router.commands.refusals import Missing, invalid
from router.commands.users import get_user
from router.store import audit, people
from router.store.audit import Doer
from router.store.credentials import Account, account_of, revoke_tokens
from router.store.credentials.invitations import create_invitation, find_invitation, void_invitations
from router.store.organisations import DEFAULT, ensure_organisation, find_organisation
from router.store.people import GIT, User
from router.store.tables import USERS
from router.store.writer import Transaction

LASTS = timedelta(hours=72)


@dataclass(frozen=True, slots=True)
class Invitation:
    """A link's token, shown once, and when it ends, UTC."""

    token: str = field(repr=False)
    expires_at: datetime


def link(base_url: str, token: str) -> str:
    """Return the address at which a person opens an invitation."""
    return f"{base_url.rstrip('/')}/invitation/{token}"


def setup_link(base_url: str, token: str) -> str:
    """Return the address at which the first admin sets up."""
    return f"{base_url.rstrip('/')}/setup/{token}"


def invite(tx: Transaction, org_id: int, by: Doer, user_id: int, now: datetime) -> Invitation:
    """Make a link by which a person sets their password; those made before are void.

    A password that they have holds until the link is used.

    Parameters:
      by: who invites, for the audit log.
    Raises Missing, and Invalid for somebody who is not active.
    """
    user = get_user(tx.connection, org_id, user_id)
    if not user.is_active:
        raise invalid("user", f"{user.email} is not active: activate them first.")
    void_invitations(tx.connection, user_id)
    token = create_invitation(tx.connection, user_id, now, now + LASTS)
    audit.record(tx.connection, org_id, by, "user.invited", f"user {user.email}", "", now)
    return Invitation(token, now + LASTS)


def invited(connection: Connection, token: str, now: datetime) -> Account:
    """Return whom a link is for. Raises Missing for one that does not hold, also when they left."""
    found = find_invitation(connection, token, now)
    account = None if found is None or found.user_id is None else account_of(connection, found.user_id)
    if account is None:
        raise _void()
    return account


def accept(tx: Transaction, token: str, name: str | None, password_hash: str, now: datetime) -> User:
    """Set the password, and the name unless it is None, of whom a link is for; ends all their sessions.

    The name of somebody whom git manages stays. Raises Missing as `invited`, and NotAcceptedError.
    """
    account = invited(tx.connection, token, now)
    user = get_user(tx.connection, account.org_id, account.id)
    if not void_invitations(tx.connection, user.id):
        raise _void()
    changes = {"password_hash": password_hash}
    if name is not None and user.managed_by != GIT:
        changes["name"] = name
    people.change_user(tx.connection, user.id, **changes)
    revoke_tokens(tx.connection, [user.id], now)
    audit.record(tx.connection, user.org_id, user.id, "user.joined", f"user {user.email}", "by a link", now)
    return get_user(tx.connection, user.org_id, user.id)


def needs_setup(connection: Connection) -> bool:
    """Return whether there is no active admin with a password in the organisation `default`."""
    org_id = find_organisation(connection, DEFAULT)
    admins = sa.select(USERS.c.id).where(
        USERS.c.org_id == org_id,
        USERS.c.is_admin.is_(sa.true()),
        USERS.c.is_active.is_(sa.true()),
        USERS.c.password_hash.is_not(None),
    )
    return connection.execute(admins.limit(1)).first() is None


def setup_token(tx: Transaction, now: datetime) -> str | None:
    """Make a link's token for the first admin; None when there is one who can log in by password.

    Links made before hold on until they are too old or one of them is used: several servers may start.
    """
    if not needs_setup(tx.connection):
        return None
    return create_invitation(tx.connection, None, now, now + LASTS)


def check_setup(connection: Connection, token: str, now: datetime) -> None:
    """Raise Missing for a set-up link that does not hold, also when there is an admin meanwhile."""
    found = find_invitation(connection, token, now)
    if found is None or found.user_id is not None or not needs_setup(connection):
        raise _void()


def use_setup(tx: Transaction, token: str, email: str, name: str, password_hash: str, now: datetime) -> User:
    """Make the first admin, or give rights and password to whoever has the e-mail; voids every such link.

    Raises Missing as `check_setup`, NotAcceptedError, and Invalid for somebody of another organisation.
    """
    check_setup(tx.connection, token, now)
    if not void_invitations(tx.connection, None):
        raise _void()
    org_id = ensure_organisation(tx.connection, DEFAULT, now)
    user = people.find_user(tx.connection, email)
    if user is None:
        user = people.add_user(
            tx.connection, org_id, email, name, now, password_hash=password_hash, is_admin=True
        )
    elif user.org_id != org_id:
        raise invalid("email", f"{user.email} belongs to another organisation: take another one.")
    else:
        rights = {"is_admin": True, "is_active": True, "password_hash": password_hash}
        people.change_user(tx.connection, user.id, **rights)
        revoke_tokens(tx.connection, [user.id], now)
    audit.record(tx.connection, org_id, user.id, "setup.used", f"user {user.email}", "first admin", now)
    return get_user(tx.connection, org_id, user.id)


def change_own_password(tx: Transaction, account: Account, password_hash: str, now: datetime) -> None:
    """Replace the password of who asks, and end their other sessions; the old one was checked before."""
    people.change_user(tx.connection, account.id, password_hash=password_hash)
    revoke_tokens(tx.connection, [account.id], now, but=account.token_id)
    void_invitations(tx.connection, account.id)
    about = f"user {account.email}"
    audit.record(tx.connection, account.org_id, account.id, "user.password_set", about, "their own", now)


def _void() -> Missing:
    return Missing("Link")
