"""Text from outside, made safe to keep: control characters out, lengths bounded.

Bounds, in characters: label names 1,024, label values 4,096, annotations 16,384 (the cut shows as `…`),
at most 256 labels and 256 annotations of an alert, links 8,192. What identifies (group keys, receivers,
fingerprints) is never merely cut: beyond its bound the rest is replaced by a hash of the whole.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Callable, Mapping

MAX_ALERTS = 100_000
"""Alerts of one body that are read. One of Alertmanager's takes 300 bytes or more: 16 MiB hold fewer."""
MAX_NAME = 1_024
MAX_LABEL = 4_096
MAX_ANNOTATION = 16_384
MAX_ENTRIES = 256
MAX_LINK = 8_192
MAX_FINGERPRINT = 64  # as many characters as an incident keeps of it, and of a receiver
MAX_RECEIVER = 400
MAX_GROUP_KEY = 65_536
MAX_EXCERPT = 2_000

_CONTROL = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f]")
_SURROGATE = re.compile("[\ud800-\udfff]")
_ESCAPED = re.compile(rb"\\(?:[bfr]|u(?:00(?:[0189]|7[fF])|[dD][89a-fA-F]))")
_RAW_C1 = re.compile(rb"\xc2[\x80-\x9f]")
_to_json = json.JSONEncoder(ensure_ascii=False).encode


def may_need_cleaning(body: bytes) -> bool:
    """Tell whether a JSON body may hold control characters or lone surrogates, raw or escaped.

    Says yes too often (a tab written as `\\u0009`), never too seldom, and reads at the speed of memchr.
    """
    if b"\x7f" in body or (b"\xc2" in body and _RAW_C1.search(body) is not None):
        return True
    return b"\\" in body and _ESCAPED.search(body) is not None


def clean(text: str) -> str:
    """Return text without NUL and other control characters but newline and tab; lone surrogates as U+FFFD."""
    if text.isprintable():
        return text
    return _SURROGATE.sub("\ufffd", _CONTROL.sub("", text))


def cut(text: str, limit: int) -> str:
    """Return text of at most `limit` characters, with `…` where it was cut."""
    return text if len(text) <= limit else text[: limit - 1] + "…"


def short(text: str, limit: int) -> str:
    """Return text clean, of at most `limit` characters, with `…` where it was cut.

    Of a longer text no more is cleaned than could be shown: a body may be one text of megabytes.
    """
    head = clean(text[: 2 * limit])
    return head if len(head) <= limit and len(text) <= 2 * limit else head[: limit - 1] + "…"


def bounded_key(text: str, limit: int) -> str:
    """Return something of at most `limit` characters that still identifies: a hash replaces what is cut."""
    if len(text) <= limit:
        return text
    digest = hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:32]
    return f"{text[: limit - 33]}#{digest}"


def key_text(value: object, limit: int, read: Callable[[str], str] = str) -> str:
    """Return what identifies, clean and within its bound; nothing for what is no text.

    Parameters:
      read: undoes what the sender did to it.
    """
    if not isinstance(value, str):
        return ""
    return bounded_key(clean(read(bounded_key(value, MAX_GROUP_KEY))), limit)


def link(value: object) -> str:
    """Return a web address that a person may follow; nothing for other schemes and for one too long."""
    if not isinstance(value, str) or len(value) > MAX_LINK or not value.startswith(("http://", "https://")):
        return ""
    return clean(value)


def as_text(value: object) -> str:
    """Return any JSON value as text: strings as they are, nothing for null, the rest as JSON."""
    if isinstance(value, str):
        return value
    return "" if value is None else _to_json(value)


def excerpt(value: object) -> str:
    """Return a JSON value as text of at most 2,000 characters, clean."""
    return short(_to_json(value), MAX_EXCERPT)


def label_map(raw: Mapping[str, str]) -> dict[str, str]:
    """Return labels cleaned and bounded, without empty values (an empty label is no label)."""
    kept: dict[str, str] = {}
    for name, value in raw.items():
        if len(kept) >= MAX_ENTRIES:
            break
        label = short(name, MAX_NAME)
        text = short(value, MAX_LABEL)
        if label and text:
            kept[label] = text
    return kept


def annotation_map(raw: object) -> dict[str, str]:
    """Return annotations cleaned and bounded: values of other types as JSON, none from what is no object."""
    if not isinstance(raw, dict):
        return {}
    kept: dict[str, str] = {}
    for name, value in raw.items():
        if len(kept) >= MAX_ENTRIES:
            break
        kept[short(name, MAX_NAME)] = short(as_text(value), MAX_ANNOTATION)
    return kept
