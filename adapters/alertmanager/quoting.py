"""Receivers arrive quoted for a regular expression; rules name them as they were written."""

from __future__ import annotations

import re

_QUOTED = re.compile(r"\\([\\.+*?()|\[\]{}^$])")


def unquote(receiver: str) -> str:
    """Return a receiver as alertmanager.yml has it: undo Go's regexp.QuoteMeta (docs/facts.md, section 2)."""
    return _QUOTED.sub(r"\1", receiver) if "\\" in receiver else receiver
