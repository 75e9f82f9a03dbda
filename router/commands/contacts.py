"""How people are reached: contacts that admins, or people themselves, add, order and take away."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection

from router.commands.refusals import Missing, invalid
from router.commands.users import get_user
from router.delivery.channel import Result
from router.delivery.channels import registry
from router.delivery.contact import ContactError
from router.delivery.trial import send_trial
from router.store import audit, contacts
from router.store.audit import Doer
from router.store.contacts import ContactInfo, ContactUrl, Described
from router.store.people import GIT, User
from router.store.secrets import Secrets
from router.store.writer import Transaction

MOST = 20
"""Contacts of one person."""


def describe(url: str, *, trusted: bool) -> Described:
    """Return what may be shown of a contact's URL.

    Parameters:
      trusted: an admin gives it: it may name private addresses and Apprise's services.
    Raises Invalid for a URL that cannot be used; the sentence has no secrets.
    """
    try:
        wrong = registry.check(url, trusted=trusted)
        if wrong is not None:
            raise invalid("url", _sentence(wrong))
        return Described(registry.channel_for(url).name, registry.destination(url), registry.label(url))
    except ContactError as error:
        raise invalid("url", _sentence(str(error))) from None


def add_contact(
    tx: Transaction,
    secrets: Secrets,
    org_id: int,
    by: Doer,
    user_id: int,
    url: str,
    described: Described,
    now: datetime,
    *,
    trusted: bool,
    own: bool,
    position: int | None = None,
) -> ContactInfo:
    """Add a contact; `described` as `describe` returns it. Raises Missing.

    Parameters:
      by: who gives it, for the audit log.
      own: the person gives it.
      position: None for behind those that the person has.
    """
    user = get_user(tx.connection, org_id, user_id)
    if len(contacts.list_contacts(tx.connection, [user_id])) >= MOST:
        raise invalid("url", f"A person has at most {MOST} contacts: take one away first.")
    contact = contacts.add_contact(
        tx.connection, secrets, user_id, url, described, now, trusted=trusted, own=own, position=position
    )
    audit.record(tx.connection, org_id, by, "contact.added", _about(user, contact), "", now)
    return contact


def change_contact(
    tx: Transaction,
    org_id: int,
    by: Doer,
    user_id: int,
    contact_id: int,
    changes: Mapping[str, Any],
    now: datetime,
) -> ContactInfo:
    """Change `is_active` or `position` of a contact and return it. Raises Missing, and Invalid for git's.

    Those between its old place and its new one move up or down. The first places are git's contacts', and
    what is beyond the last place is the last.
    """
    user, contact = _find(tx, org_id, user_id, contact_id)
    wanted = dict(changes)
    if "position" in wanted:
        wanted["position"] = _moved(tx, contact, wanted["position"])
    changed = {name: value for name, value in wanted.items() if getattr(contact, name) != value}
    if changed:
        contacts.change_contact(tx.connection, contact_id, **changed)
        detail = audit.difference(contact, changed)
        audit.record(tx.connection, org_id, by, "contact.changed", _about(user, contact), detail, now)
    return _find(tx, org_id, user_id, contact_id)[1]


def move_contact(
    tx: Transaction, org_id: int, by: Doer, user_id: int, contact_id: int, now: datetime, *, up: bool
) -> None:
    """Try a contact before the one that is tried before it, or after the next; at either end nothing moves.

    Raises Missing, and Invalid when one of git's would have to move.
    """
    _find(tx, org_id, user_id, contact_id)
    order = contacts.list_contacts(tx.connection, [user_id])
    here = next(place for place, one in enumerate(order) if one.id == contact_id)
    there = here + (-1 if up else 1)
    if 0 <= there < len(order):
        _require_ours(order[there])
        change_contact(tx, org_id, by, user_id, contact_id, {"position": there}, now)


def remove_contact(
    tx: Transaction, org_id: int, by: Doer, user_id: int, contact_id: int, now: datetime
) -> None:
    """Take a contact away. Raises Missing, and Invalid for one that git has given."""
    user, contact = _find(tx, org_id, user_id, contact_id)
    contacts.remove_contact(tx.connection, contact_id)
    audit.record(tx.connection, org_id, by, "contact.removed", _about(user, contact), "", now)


@dataclass(frozen=True, slots=True)
class Trial:
    """A contact that is to be tried out, its URL decrypted."""

    user: User
    contact: ContactInfo
    url: ContactUrl


def prepare_trial(
    connection: Connection, secrets: Secrets, org_id: int, user_id: int, contact_id: int
) -> Trial:
    """Return what `try_out` needs. Raises Missing, and UndecipherableError."""
    user = get_user(connection, org_id, user_id)
    contact = contacts.get_contact(connection, user_id, contact_id)
    url = None if contact is None else contacts.contact_url(connection, secrets, contact_id)
    if contact is None or url is None:
        raise Missing("Contact")
    return Trial(user, contact, url)


def try_out(trial: Trial, now: datetime) -> Result:
    """Send one real message by a contact and return how it went; takes as long as its provider.

    Outside transactions: a slow provider must not hold the database.
    """
    return send_trial(trial.url.url, trial.user.name, now, trusted=trial.url.is_trusted)


def record_trial(tx: Transaction, by: Doer, trial: Trial, result: Result, now: datetime) -> None:
    """Note in the audit log that a contact was tried out, and how that went."""
    detail = f"{result.outcome}: {result.detail}" if result.detail else result.outcome
    about = _about(trial.user, trial.contact)
    audit.record(tx.connection, trial.user.org_id, by, "contact.tested", about, detail, now)


def _moved(tx: Transaction, contact: ContactInfo, position: int) -> int:
    """Make room for a contact at a place among its person's, and return that place."""
    others = [one for one in contacts.list_contacts(tx.connection, [contact.user_id]) if one.id != contact.id]
    first = sum(one.managed_by == GIT for one in others)
    place = min(max(position, first), len(others))
    for number, one in enumerate(others):
        wanted = number if number < place else number + 1
        if one.position != wanted:
            contacts.change_contact(tx.connection, one.id, position=wanted)
    return place


def _sentence(text: str) -> str:
    return f"{text[:1].upper()}{text[1:]}."


def _about(user: User, contact: ContactInfo) -> str:
    return f"contact {contact.label} of {user.email}"


def _find(tx: Transaction, org_id: int, user_id: int, contact_id: int) -> tuple[User, ContactInfo]:
    user = get_user(tx.connection, org_id, user_id)
    contact = contacts.get_contact(tx.connection, user_id, contact_id)
    if contact is None:
        raise Missing("Contact")
    _require_ours(contact)
    return user, contact


def _require_ours(contact: ContactInfo) -> None:
    if contact.managed_by == GIT:
        raise invalid("contact", "This contact is managed by git: change the roster there.")
