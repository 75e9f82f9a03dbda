"""Hostile text made fit to send: control characters, bidirectional overrides, lengths."""

from __future__ import annotations

import re

# C0, C1, zero-width no-break space, surrogates, and everything that reorders or hides a line's text.
_CONTROLS = "\x00-\x08\x0b-\x1f\x7f-\x9f\ufeff\ud800-\udfff"
_BIDI = "\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069"
_BREAKS = re.compile(r"\r\n?|[\x0b\x0c\x85\u2028\u2029]")
_NOT_IN_LINE = re.compile(f"[{_CONTROLS}{_BIDI}]")
_NOT_IN_TEXT = re.compile(f"[{_CONTROLS}]")
_SPACES = re.compile(r"[ \t\n]+")


def line(text: str, longest: int) -> str:
    """Return text as one line of at most so many characters, without control and bidi characters."""
    shown = _NOT_IN_LINE.sub("", _BREAKS.sub("\n", text))
    return cut(_SPACES.sub(" ", shown).strip(), longest)


def paragraphs(text: str, longest: int) -> str:
    """Return text of at most so many characters with line feeds and tabs as its only control characters."""
    return cut(_NOT_IN_TEXT.sub("", _BREAKS.sub("\n", text)).rstrip(), longest)


def cut(text: str, longest: int) -> str:
    """Return text of at most so many characters; an ellipsis tells that something is missing."""
    return text if len(text) <= longest else text[: longest - 1].rstrip() + "…"


def cut_bytes(text: str, most: int) -> str:
    """Return text of at most so many bytes of UTF-8, likewise."""
    encoded = text.encode("utf-8", "replace")
    if len(encoded) <= most:
        return text
    return encoded[: most - 3].decode("utf-8", "ignore").rstrip() + "…"
