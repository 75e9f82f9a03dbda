"""Which channel takes a contact's URL: ours by its scheme, Apprise for the rest."""

from __future__ import annotations

from functools import cache

from router.delivery.channel import Channel, ContactAddress
from router.delivery.channels.apprise import Apprise
from router.delivery.channels.email import Email
from router.delivery.channels.ntfy import Ntfy
from router.delivery.channels.pingparrot import PingParrot
from router.delivery.channels.webhook import Webhook
from router.delivery.channels.webpush import WebPush
from router.delivery.contact import ContactError, scheme_of
from router.delivery.http import Http
from router.delivery.wording import cut

_LONGEST = 200  # as the database keeps them


def channel_for(url: str) -> Channel:
    """Return the channel that sends to a contact, the same one for all threads.

    What is no URL at all goes to Apprise's, whose check and send then say what is wrong.
    """
    native, rest = _channels()
    try:
        return native.get(scheme_of(url), rest)
    except ContactError:
        return rest


def check(url: str, *, trusted: bool) -> str | None:
    """Return what is wrong with a contact's URL, as a sentence without secrets, or None.

    Parameters:
      trusted: an admin or git gives it; others may use our own channels and public addresses only.
    """
    return channel_for(url).check(ContactAddress(url, trusted))


def destination(url: str) -> str:
    """Return what sends to this contact share a fate with (`webhook 127.0.0.1:9000`); no secrets.

    Raises ContactError for a URL that `check` refuses.
    """
    return cut(channel_for(url).destination(ContactAddress(url, trusted=True)), _LONGEST)


def label(url: str) -> str:
    """Return what may be shown of a contact: scheme and host, for e-mail the addresses; no secrets.

    Raises ContactError for a URL that `check` refuses.
    """
    return cut(channel_for(url).label(ContactAddress(url, trusted=True)), _LONGEST)


@cache
def _channels() -> tuple[dict[str, Channel], Channel]:
    http = Http()
    ours: tuple[Channel, ...] = (Webhook(http), Email(), Ntfy(http), PingParrot(http), WebPush(http))
    return {scheme: channel for channel in ours for scheme in channel.schemes}, Apprise()
