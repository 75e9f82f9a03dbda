"""Grafana's HMAC signatures (11.6 and later): who signed a body, and that it is not an old one."""

from __future__ import annotations

import hashlib
import hmac
from datetime import datetime
from typing import Literal

SignatureFault = Literal["missing", "wrong", "stale"]


class SignatureError(ValueError):
    """A body whose signature does not hold; `fault` is a short word for a metric."""

    def __init__(self, fault: SignatureFault, message: str) -> None:
        super().__init__(message)
        self.fault: SignatureFault = fault


def verify(
    secret: bytes, body: bytes, signature: str, timestamp: str | None, now: datetime, window_s: int = 300
) -> None:
    """Accept a signed body or raise.

    Grafana signs with HMAC-SHA256, in lowercase hex without a prefix: the body, or `TIMESTAMP:body` where a
    timestamp header is configured (docs/facts.md, section 4; grafana/alerting http/hmac.go).

    Parameters:
      secret: shared with the contact point.
      body: as received, before any decoding.
      signature: the header's value; empty when there was none.
      timestamp: the timestamp header's value, Unix seconds; None when there was none.
      now: UTC.
      window_s: seconds by which a timestamp may be off, to either side.

    Raises SignatureError; compares in constant time, and looks at the timestamp once it is proven.
    """
    if not signature:
        raise SignatureError("missing", "the signature header is missing")
    signed = hmac.new(secret, digestmod=hashlib.sha256)
    if timestamp is not None:
        signed.update(timestamp.encode("utf-8", "surrogateescape") + b":")
    signed.update(body)
    if not hmac.compare_digest(signed.hexdigest().encode(), signature.encode("utf-8", "surrogateescape")):
        raise SignatureError(
            "wrong", "the signature does not fit the body: is the secret the contact point's?"
        )
    if timestamp is None:
        return
    if not (timestamp.isascii() and timestamp.isdigit() and len(timestamp) <= 12):
        raise SignatureError("stale", "the timestamp header holds no Unix seconds")
    off_s = int(now.timestamp()) - int(timestamp)
    if abs(off_s) > window_s:
        raise SignatureError(
            "stale", f"the timestamp is {off_s} s old and may be {window_s}: a replay, or a clock that is off"
        )
