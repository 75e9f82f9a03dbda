"""Spans of time and counts as people say them."""

from __future__ import annotations

_UNITS = ((86_400, "day"), (3_600, "hour"), (60, "minute"), (1, "second"))


def spell_span(seconds: float) -> str:
    """Return a span in the largest unit that says enough: `40 minutes`, `90 minutes`, `2 hours`."""
    for size, unit in _UNITS:
        count = int(seconds // size)
        if count >= 2 or (count == 1 and seconds < size + 1):
            return f"{count} {unit}{'' if count == 1 else 's'}"
    return f"{int(seconds)} second{'' if int(seconds) == 1 else 's'}"


def ordinal(number: int) -> str:
    """Return `1st`, `2nd`, `3rd`, `4th`, `11th`."""
    if number % 100 in (11, 12, 13):
        return f"{number}th"
    return f"{number}{ {1: 'st', 2: 'nd', 3: 'rd'}.get(number % 10, 'th') }"
