"""Nights and weekends of a time, as the clocks of a zone show them."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

_DAY = timedelta(days=1)
_QUARTER = timedelta(minutes=15)
"""Every zone's clock is changed at some quarter of an hour, UTC."""

_NIGHT = re.compile(r"([01]\d|2[0-3]):([0-5]\d)-([01]\d|2[0-3]):([0-5]\d)")
_SATURDAY = 5


@dataclass(frozen=True, slots=True)
class Night:
    """When a night begins and ends, minutes of the local clock; it may be over midnight."""

    begins: int = 22 * 60
    ends: int = 7 * 60

    def has(self, minute: int) -> bool:
        """Return whether a minute of the day is in it."""
        if self.begins < self.ends:
            return self.begins <= minute < self.ends
        return minute >= self.begins or minute < self.ends

    def __str__(self) -> str:
        return "-".join(f"{minute // 60:02}:{minute % 60:02}" for minute in (self.begins, self.ends))


def read_night(text: str) -> Night:
    """Return the night that a text such as `22:00-07:00` says. Raises ValueError for another text."""
    found = _NIGHT.fullmatch(text.strip())
    if found is None:
        raise ValueError(f"{text!r} is no night: write it as 22:00-07:00")
    begins, ends = (int(found[n]) * 60 + int(found[n + 1]) for n in (1, 3))
    if begins == ends:
        raise ValueError(f"{text!r} has no length: write it as 22:00-07:00")
    return Night(begins, ends)


@dataclass(frozen=True, slots=True)
class Span:
    """A stretch of time in which nothing changes.

    Parameters:
      day: of the local calendar.
      night: the night that it is in, called after the day on which that begins; None by day.
    """

    day: date
    night: date | None
    is_weekend: bool


class Calendar:
    """Says of moments whether they are at night or at a weekend.

    Parameters:
      since, until: the time that counts, UTC, the end excluded; of other moments it says nothing.
    """

    def __init__(self, since: datetime, until: datetime, zone: ZoneInfo, night: Night) -> None:
        edges = sorted({since, *(edge for edge in _edges(since, until, zone, night) if since < edge < until)})
        self._spans = [_span(edge, zone, night) for edge in edges]
        self._edges = [edge.timestamp() for edge in [*edges, until]]

    def count(self, at: datetime, every_s: int = 0, times: int = 1) -> Iterator[tuple[Span, int]]:
        """Yield how many of some moments are in which stretch of time.

        Parameters:
          at: the first, UTC.
          every_s: seconds between them.
        """
        moment = at.timestamp()
        if moment < self._edges[0]:
            if times == 1:
                return
            passed = min(times, -int((moment - self._edges[0]) // every_s))
            moment, times = moment + passed * every_s, times - passed
        place = bisect_right(self._edges, moment) - 1
        while times > 0 and place < len(self._spans):
            ends = self._edges[place + 1]
            inside = 1 if times == 1 else min(times, -int((moment - ends) // every_s))
            yield self._spans[place], inside
            times -= inside
            moment += inside * every_s
            place = bisect_right(self._edges, moment, place) - 1


def _edges(since: datetime, until: datetime, zone: ZoneInfo, night: Night) -> Iterator[datetime]:
    day = since.astimezone(zone).date() - _DAY
    while day <= until.astimezone(zone).date() + _DAY:
        for minute in (0, night.begins, night.ends):
            wall = datetime.combine(day, time(minute // 60, minute % 60), zone)
            yield wall.astimezone(UTC)
            yield wall.replace(fold=1).astimezone(UTC)  # a clock that goes back shows it twice
        day += _DAY
    moment = since.replace(minute=since.minute // 15 * 15, second=0, microsecond=0)
    offset = moment.astimezone(zone).utcoffset()
    while moment < until:
        moment += _QUARTER
        if moment.astimezone(zone).utcoffset() != offset:
            offset = moment.astimezone(zone).utcoffset()
            yield moment


def _span(moment: datetime, zone: ZoneInfo, night: Night) -> Span:
    local = moment.astimezone(zone)
    in_night = night.has(local.hour * 60 + local.minute)
    began = (local.replace(tzinfo=None) - timedelta(minutes=night.ends)).date() if in_night else None
    return Span(local.date(), began, local.weekday() >= _SATURDAY)
