"""Pages a day, times to acknowledge and resolve, who was rung when, and the noisiest alerts.

A median or p90 is the nearest rank: a span that did occur, with half, or nine tenths, no longer than it.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import NamedTuple

from router.insight.period import Period

NIGHT_BEGINS = 22
NIGHT_ENDS = 7
"""Hours of the local clock."""

_SATURDAY = 5


class Called(NamedTuple):
    """A page, as far as figures look at it; UTC, None for what has not happened."""

    route: str
    created_at: datetime
    acknowledged_at: datetime | None
    resolved_at: datetime | None


class Rung(NamedTuple):
    """How often a person was rung within a quarter of an hour, of which `at` is some moment; UTC."""

    user_id: int
    at: datetime
    times: int


@dataclass(frozen=True, slots=True)
class Day:
    """How many pages were opened on a day."""

    day: date
    pages: int


@dataclass(frozen=True, slots=True)
class Times:
    """How long the pages of a team or route took, from their beginning; seconds, None where none did."""

    name: str
    pages: int
    acknowledged: int
    acknowledge_median_s: int | None
    acknowledge_p90_s: int | None
    resolved: int
    resolve_median_s: int | None
    resolve_p90_s: int | None


@dataclass(frozen=True, slots=True)
class Load:
    """How often a person was rung: in all, at night, at weekends (a Saturday's night is both).

    Parameters:
      nights: in how many different nights.
    """

    user_id: int
    name: str
    rung: int
    at_night: int
    at_weekends: int
    nights: int


@dataclass(frozen=True, slots=True)
class Alert:
    """How much an alert has called on a route: how often it fired, on how many pages.

    Parameters:
      unacknowledged: pages of those that nobody had acknowledged.
      unacknowledged_share: the same as a share of one.
    """

    alertname: str
    route: str
    pages: int
    fired: int
    unacknowledged: int
    unacknowledged_share: float


def team_of(route: str) -> str:
    """Return the first part of a route's name; empty for a page that was sent by hand."""
    return route.partition("/")[0]


def pages_a_day(pages: Iterable[Called], period: Period) -> list[Day]:
    """Return every day of a period with the number of its pages."""
    zone = period.zone
    counted = Counter(page.created_at.astimezone(zone).date() for page in pages)
    return [Day(day, counted[day]) for day in period.days()]


def times(pages: Iterable[Called], name_of: Callable[[str], str]) -> list[Times]:
    """Return how long pages took, by what their routes are called together; most pages first."""
    counted: Counter[str] = Counter()
    acknowledged: dict[str, list[int]] = defaultdict(list)
    resolved: dict[str, list[int]] = defaultdict(list)
    for page in pages:
        name = name_of(page.route)
        counted[name] += 1
        if page.acknowledged_at is not None:
            acknowledged[name].append(_seconds(page.acknowledged_at - page.created_at))
        if page.resolved_at is not None:
            resolved[name].append(_seconds(page.resolved_at - page.created_at))
    found = [
        Times(name, count, *_ranks(acknowledged[name]), *_ranks(resolved[name]))
        for name, count in counted.items()
    ]
    return sorted(found, key=lambda each: (-each.pages, each.name))


def load(rings: Iterable[Rung], names: Mapping[int, str], period: Period) -> list[Load]:
    """Return everybody who was rung, the most disturbed first.

    Parameters:
      names: of people by id; others are passed over.
    """
    tallies: dict[int, _Tally] = defaultdict(_Tally)
    for ring in rings:
        tallies[ring.user_id].add(ring.at.astimezone(period.zone), ring.times)
    found = [
        Load(user_id, names[user_id], tally.rung, tally.at_night, tally.at_weekends, len(tally.nights))
        for user_id, tally in tallies.items()
        if user_id in names
    ]
    return sorted(found, key=lambda each: (-each.at_night, -each.at_weekends, -each.rung, each.user_id))


def alert(alertname: str, route: str, pages: int, fired: int, acknowledged: int) -> Alert:
    """Return an alert with the share of its pages that nobody had acknowledged."""
    left = pages - acknowledged
    return Alert(alertname, route, pages, fired, left, round(left / pages, 3) if pages else 0.0)


@dataclass(slots=True)
class _Tally:
    rung: int = 0
    at_night: int = 0
    at_weekends: int = 0
    nights: set[date] = field(default_factory=set)

    def add(self, local: datetime, count: int) -> None:
        self.rung += count
        if local.weekday() >= _SATURDAY:
            self.at_weekends += count
        if local.hour >= NIGHT_BEGINS or local.hour < NIGHT_ENDS:
            self.at_night += count
            # A night is called after the day on which it begins.
            self.nights.add((local.replace(tzinfo=None) - timedelta(hours=NIGHT_ENDS)).date())


def _seconds(span: timedelta) -> int:
    return max(0, round(span.total_seconds()))


def _ranks(spans: list[int]) -> tuple[int, int | None, int | None]:
    spans.sort()
    return len(spans), _rank(spans, 50), _rank(spans, 90)


def _rank(ordered: list[int], percent: int) -> int | None:
    return ordered[-(-len(ordered) * percent // 100) - 1] if ordered else None
