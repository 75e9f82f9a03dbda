"""Real messages by a person's contacts, for whoever asked for them."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from router.delivery.trial import send_trial
from router.doctor.remark import Remark, error, ok
from router.settings import Settings
from router.store.contacts import contact_url, list_contacts
from router.store.engine import Database
from router.store.people import find_user
from router.store.secrets import UndecipherableError, open_secrets

_ABOUT = "sending"


def send_to(given: Settings, database: Database, email: str, now: datetime) -> Iterator[Remark]:
    """Send one message by each contact of a person, and yield how each went."""
    with database.read() as connection:
        user = find_user(connection, email)
        contacts = list_contacts(connection, [user.id]) if user else ()
        active = [contact for contact in contacts if contact.is_active]
        if user is None or not active:
            why = "has no contact" if user else "is not there"
            yield error(_ABOUT, f"{email} {why}: nothing was sent.", "See `pingparrot user list`.")
            return
        secrets = open_secrets(given)
        try:
            urls = [contact_url(connection, secrets, contact.id) for contact in active]
        except UndecipherableError as failure:
            yield error(_ABOUT, f"{email}: {failure}.", 'See docs/settings.md, "The secret key".')
            return
    for contact, url in zip(active, urls, strict=True):
        if url is None:
            continue
        result = send_trial(url.url, user.name, now, trusted=url.is_trusted)
        if result.outcome == "ok":
            yield ok(_ABOUT, f"{email} by {contact.label}: it was taken. Ask whether it arrived.")
        else:
            yield error(
                _ABOUT,
                f"{email} by {contact.label} (contact {contact.id}): {result.detail}.",
                "docs/channels.md says how each kind of contact is written.",
            )
