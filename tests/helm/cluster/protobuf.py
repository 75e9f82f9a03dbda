"""Reads the one message that Helm writes in protobuf: the Secret in which it keeps a release.

Source: generated.proto of k8s.io/apimachinery/pkg/runtime (Unknown) and of k8s.io/api/core/v1 (Secret).
"""

from __future__ import annotations

import base64
from collections.abc import Iterator
from typing import Any

MAGIC = b"k8s\0"


def read(raw: bytes) -> Any:
    """Return the object in a protobuf body; None for anything but a Secret (options of a deletion)."""
    unknown = dict(_fields(raw.removeprefix(MAGIC)))
    type_meta = {number: value.decode() for number, value in _fields(unknown[1])}
    if type_meta.get(2) != "Secret":
        return None
    fields = list(_fields(unknown[2]))
    meta = list(_fields(dict(fields)[1]))
    data = (_entry(value) for number, value in fields if number == 2)
    labels = (_entry(value) for number, value in meta if number == 11)
    return {
        "apiVersion": type_meta[1],
        "kind": "Secret",
        "metadata": {
            "name": dict(meta)[1].decode(),
            "labels": {key: value.decode() for key, value in labels},
        },
        "type": dict(fields).get(3, b"").decode(),
        "data": {key: base64.b64encode(value).decode() for key, value in data},
    }


def _entry(raw: bytes) -> tuple[str, bytes]:
    fields = dict(_fields(raw))
    return fields[1].decode(), fields.get(2, b"")


def _fields(raw: bytes) -> Iterator[tuple[int, bytes]]:
    """Yield the fields of a message that hold bytes, with their numbers; numbers are passed over."""
    at = 0
    while at < len(raw):
        tag, at = _varint(raw, at)
        size, at = _varint(raw, at)
        if tag & 7 == 2:
            yield tag >> 3, raw[at : at + size]
            at += size


def _varint(raw: bytes, at: int) -> tuple[int, int]:
    value = shift = 0
    while True:
        byte = raw[at]
        at += 1
        value |= (byte & 127) << shift
        shift += 7
        if byte < 128:
            return value, at
