"""Text of others for people to read: what cannot be seen, but reorders or hides the rest, is made visible."""

from __future__ import annotations

import unicodedata
from typing import Any

from markupsafe import Markup

_SEEN = frozenset("\n\t\u200c\u200d")  # joiners: scripts and emoji are written with them
_UNSEEN = frozenset(("Cc", "Cf", "Cs", "Zl", "Zp"))


def visible(value: Any) -> Any:
    """Return text with every control, format and bidi character as its number: `⟨U+202E⟩`.

    Markup that templates made and values that are no text are returned as they are.
    """
    if not isinstance(value, str) or isinstance(value, Markup) or value.isprintable():
        return value
    return "".join(map(_shown, value.replace("\r\n", "\n")))


def _shown(character: str) -> str:
    if character in _SEEN or unicodedata.category(character) not in _UNSEEN:
        return character
    return f"⟨U+{ord(character):04X}⟩"
