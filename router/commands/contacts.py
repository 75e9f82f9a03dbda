"""How people are reached: contacts that admins, or people themselves, add, order and take away."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from router.commands.refusals import Missing, invalid
from router.commands.users import get_user
from router.delivery.channels import registry
from router.delivery.contact import ContactError
from router.store import audit, contacts
from router.store.audit import Doer
from router.store.contacts import ContactInfo, Described
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
    """Change `is_active` or `position` of a contact and return it. Raises Missing, and Invalid for git's."""
    user, contact = _find(tx, org_id, user_id, contact_id)
    changed = {name: value for name, value in changes.items() if getattr(contact, name) != value}
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
    order = list(contacts.list_contacts(tx.connection, [user_id]))
    here = next(place for place, one in enumerate(order) if one.id == contact_id)
    there = here + (-1 if up else 1)
    if 0 <= there < len(order):
        order[here], order[there] = order[there], order[here]
        for place, one in enumerate(order):
            if one.position != place:
                change_contact(tx, org_id, by, user_id, one.id, {"position": place}, now)


def remove_contact(
    tx: Transaction, org_id: int, by: Doer, user_id: int, contact_id: int, now: datetime
) -> None:
    """Take a contact away. Raises Missing, and Invalid for one that git has given."""
    user, contact = _find(tx, org_id, user_id, contact_id)
    contacts.remove_contact(tx.connection, contact_id)
    audit.record(tx.connection, org_id, by, "contact.removed", _about(user, contact), "", now)


def _sentence(text: str) -> str:
    return f"{text[:1].upper()}{text[1:]}."


def _about(user: User, contact: ContactInfo) -> str:
    return f"contact {contact.label} of {user.email}"


def _find(tx: Transaction, org_id: int, user_id: int, contact_id: int) -> tuple[User, ContactInfo]:
    user = get_user(tx.connection, org_id, user_id)
    contact = contacts.get_contact(tx.connection, user_id, contact_id)
    if contact is None:
        raise Missing("Contact")
    if contact.managed_by == GIT:
        raise invalid("contact", "This contact is managed by git: change the roster there.")
    return user, contact
