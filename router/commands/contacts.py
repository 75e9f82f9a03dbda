"""How people are reached: contacts that admins, or people themselves, add, order and take away."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from router.commands.refusals import Missing, invalid
from router.commands.users import get_user
from router.delivery.channels import registry
from router.delivery.contact import ContactError
from router.store import contacts
from router.store.contacts import ContactInfo, Described
from router.store.people import GIT
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
    user_id: int,
    url: str,
    described: Described,
    now: datetime,
    *,
    trusted: bool,
    own: bool,
) -> ContactInfo:
    """Add a contact behind those that a person has; `described` as `describe` returns it. Raises Missing.

    Parameters:
      own: the person gives it.
    """
    get_user(tx.connection, org_id, user_id)
    if len(contacts.list_contacts(tx.connection, [user_id])) >= MOST:
        raise invalid("url", f"A person has at most {MOST} contacts: take one away first.")
    return contacts.add_contact(
        tx.connection, secrets, user_id, url, described, now, trusted=trusted, own=own
    )


def change_contact(
    tx: Transaction, org_id: int, user_id: int, contact_id: int, changes: Mapping[str, Any]
) -> ContactInfo:
    """Change `is_active` or `position` of a contact and return it. Raises Missing, and Invalid for git's."""
    _find(tx, org_id, user_id, contact_id)
    if changes:
        contacts.change_contact(tx.connection, contact_id, **changes)
    return _find(tx, org_id, user_id, contact_id)


def remove_contact(tx: Transaction, org_id: int, user_id: int, contact_id: int) -> None:
    """Take a contact away. Raises Missing, and Invalid for one that git has given."""
    _find(tx, org_id, user_id, contact_id)
    contacts.remove_contact(tx.connection, contact_id)


def _sentence(text: str) -> str:
    return f"{text[:1].upper()}{text[1:]}."


def _find(tx: Transaction, org_id: int, user_id: int, contact_id: int) -> ContactInfo:
    get_user(tx.connection, org_id, user_id)
    contact = contacts.get_contact(tx.connection, user_id, contact_id)
    if contact is None:
        raise Missing("Contact")
    if contact.managed_by == GIT:
        raise invalid("contact", "This contact is managed by git: change the roster there.")
    return contact
