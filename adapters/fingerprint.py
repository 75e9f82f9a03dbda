"""What identifies an alert, where the sender did not say: Alertmanager's own hash of its labels."""

from __future__ import annotations

from collections.abc import Mapping
from hashlib import blake2b
from itertools import chain

_OFFSET = 0xCBF29CE484222325
_PRIME = 0x100000001B3
_MASK = 0xFFFFFFFFFFFFFFFF
_MOST_HASHED = 64 * 1024  # characters


def fingerprint_of(labels: Mapping[str, str]) -> str:
    """Return the fingerprint that Alertmanager gives to these labels, 16 hexadecimal digits.

    FNV-1a of 64 bits over names and values in the names' byte order, each ended by 0xff; empty values do
    not count (docs/facts.md, section 2; prometheus/common, model/fnv.go and signature.go). More than
    64 KiB of labels, which no Alertmanager has, are hashed by something quicker, in the order given.
    """
    if sum(map(len, labels)) + sum(map(len, labels.values())) > _MOST_HASHED:
        text = "\0".join(chain.from_iterable(labels.items()))
        return blake2b(text.encode("utf-8", "surrogatepass"), digest_size=8).hexdigest()
    named = sorted(
        (name.encode("utf-8", "surrogatepass"), value.encode("utf-8", "surrogatepass"))
        for name, value in labels.items()
        if value
    )
    digest = _OFFSET
    for name, value in named:
        for byte in b"%b\xff%b\xff" % (name, value):
            digest = ((digest ^ byte) * _PRIME) & _MASK
    return f"{digest:016x}"
