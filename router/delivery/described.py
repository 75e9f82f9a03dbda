"""What the store keeps of a contact beside its URL."""

from __future__ import annotations

from router.delivery.channels import registry
from router.delivery.contact import ContactError
from router.store.contacts import Described


def described(url: str) -> Described:
    """Return channel, destination and label of a contact that an admin or git gives.

    Raises ContactError, a ValueError, with a sentence without secrets for a URL that cannot be used.
    """
    wrong = registry.check(url, trusted=True)
    if wrong is not None:
        raise ContactError(wrong)
    return Described(registry.channel_for(url).name, registry.destination(url), registry.label(url))
