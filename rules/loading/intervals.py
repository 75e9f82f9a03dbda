"""`time_intervals`: alertmanager.yml's schema, field by field (Alertmanager: timeinterval)."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import UTC, tzinfo
from zoneinfo import ZoneInfo, available_timezones

from rules.document import ListNode, Node, ScalarNode, printed
from rules.intervals import Interval, Range, Ranges
from rules.loading.faults import Faults
from rules.loading.names import Names, qualify
from rules.loading.reading import read_entries, read_fields, read_items, read_name, read_text
from rules.model import TimeIntervals

MAX_INTERVALS = 100
MAX_RANGES = 100
FIELDS = ("times", "weekdays", "days_of_month", "months", "years", "location")

_CLOCK = re.compile(r"(?:([01][0-9]|2[0-3]):([0-5][0-9]))|24:00")
_NUMBER = re.compile(r"[-+]?[0-9]{1,6}")
_WEEKDAYS = ("sunday", "monday", "tuesday", "wednesday", "thursday", "friday", "saturday")
_MONTHS = (
    "january",
    "february",
    "march",
    "april",
    "may",
    "june",
    "july",
    "august",
    "september",
    "october",
    "november",
    "december",
)


class _RangeError(ValueError):
    """A range that Alertmanager refuses; says what to write."""


def read_time_intervals(node: Node, known: Names[TimeIntervals], faults: Faults) -> None:
    """Read a file's `time_intervals` into `known`."""
    for key, value in read_entries(node, "time_intervals", faults):
        name = read_name(key, "a time interval's name", faults)
        if name is None or not known.claim(name, key.place, faults):
            continue
        intervals = read_intervals(value, name, faults)
        if intervals is not None:
            known.add(name, TimeIntervals(qualify(faults.namespace, name), intervals, key.place), faults)


def read_intervals(node: Node, name: str, faults: Faults) -> tuple[Interval, ...] | None:
    """Return the entries of a list of intervals, or None when one of them has a fault."""
    items = read_items(node, f"time interval {name}", faults)
    if not 0 < len(items) <= MAX_INTERVALS:
        if not items and isinstance(node, (ListNode, ScalarNode)):
            faults.error("bad-interval", node.place, f"time interval {name} is empty: list its intervals.")
        elif items:
            faults.error(
                "bad-interval", node.place, f"time interval {name} has more than {MAX_INTERVALS} entries."
            )
        return None
    read = [_read_interval(item, faults) for item in items]
    intervals = tuple(interval for interval in read if interval is not None)
    return intervals if len(intervals) == len(read) else None


def _read_interval(node: Node, faults: Faults) -> Interval | None:
    fields = read_fields(node, "a time interval", FIELDS, faults)
    failed: list[str] = []

    def ranges(name: str, parse: Callable[[Node, Faults], Range | None]) -> Ranges:
        field = fields.get(name)
        if field is None or (isinstance(field, ScalarNode) and field.is_null):
            return None
        items = read_items(field, name, faults)
        read = [parse(item, faults) for item in items[:MAX_RANGES]]
        if not isinstance(field, ListNode) or None in read or len(items) > MAX_RANGES:
            failed.append(name)
        return tuple(found for found in read if found is not None)

    zone = _read_zone(fields.get("location"), faults)
    interval = Interval(
        times=ranges("times", _read_times),
        weekdays=ranges("weekdays", _reader(_weekdays)),
        days_of_month=ranges("days_of_month", _reader(_days_of_month)),
        months=ranges("months", _reader(_months)),
        years=ranges("years", _reader(_years)),
        zone=zone or UTC,
    )
    return None if failed or zone is None else interval


def _read_zone(node: Node | None, faults: Faults) -> tzinfo | None:
    if node is None or (isinstance(node, ScalarNode) and node.text in ("", "UTC")):
        return UTC
    name = read_text(node, "location", faults, 100)
    if name is None:
        return None
    if name != "Local":
        try:
            return ZoneInfo(name)
        except (KeyError, ValueError, OSError):
            pass
    faults.error(
        "unknown-zone",
        node.place,
        f"location {printed(name)} is not a time zone: write an IANA name such as Europe/London."
        + faults.hint(name, available_timezones),
    )
    return None


def _read_times(node: Node, faults: Faults) -> Range | None:
    fields = read_fields(node, "a time range", ("start_time", "end_time"), faults)
    minutes: list[int] = []
    for name in ("start_time", "end_time"):
        if name not in fields:
            faults.error(
                "missing-key", node.place, f"this time range has no {name}: write start_time and end_time."
            )
            continue
        text = read_text(fields[name], name, faults)
        clock = _CLOCK.fullmatch(text) if text is not None else None
        if clock is not None:
            minutes.append(int(clock[1] or 24) * 60 + int(clock[2] or 0))
        elif text is not None:
            faults.error(
                "bad-interval",
                fields[name].place,
                f"{name} {printed(text)} is not a time of day: write HH:MM from 00:00 to 24:00.",
            )
    if len(minutes) < 2:
        return None
    if minutes[0] >= minutes[1]:
        faults.error(
            "bad-interval",
            node.place,
            "start_time must be before end_time: split what goes over midnight into two ranges.",
        )
        return None
    return minutes[0], minutes[1]


def _reader(parse: Callable[[str, str], Range]) -> Callable[[Node, Faults], Range | None]:
    def read(node: Node, faults: Faults) -> Range | None:
        text = read_text(node, "a range", faults, 60)
        if text is None:
            return None
        first, colon, last = text.lower().partition(":")
        try:
            return parse(first, last if colon else first)
        except _RangeError as error:
            faults.error("bad-interval", node.place, f"{printed(text)} is not a range: {error}.")
            return None

    return read


def _number(text: str) -> int:
    if not _NUMBER.fullmatch(text):
        raise _RangeError(f"{printed(text)} is not a number")
    return int(text)


def _weekdays(first: str, last: str) -> Range:
    days: list[int] = []
    for name in (first, last):
        if name not in _WEEKDAYS:
            raise _RangeError(f"{printed(name)} is not a weekday, write monday to sunday in full")
        days.append(_WEEKDAYS.index(name))
    if days[0] > days[1]:
        raise _RangeError(f"{first} comes after {last}, weeks start on sunday: write two ranges")
    return days[0], days[1]


def _days_of_month(first: str, last: str) -> Range:
    begin, end = _number(first), _number(last)
    for day in (begin, end):
        if not 1 <= abs(day) <= 31:
            raise _RangeError(f"{day} is no day of a month, write 1 to 31, or -1 to -31 from its end")
    if begin < 0 < end:
        raise _RangeError("one that starts from the month's end must end there too")
    # A February of 28 days decides which ranges are backwards in every month, as in Alertmanager.
    if (begin if begin > 0 else 28 + begin) > (end if end > 0 else 28 + end):
        raise _RangeError(f"day {end} is before day {begin}")
    return begin, end


def _months(first: str, last: str) -> Range:
    begin, end = (_MONTHS.index(name) + 1 if name in _MONTHS else _number(name) for name in (first, last))
    if begin > end:
        raise _RangeError(f"{first} comes after {last}: write two ranges")
    return begin, end


def _years(first: str, last: str) -> Range:
    begin, end = _number(first), _number(last)
    if begin > end:
        raise _RangeError(f"{begin} comes after {end}")
    return begin, end
