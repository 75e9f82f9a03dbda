"""Request bodies: read within a bound, then decoded from JSON without trusting a byte of them."""

from __future__ import annotations

from typing import Any

import pydantic_core
from starlette.requests import ClientDisconnect, Request

from router.api.errors import HttpError
from router.api.signing import Seal
from router.commands.refusals import invalid

MAX_BODY = 1024 * 1024
"""Bytes of a documented body; webhooks have the larger bound of PINGPARROT_MAX_BODY_BYTES."""


async def read_webhook(request: Request, limit: int, seal: Seal) -> tuple[bytes, str]:
    """Return a sender's body and, when it is larger than the limit, why it cannot be read.

    It is taken in and quarantined all the same: a sender that is refused would send it for ever
    (docs/facts.md, section 6.6).

    Parameters:
      limit: bytes that are kept.
      seal: takes in every byte, and is then checked.
    Raises HttpError 401 when the seal does not hold; ClientDisconnect when the client went away.
    """
    chunks: list[bytes] = []
    size = 0
    async for chunk in request.stream():
        size += len(chunk)
        seal.take(chunk)
        if size <= limit:
            chunks.append(chunk)
    seal.check()
    if size > limit:
        return b"".join(chunks), f"the body has {size:,} bytes, more than the {limit:,} that are read"
    return b"".join(chunks), ""


async def read_body(request: Request, limit: int) -> bytes:
    """Return the whole body.

    Parameters:
      limit: bytes.
    Raises HttpError 413 beyond the limit, before the rest is read; 400 when the client went away.
    """
    declared = request.headers.get("content-length", "")
    if declared.isascii() and declared.isdigit() and int(declared[:20]) > limit:
        raise _too_large(limit)
    chunks: list[bytes] = []
    size = 0
    try:
        async for chunk in request.stream():
            size += len(chunk)
            if size > limit:
                raise _too_large(limit)
            chunks.append(chunk)
    except ClientDisconnect as gone:
        raise HttpError(400, "The connection was closed before the whole body had come.") from gone
    return b"".join(chunks)


def decode_object(body: bytes) -> dict[str, Any]:
    """Return the JSON object in a body; an empty body is an empty object.

    The Content-Type is not looked at: `curl -d` calls everything a form. Depth and the digits of a number
    are bounded by the parser; NaN and infinity are refused; of a name given twice the last value holds.
    Raises Invalid under the field `body`.
    """
    text = body.removeprefix(b"\xef\xbb\xbf")
    if not text.strip():
        return {}
    try:
        value = pydantic_core.from_json(text, allow_inf_nan=False)
    except ValueError as error:
        try:
            text.decode()
        except UnicodeDecodeError as undecodable:
            raise invalid("body", f"The body is not UTF-8: byte {undecodable.start}.") from None
        raise invalid("body", f"The body is not valid JSON: {error}.") from None
    if not isinstance(value, dict):
        raise invalid("body", "The body must be a JSON object.")
    return value


def _too_large(limit: int) -> HttpError:
    # Connection: close, since what is still on its way is not read.
    return HttpError(413, f"The body is larger than {limit:,} bytes: send less.", {"Connection": "close"})
