"""Grafana's HMAC signatures (11.6 and later): who signed a body, and that it is not an old one."""

from __future__ import annotations

import hashlib
import hmac
import re
from collections.abc import Iterable
from datetime import datetime
from typing import Literal

SignatureFault = Literal["missing", "wrong", "stale"]
WINDOW_S = 300
_LONGEST_STAMP = 13  # digits of a timestamp, and the colon behind them
_STAMPED = re.compile(rb"[0-9]{1,12}:")


class SignatureError(ValueError):
    """A body whose signature does not hold; `fault` is a short word for a metric."""

    def __init__(self, fault: SignatureFault, message: str) -> None:
        super().__init__(message)
        self.fault: SignatureFault = fault


class SignedBody:
    """A body that is taken in piece by piece, and whose signature is then accepted or refused.

    Grafana signs with HMAC-SHA256, in lowercase hex without a prefix: the body, or `TIMESTAMP:body` where a
    timestamp header is configured (docs/facts.md, section 4; grafana/alerting http/hmac.go).

    Parameters:
      secrets: any of which may have signed it; several while one replaces another.
      timestamp: the timestamp header's value, Unix seconds; None when there was none.
    """

    def __init__(self, secrets: Iterable[bytes], timestamp: str | None) -> None:
        self._timestamp = timestamp
        self._head = b""
        self._digests = [hmac.new(secret, digestmod=hashlib.sha256) for secret in secrets]
        if timestamp is not None:
            self._sign(timestamp.encode("utf-8", "surrogateescape") + b":")

    def take(self, piece: bytes) -> None:
        """Take in the next piece of the body as received, before any decoding."""
        if len(self._head) < _LONGEST_STAMP:
            self._head += piece[:_LONGEST_STAMP]
        self._sign(piece)

    def verify(self, signature: str, now: datetime, window_s: int = WINDOW_S) -> None:
        """Accept the whole body or raise SignatureError.

        Compares in constant time, and looks at the timestamp once it is proven. A body that itself begins
        like a timestamp is not accepted without one: it could be a signed request of long ago whose header
        was moved into the body.

        Parameters:
          signature: the header's value; empty when there was none.
          now: UTC.
          window_s: seconds by which a timestamp may be off, to either side.
        """
        if not signature:
            raise SignatureError("missing", "the signature header is missing")
        given = signature.encode("utf-8", "surrogateescape")
        fits = [hmac.compare_digest(digest.hexdigest().encode(), given) for digest in self._digests]
        if not any(fits):
            raise SignatureError(
                "wrong", "the signature does not fit the body: is the secret the contact point's?"
            )
        if self._timestamp is not None:
            _check_age(self._timestamp, now, window_s)
        elif _STAMPED.match(self._head):
            raise SignatureError("missing", "the timestamp header is missing")

    def _sign(self, piece: bytes) -> None:
        for digest in self._digests:
            digest.update(piece)


def verify(
    secret: bytes, body: bytes, signature: str, timestamp: str | None, now: datetime, window_s: int = WINDOW_S
) -> None:
    """Accept a whole body signed with one secret, or raise SignatureError; see SignedBody."""
    signed = SignedBody([secret], timestamp)
    signed.take(body)
    signed.verify(signature, now, window_s)


def _check_age(timestamp: str, now: datetime, window_s: int) -> None:
    if not (timestamp.isascii() and timestamp.isdigit() and len(timestamp) <= _LONGEST_STAMP - 1):
        raise SignatureError("stale", "the timestamp header holds no Unix seconds")
    off_s = int(now.timestamp()) - int(timestamp)
    if abs(off_s) > window_s:
        raise SignatureError(
            "stale", f"the timestamp is {off_s} s old and may be {window_s}: a replay, or a clock that is off"
        )
