"""Links in messages: signed, expiring, and for one person; they open a page without a log-in."""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import struct
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Literal

from router.store.secrets import Secrets

LASTS = timedelta(days=3)
"""How long a link opens its page: longer than any night, shorter than a mailbox is kept."""

_FORMAT = struct.Struct(">cQQQ")
_SIGNATURE = 16  # bytes


@dataclass(frozen=True, slots=True)
class Link:
    """What a link is about, for whom, and until when (UTC, whole seconds).

    Parameters:
      number: a page's id, or that of the notification that carried a digest.
    """

    about: Literal["page", "digest"]
    number: int
    user_id: int
    until: datetime


def sign(secrets: Secrets, link: Link) -> str:
    """Return a link as it stands in an address."""
    packed = _FORMAT.pack(link.about[0].encode(), link.number, link.user_id, int(link.until.timestamp()))
    return _encode(packed + _mac(secrets.signing_keys("link")[0], packed))


def open_link(secrets: Secrets, text: str, now: datetime) -> Link | None:
    """Return what a link is about; None when it was changed, was never ours, or is too old."""
    try:
        raw = base64.urlsafe_b64decode(text.encode("ascii") + b"==")
    except (binascii.Error, ValueError):
        return None
    packed, mac = raw[: _FORMAT.size], raw[_FORMAT.size :]
    if len(packed) != _FORMAT.size or len(text) > 100:
        return None
    if not any(hmac.compare_digest(_mac(key, packed), mac) for key in secrets.signing_keys("link")):
        return None
    kind, number, user_id, until = _FORMAT.unpack(packed)
    link = Link("digest" if kind == b"d" else "page", number, user_id, datetime.fromtimestamp(until, UTC))
    return link if now < link.until else None


def _mac(key: bytes, packed: bytes) -> bytes:
    return hmac.new(key, packed, hashlib.sha256).digest()[:_SIGNATURE]


def _encode(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()
