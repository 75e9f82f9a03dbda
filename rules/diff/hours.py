"""Hours in a form that is the same for all spellings of the same hours."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable, Sequence
from dataclasses import dataclass, field
from itertools import pairwise

from rules.intervals import DAY_MINUTES, Interval, Ranges, day_within, kinds_of_days, within
from rules.model import TimeIntervals

_FULL_DAY = (1 << DAY_MINUTES) - 1
_DAYS = list(kinds_of_days())
_ALL_DAYS = (1 << len(_DAYS)) - 1
_WEEKDAYS = ("Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat")
_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")

_Day = dict[int, int]
"""Kinds of days as bits of _DAYS, by the minutes as bits that hold on them."""


@dataclass(frozen=True, slots=True)
class OpenHours:
    """When a route pages; outside it holds.

    Parameters:
      form: equal for hours that are the same, however they are written. Where several zones are mixed, only
        the same intervals in another spelling are known to be the same.
      words: as people read it: `only in office (Mon-Fri 09:00-17:00 Europe/London)`.
    """

    form: Hashable = field(repr=False)
    words: str = field(compare=False)


def open_hours(active: Sequence[TimeIntervals], mute: Sequence[TimeIntervals]) -> OpenHours | None:
    """Return when a route with these intervals pages; None when always."""
    if not active and not mute:
        return None
    opens = [each for named in active for each in named.intervals] if active else None
    closes = [each for named in mute for each in named.intervals]
    zones = {str(each.zone) for each in [*(opens or ()), *closes]}
    if len(zones) > 1:
        form: Hashable = (None if opens is None else _by_zone(opens), _by_zone(closes))
        return OpenHours(form, _words(active, mute))
    years = _years([*(opens or ()), *closes])
    spans = [(start, _open_days(opens, closes, start)) for start in years]
    kept = [spans[0], *(later for before, later in pairwise(spans) if before[1] != later[1])]
    if kept == [(years[0], frozenset([(_FULL_DAY, _ALL_DAYS)]))]:
        return None
    never = all(not days for _, days in kept)
    return OpenHours((() if never else tuple(sorted(zones)), tuple(kept)), _words(active, mute))


def _by_zone(intervals: Sequence[Interval]) -> Hashable:
    zones = {str(each.zone) for each in intervals}
    return frozenset(
        (zone, tuple((start, _days(own, start)) for start in _years(own)))
        for zone in zones
        for own in [[each for each in intervals if str(each.zone) == zone]]
    )


def _years(intervals: Iterable[Interval]) -> list[int]:
    """Return the years at which something may change; the first stands for all time before."""
    bounds = {0}
    for each in intervals:
        for first, last in each.years or ():
            bounds |= {first, last + 1}
    return sorted(bounds)


def _open_days(opens: list[Interval] | None, closes: list[Interval], year: int) -> frozenset[tuple[int, int]]:
    paging = {_FULL_DAY: _ALL_DAYS} if opens is None else _union(opens, year)
    closed = _union(closes, year)
    left: _Day = {}
    for minutes, days in paging.items():
        for muted, muted_days in closed.items():
            both = days & muted_days
            if both:
                left[minutes & ~muted] = left.get(minutes & ~muted, 0) | both
    return frozenset((minutes, days) for minutes, days in left.items() if minutes)


def _days(intervals: list[Interval], year: int) -> Hashable:
    return frozenset((minutes, days) for minutes, days in _union(intervals, year).items() if minutes)


def _union(intervals: list[Interval], year: int) -> _Day:
    union: _Day = {0: _ALL_DAYS}
    for each in intervals:
        if each.years is not None and not any(first <= year <= last for first, last in each.years):
            continue
        days, minutes = _day_bits(each), _minute_bits(each.times)
        split: _Day = {}
        for held, on in union.items():
            for result, part in ((held | minutes, on & days), (held, on & ~days)):
                if part:
                    split[result] = split.get(result, 0) | part
        union = split
    return union


def _minute_bits(times: Ranges) -> int:
    if times is None:
        return _FULL_DAY
    bits = 0
    for start, end in times:
        bits |= (1 << end) - (1 << start)
    return bits


def _day_bits(interval: Interval) -> int:
    bits = 0
    for position, (month, length, day, weekday) in enumerate(_DAYS):
        if (
            within(interval.months, month)
            and within(interval.weekdays, weekday)
            and (
                interval.days_of_month is None
                or any(day_within(*span, day, length) for span in interval.days_of_month)
            )
        ):
            bits |= 1 << position
    return bits


def _words(active: Sequence[TimeIntervals], mute: Sequence[TimeIntervals]) -> str:
    parts = []
    if active:
        parts.append("only in " + " or ".join(map(_named, active)))
    if mute:
        parts.append("not in " + " or ".join(map(_named, mute)))
    return ", ".join(parts)


def _named(named: TimeIntervals) -> str:
    shown = "; ".join(interval_words(each) for each in named.intervals[:2])
    more = len(named.intervals) - 2
    return f"{named.name} ({shown}{f' and {more} more' if more > 0 else ''})"


def interval_words(interval: Interval) -> str:
    """Return an interval as people read it: `Mon-Fri 09:00-17:00 Europe/London`."""
    parts = [
        _ranges(interval.weekdays, lambda day: _WEEKDAYS[day]),
        _ranges(interval.days_of_month, str, "day "),
        _ranges(interval.months, lambda month: _MONTHS[month - 1]),
        _ranges(interval.years, str),
        _ranges(interval.times, lambda minute: f"{minute // 60:02}:{minute % 60:02}"),
    ]
    said = [part for part in parts if part]
    return " ".join([*(said or ["always"]), str(interval.zone)])


def _ranges(ranges: Ranges, word: Callable[[int], str], before: str = "") -> str:
    if ranges is None:
        return ""
    said = (word(first) if first == last else f"{word(first)}-{word(last)}" for first, last in ranges)
    return before + (",".join(said) or "never")
