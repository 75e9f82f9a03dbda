"""Contacts: ways to reach a person; the URL is a secret, its label may be shown."""

from __future__ import annotations

from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy import Connection

from router.store.secrets import Secrets, UndecipherableError
from router.store.tables import CONTACTS, HMAC_SECRETS, USERS

IS_TRUSTED = (CONTACTS.c.is_trusted & (CONTACTS.c.is_own.is_(sa.false()) | USERS.c.is_admin)).label(
    "is_trusted"
)
"""Trust that an admin gave to a contact of their own ends with their being one."""

_HIDDEN = ("url_encrypted", "is_own", "is_trusted")
_SHOWN = sa.select(*(column for column in CONTACTS.c if column.name not in _HIDDEN), IS_TRUSTED).join(
    USERS, USERS.c.id == CONTACTS.c.user_id
)


@dataclass(frozen=True, slots=True)
class Described:
    """What delivery says of a contact's URL, without secrets.

    Parameters:
      channel: the name of the channel that serves it.
      destination: what sends to it share a fate with.
      label: what people are shown.
    """

    channel: str
    destination: str
    label: str


@dataclass(frozen=True, slots=True)
class ContactInfo:
    """A contact as it may be shown: without its URL."""

    id: int
    user_id: int
    position: int
    channel: str
    destination: str
    label: str
    is_trusted: bool
    is_active: bool
    managed_by: str
    created_at: datetime


@dataclass(frozen=True, slots=True)
class ContactUrl:
    """A contact's URL, decrypted for a send; never logged."""

    url: str = field(repr=False)
    is_trusted: bool
    is_active: bool


def add_contact(
    connection: Connection,
    secrets: Secrets,
    user_id: int,
    url: str,
    described: Described,
    now: datetime,
    *,
    trusted: bool,
    own: bool = False,
    position: int | None = None,
    managed_by: str = "",
) -> ContactInfo:
    """Store a contact, encrypted, and return it.

    Parameters:
      url: already checked by its channel.
      trusted: given by an admin or by git: may name private addresses and Apprise services.
      own: given by the person: trusted only while they are an admin.
      position: None for behind those that the person has.
      now: UTC.
    """
    if position is None:
        last = sa.select(sa.func.max(CONTACTS.c.position)).where(CONTACTS.c.user_id == user_id)
        highest = connection.execute(last).scalar()
        position = 0 if highest is None else highest + 1
    values = {
        "user_id": user_id,
        "position": position,
        "channel": described.channel[:40],
        "destination": described.destination[:200],
        "label": described.label[:200],
        "is_trusted": trusted,
        "is_active": True,
        "managed_by": managed_by,
        "created_at": now,
    }
    encrypted = secrets.encrypt("contact", url)
    query = sa.insert(CONTACTS).values(**values, is_own=own, url_encrypted=encrypted).returning(CONTACTS.c.id)
    return ContactInfo(id=connection.execute(query).scalar_one(), **values)  # type: ignore[arg-type]


def list_contacts(connection: Connection, user_ids: Iterable[int]) -> tuple[ContactInfo, ...]:
    """Return the contacts of users, each user's in the order in which they are tried."""
    rows = connection.execute(
        _SHOWN.where(CONTACTS.c.user_id.in_(list(user_ids))).order_by(
            CONTACTS.c.user_id, CONTACTS.c.position, CONTACTS.c.id
        )
    )
    return tuple(ContactInfo(**row._mapping) for row in rows)


def get_contact(connection: Connection, user_id: int, contact_id: int) -> ContactInfo | None:
    """Return a user's contact by id, or None."""
    row = connection.execute(
        _SHOWN.where(CONTACTS.c.id == contact_id, CONTACTS.c.user_id == user_id)
    ).one_or_none()
    return None if row is None else ContactInfo(**row._mapping)


def contact_url(connection: Connection, secrets: Secrets, contact_id: int) -> ContactUrl | None:
    """Return a contact's URL for a send; None when it was removed.

    Raises UndecipherableError when it was encrypted under a key that is gone.
    """
    row = connection.execute(
        sa.select(CONTACTS.c.url_encrypted, IS_TRUSTED, CONTACTS.c.is_active)
        .join(USERS, USERS.c.id == CONTACTS.c.user_id)
        .where(CONTACTS.c.id == contact_id)
    ).one_or_none()
    if row is None:
        return None
    return ContactUrl(secrets.decrypt("contact", row.url_encrypted), row.is_trusted, row.is_active)


def change_contact(connection: Connection, contact_id: int, **changes: Any) -> None:
    """Change columns of a contact: `is_active`, `position`."""
    connection.execute(sa.update(CONTACTS).where(CONTACTS.c.id == contact_id).values(**changes))


def remove_contact(connection: Connection, contact_id: int) -> None:
    """Delete a contact with its URL; what was sent by it stays on the timelines."""
    connection.execute(sa.delete(CONTACTS).where(CONTACTS.c.id == contact_id))


def remove_gone(connection: Connection, contact_id: int) -> bool:
    """Delete a contact at which nothing will ever arrive again; returns whether there was one to delete.

    One that git gives stays until it is taken away there: the next reload would bring it back.
    """
    gone = sa.delete(CONTACTS).where(CONTACTS.c.id == contact_id, CONTACTS.c.managed_by == "")
    return connection.execute(gone).rowcount == 1


def urls_of(
    connection: Connection, secrets: Secrets, user_id: int, channel: str
) -> tuple[tuple[ContactInfo, str], ...]:
    """Return a user's own contacts of a channel with their URLs, in the order in which they are tried.

    Those that were encrypted under a key that is gone are left out.
    """
    query = _SHOWN.add_columns(CONTACTS.c.url_encrypted).where(
        CONTACTS.c.user_id == user_id, CONTACTS.c.channel == channel, CONTACTS.c.managed_by == ""
    )
    found = []
    for row in connection.execute(query.order_by(CONTACTS.c.position, CONTACTS.c.id)).mappings():
        shown = {name: value for name, value in row.items() if name != "url_encrypted"}
        with suppress(UndecipherableError):
            found.append((ContactInfo(**shown), secrets.decrypt("contact", row["url_encrypted"])))
    return tuple(found)


def reencrypt(connection: Connection, secrets: Secrets) -> int:
    """Bring contacts and HMAC secrets under the newest key; return how many were under another.

    Raises UndecipherableError for one that no key reads; nothing is changed then.
    """
    changed = 0
    for rows, column, purpose in (
        (CONTACTS, CONTACTS.c.url_encrypted, "contact"),
        (HMAC_SECRETS, HMAC_SECRETS.c.secret_encrypted, "hmac"),
    ):
        for row_id, data in connection.execute(sa.select(rows.c.id, column).where(column.is_not(None))).all():
            if secrets.is_newest(purpose, data):  # type: ignore[arg-type]
                continue
            again = secrets.encrypt(purpose, secrets.decrypt(purpose, data))  # type: ignore[arg-type]
            connection.execute(sa.update(rows).where(rows.c.id == row_id).values({column: again}))
            changed += 1
    return changed
