"""Webhook bodies at rest: one byte says how the rest is kept."""

from __future__ import annotations

import zlib

_PLAIN, _ZLIB = b"\0", b"\1"
_SMALLEST = 4096
"""Bytes. Compressing hands the interpreter to another thread and waits to get it back, which costs a small
body ten times what its few hundred saved bytes are worth."""


def pack(body: bytes) -> bytes:
    """Return a body as it is stored."""
    return _PLAIN + body if len(body) < _SMALLEST else _ZLIB + zlib.compress(body, 1)


def unpack(stored: bytes) -> bytes:
    """Return a body as it was received."""
    return zlib.decompress(stored[1:]) if stored[:1] == _ZLIB else stored[1:]
