"""RFC 3339 as Go writes it: none to nine fraction digits, any offset, the year 1 for never."""

from __future__ import annotations

from datetime import UTC, datetime

import msgspec


def in_utc(moment: datetime | None) -> datetime | None:
    """Return a moment in UTC; None for Go's zero time and for what no calendar holds in UTC.

    The year is looked at before any arithmetic: year 1 at an offset overflows (docs/facts.md, section 6, 9).
    A moment without an offset is taken for UTC.
    """
    if moment is None or moment.year == 1:
        return None
    if moment.tzinfo is UTC:
        return moment
    if moment.tzinfo is None:
        return moment.replace(tzinfo=UTC)
    try:
        return moment.astimezone(UTC)
    except OverflowError:
        return None


def read_time(value: object) -> datetime | None:
    """Return a JSON value's moment in UTC, rounded to microseconds; None for anything that is no time."""
    if not isinstance(value, str):
        return None
    try:
        return in_utc(msgspec.convert(value, datetime))
    except (msgspec.ValidationError, UnicodeEncodeError):
        return None
