"""Who comes in by an OpenID provider: which account is theirs, and in which role."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import structlog

from router.commands.refusals import Forbidden, Invalid
from router.commands.users import add_user, change_user
from router.settings import Settings
from router.store import people
from router.store.audit import BY_PROVIDER
from router.store.names import NotAcceptedError, email_of, name_of
from router.store.organisations import DEFAULT, find_organisation
from router.store.people import GIT, User
from router.store.writer import Transaction

_log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Provided:
    """What a provider says of somebody: a proven e-mail, a name and groups."""

    email: str
    name: str
    groups: frozenset[str]


def provided(claims: Mapping[str, Any], groups_claim: str) -> Provided:
    """Return what proven claims say. Raises Forbidden without an e-mail that the provider has verified."""
    try:
        email = email_of(_text(claims, "email"))
    except NotAcceptedError:
        raise Forbidden("Your organisation's log-in gave no e-mail address: ask an admin.") from None
    if claims.get("email_verified") is not True:
        raise Forbidden(
            f"Your organisation's log-in has not verified {email}: verify it there, or ask an admin."
        )
    try:
        name = name_of(_text(claims, "name"))
    except NotAcceptedError:
        name = email.partition("@")[0]
    given = claims.get(groups_claim)
    groups = given if isinstance(given, list) else [given]
    return Provided(email, name, frozenset(group for group in groups if isinstance(group, str)))


def come_in(tx: Transaction, who: Provided, settings: Settings, now: datetime) -> User:
    """Return whose account it is, made or put into its role by the groups as the settings say.

    The last admin stays one, and whom git manages stays what git says.

    Raises Forbidden for who has no account and gets none, and for who has left.
    """
    org_id = find_organisation(tx.connection, DEFAULT)
    user = people.find_user(tx.connection, who.email)
    joins = bool(settings.oidc_user_group) and settings.oidc_user_group in who.groups
    if org_id is None or (user is None and not joins) or (user is not None and user.org_id != org_id):
        raise Forbidden(f"{who.email} has no account here: ask an admin for one.")
    is_admin = bool(settings.oidc_admin_group) and settings.oidc_admin_group in who.groups
    if user is None:
        return add_user(tx, org_id, BY_PROVIDER, who.email, who.name, now, is_admin=is_admin)
    if not user.is_active:
        raise Forbidden(f"The account of {who.email} is not active: ask an admin.")
    if not settings.oidc_admin_group or user.managed_by == GIT or user.is_admin == is_admin:
        return user
    try:
        return change_user(tx, org_id, BY_PROVIDER, user.id, {"is_admin": is_admin}, now)
    except Invalid:
        _log.warning("the last admin stays one, outside the admins' group", email=user.email)
        return user


def _text(claims: Mapping[str, Any], name: str) -> str:
    value = claims.get(name)
    return value if isinstance(value, str) else ""
