"""Time intervals with alertmanager.yml's meaning (Alertmanager: timeinterval/timeinterval.go).

An interval holds at a moment when each of its fields that is given has a range that holds, all read in
the interval's zone, UTC when it names none. Zones are IANA's: an hour that is skipped in spring never
comes, one that is repeated in autumn comes twice.
"""

from __future__ import annotations

from calendar import monthrange
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, tzinfo

Range = tuple[int, int]
Ranges = tuple[Range, ...] | None

DAY_MINUTES = 24 * 60
MAX_STEPS = 5_000
_MINUTE = timedelta(minutes=1)


@dataclass(frozen=True, slots=True)
class Interval:
    """One entry of a `time_intervals` list; a field that is None does not restrict, an empty one never holds.

    Parameters:
      times: from minute to minute of the day, the end excluded; 1440 is 24:00.
      weekdays: 0 is Sunday, both ends included.
      days_of_month: 1 to 31, or -31 to -1 from the end; clamped to the month.
      months: 1 to 12.
      years: both ends included.
      zone: where the times are read.
    """

    times: Ranges = None
    weekdays: Ranges = None
    days_of_month: Ranges = None
    months: Ranges = None
    years: Ranges = None
    zone: tzinfo = UTC

    def contains(self, moment: datetime) -> bool:
        """Return whether it holds at a moment, UTC-aware."""
        local = moment.astimezone(self.zone)
        minute = local.hour * 60 + local.minute
        return (
            within(self.years, local.year)
            and within(self.months, local.month)
            and self._has_day(local)
            and (self.times is None or any(start <= minute < end for start, end in self.times))
        )

    def next_change(self, moment: datetime) -> datetime | None:
        """Return a later moment up to which nothing changes, or None when nothing ever changes again.

        It never skips a change, but it may come before one.
        """
        local = moment.astimezone(self.zone)
        if not within(self.years, local.year):
            year = min((start for start, _ in self.years or () if start > local.year), default=None)
            return None if year is None or year > 9000 else self._first(year, 1, 1, moment)
        if not within(self.months, local.month):
            return self._before_shift(moment, self._first_of_month(local, moment))
        if not self._has_day(local):
            return self._before_shift(moment, self._at_minute(local, DAY_MINUTES, moment))
        return self._next_today(local, moment)

    def _has_day(self, local: datetime) -> bool:
        if not within(self.weekdays, local.isoweekday() % 7):
            return False
        if self.days_of_month is None:
            return True
        length = monthrange(local.year, local.month)[1]
        return any(day_within(start, end, local.day, length) for start, end in self.days_of_month)

    def _next_today(self, local: datetime, moment: datetime) -> datetime:
        minute = local.hour * 60 + local.minute
        bounds = {DAY_MINUTES} | {bound for span in self.times or () for bound in span}
        # A clock that goes back shows a bound again that this day has already passed once.
        again = {bound for bound in bounds if bound <= minute}
        late = min(self._at_minute(local, bound, moment) for bound in bounds - again)
        early = [m for bound in again if (m := self._at_minute(local, bound, moment)) > moment]
        return self._before_shift(moment, min([late, *early]))

    def _at_minute(self, local: datetime, minute: int, moment: datetime) -> datetime:
        day = local.date() + timedelta(days=minute // DAY_MINUTES)
        return self._first(day.year, day.month, day.day, moment, minute % DAY_MINUTES)

    def _first_of_month(self, local: datetime, moment: datetime) -> datetime:
        year, month = (local.year + 1, 1) if local.month == 12 else (local.year, local.month + 1)
        return self._first(year, month, 1, moment)

    def _first(self, year: int, month: int, day: int, moment: datetime, minute: int = 0) -> datetime:
        """Return when the zone's clock shows this time, the first such moment after `moment` if one is."""
        wall = datetime(year, month, day, minute // 60, minute % 60, tzinfo=self.zone)
        first, second = wall.astimezone(UTC), wall.replace(fold=1).astimezone(UTC)
        if second < first:  # the time is skipped: the clock jumps over it at one moment
            first, second = second, first
        return first if first > moment else second

    def _before_shift(self, moment: datetime, target: datetime) -> datetime:
        """Return `target`, or the moment before it at which the zone's offset changes."""
        offset = moment.astimezone(self.zone).utcoffset()
        if target.astimezone(self.zone).utcoffset() == offset:
            return target
        low, high = moment, target
        while high - low > _MINUTE:
            middle = low + (high - low) // 2 // _MINUTE * _MINUTE
            if middle.astimezone(self.zone).utcoffset() == offset:
                low = middle
            else:
                high = middle
        return high


def within(ranges: Ranges, value: int) -> bool:
    """Return whether one of the ranges has a value, both ends included; None has all."""
    return ranges is None or any(start <= value <= end for start, end in ranges)


def day_within(start: int, end: int, day: int, length: int) -> bool:
    """Return whether a range of days has a day of a month of this length."""
    first = start if start > 0 else length + start + 1
    last = end if end > 0 else length + end + 1
    return first <= length and first <= day <= min(last, length)


def holds(intervals: Iterable[Interval], moment: datetime) -> bool:
    """Return whether one of the intervals holds at a moment, UTC-aware."""
    return any(interval.contains(moment) for interval in intervals)


def is_muted(active: tuple[Interval, ...] | None, mute: tuple[Interval, ...], now: datetime) -> bool:
    """Return whether a route with these intervals pages nobody at `now`.

    Parameters:
      active: the intervals of its `active_time_intervals`, None when it names none.
      mute: those of its `mute_time_intervals`.
      now: UTC-aware.
    """
    return (active is not None and not holds(active, now)) or holds(mute, now)


def next_active(
    active: tuple[Interval, ...] | None, mute: tuple[Interval, ...], now: datetime
) -> datetime | None:
    """Return the first moment from `now` on at which such a route pages, UTC.

    None when that never comes, or not within some years of searching day by day.
    """
    moment = now.astimezone(UTC).replace(second=0, microsecond=0)
    if not is_muted(active, mute, now):
        return now
    for _ in range(MAX_STEPS):
        waits = active is not None and not holds(active, moment)
        watched = [*(active or ())] if waits else [*(active or ()), *mute]
        changes = [change for interval in watched if (change := interval.next_change(moment))]
        if not changes:
            return None
        moment = max(min(changes), moment + _MINUTE)
        if not is_muted(active, mute, moment):
            return moment
    return None


def holds_always(intervals: Iterable[Interval]) -> bool:
    """Return whether at every moment one of the intervals holds; those of one zone must do it alone."""
    by_zone: dict[tzinfo, list[Interval]] = {}
    for interval in intervals:
        if interval.years is None:
            by_zone.setdefault(interval.zone, []).append(interval)
    return any(all(_whole_day(each, *day) for day in kinds_of_days()) for each in by_zone.values())


def kinds_of_days() -> Iterator[tuple[int, int, int, int]]:
    """Walk over every month, its length, day and weekday that comes, in some year."""
    lengths = {2: (28, 29), 4: (30,), 6: (30,), 9: (30,), 11: (30,)}
    for month in range(1, 13):
        for length in lengths.get(month, (31,)):
            for day in range(1, length + 1):
                for weekday in range(7):
                    yield month, length, day, weekday


def _whole_day(intervals: Iterable[Interval], month: int, length: int, day: int, weekday: int) -> bool:
    covered = 0
    for start, end in sorted(
        span
        for each in intervals
        if within(each.months, month)
        and within(each.weekdays, weekday)
        and (each.days_of_month is None or any(day_within(*span, day, length) for span in each.days_of_month))
        for span in (((0, DAY_MINUTES),) if each.times is None else each.times)
    ):
        if start > covered:
            return False
        covered = max(covered, end)
    return covered >= DAY_MINUTES
