"""Pages on a device: the browsers that people have let us ring, each a contact of its own."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy import Connection

from router.commands import contacts
from router.commands.refusals import Invalid, invalid
from router.delivery import webpush
from router.delivery.channels.webpush import SCHEME, Subscription, endpoint_of
from router.delivery.contact import ContactError
from router.store.contacts import ContactInfo, Described, urls_of
from router.store.credentials import Account
from router.store.secrets import Secrets
from router.store.writer import Transaction


@dataclass(frozen=True, slots=True)
class Device:
    """A browser that wants to be rung, checked and ready to be a contact.

    Parameters:
      position: its place among the person's contacts; None for behind them, or where it was before.
    """

    endpoint: str = field(repr=False)
    url: str = field(repr=False)
    described: Described
    position: int | None = None


def public_key(secrets: Secrets) -> str:
    """Return what browsers subscribe under (`applicationServerKey`), in base64url."""
    return webpush.encode(webpush.point(webpush.own_key(secrets)))


def device(
    secrets: Secrets,
    account: Account,
    endpoint: str,
    p256dh: str,
    auth: str,
    *,
    name: str = "",
    position: int | None = None,
    public_url: str = "",
) -> Device:
    """Return a browser's subscription as it can be added.

    Parameters:
      endpoint, p256dh, auth: as the browser's `PushSubscription` has them.
      name: what the person knows the device by.
      public_url: PINGPARROT_PUBLIC_URL, which push services are told.
    Raises Invalid for what no browser gives, and for a host that only an admin may name.
    """
    key = webpush.own_key(secrets)
    subscription = Subscription(endpoint, p256dh, auth, key, public_url.rstrip("/"), name)
    try:
        url = subscription.url()
        described = contacts.describe(url, trusted=account.is_admin)
    except ContactError as error:
        raise invalid("endpoint", f"{error}.") from None
    except Invalid as refused:
        raise Invalid({"endpoint": refused.faults["url"]}) from None
    return Device(endpoint, url, described, position)


def subscribe(
    tx: Transaction, secrets: Secrets, account: Account, subscribed: Device, now: datetime
) -> ContactInfo:
    """Add a device behind the contacts of its person; one that is there already is renewed in its place."""
    position = subscribed.position
    for known in _known(tx, secrets, account, subscribed.endpoint):
        contacts.remove_contact(tx, account.org_id, account.id, account.id, known.id, now)
        position = known.position if position is None else position
    return contacts.add_contact(
        tx,
        secrets,
        account.org_id,
        account.id,
        account.id,
        subscribed.url,
        subscribed.described,
        now,
        trusted=account.is_admin,
        own=True,
        position=position,
    )


def unsubscribe(tx: Transaction, secrets: Secrets, account: Account, endpoint: str, now: datetime) -> None:
    """Take a device of a person away; that they have none with this endpoint is as good."""
    for contact in _known(tx, secrets, account, endpoint):
        contacts.remove_contact(tx, account.org_id, account.id, account.id, contact.id, now)


def known(connection: Connection, secrets: Secrets, user_id: int) -> list[str]:
    """Return the SHA-256 of the endpoint of each of a person's devices, by which it knows itself."""
    found = urls_of(connection, secrets, user_id, SCHEME)
    return [hashlib.sha256(endpoint_of(url).encode()).hexdigest() for _, url in found]


def _known(tx: Transaction, secrets: Secrets, account: Account, endpoint: str) -> list[ContactInfo]:
    found = urls_of(tx.connection, secrets, account.id, SCHEME)
    return [contact for contact, url in found if endpoint_of(url) == endpoint]
