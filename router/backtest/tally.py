"""Who was told of pages, how often and when: in a simulation, and really, in the same words."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta

from router.backtest.crew import Crew
from router.backtest.live import LivePage
from router.backtest.nights import Calendar
from router.lifecycle.model import NotificationKind
from rules import history


@dataclass(slots=True)
class Times:
    """How often somebody was told of a page, and when first and last; UTC."""

    times: int
    first: datetime
    last: datetime


@dataclass(slots=True)
class Paged:
    """A page, as a report shows it.

    Parameters:
      name: of the first alert that it opened for.
      told: by person.
    """

    number: int
    route: str
    name: str
    opened: datetime
    priority: str
    acknowledged: datetime | None = None
    closed: datetime | None = None
    reason: str = ""
    told: dict[str, Times] = field(default_factory=dict)


@dataclass(slots=True)
class Load:
    """How often people are told of pages.

    Parameters:
      messages: one for each time that one person is told of one page.
      pages: that they were told of.
      nights: the nights in which they were told, in which a Saturday's is of the weekend, too.
    """

    messages: int = 0
    at_night: int = 0
    at_weekends: int = 0
    pages: set[int] = field(default_factory=set)
    nights: set[tuple[str, date]] = field(default_factory=set)

    def add(self, other: Load) -> None:
        """Add what another one has."""
        self.messages += other.messages
        self.at_night += other.at_night
        self.at_weekends += other.at_weekends
        self.pages |= other.pages
        self.nights |= other.nights


class Tally:
    """Counts pages and messages within the time that a calendar holds."""

    def __init__(self, calendar: Calendar) -> None:
        self._calendar = calendar
        self.pages: dict[int, Paged] = {}
        self.people: dict[str, Load] = defaultdict(Load)
        self.routes: dict[str, Load] = defaultdict(Load)
        self.alerts: dict[tuple[str, str], Load] = defaultdict(Load)
        self.opened_on: Counter[date] = Counter()
        self._opened: set[int] = set()

    @property
    def opened(self) -> int:
        """How many pages were opened within the time."""
        return len(self._opened)

    @property
    def total(self) -> Load:
        """Everybody's load together; a night counts once for each whom it disturbed."""
        total = Load()
        for load in self.people.values():
            total.add(load)
        return total

    def unreached(self) -> list[Paged]:
        """Return the pages that nobody was told of, oldest first."""
        return [self.pages[number] for number in sorted(self._opened) if not self.pages[number].told]

    def opened_by(self, route: str) -> int:
        """Return how many pages a route opened within the time."""
        return sum(self.pages[number].route == route for number in self._opened)

    def open(self, page: Paged) -> None:
        """Take a page that was opened, within the time or before."""
        self.pages[page.number] = page
        for span, _ in self._calendar.count(page.opened):
            self._opened.add(page.number)
            self.opened_on[span.day] += 1
            self.routes[page.route].pages.add(page.number)
            self.alerts[page.name, page.route].pages.add(page.number)

    def tell(self, number: int, person: str, at: datetime, every_s: int = 0, times: int = 1) -> None:
        """Count that somebody was told of a page: once, or so often at intervals, the first time at `at`."""
        page = self.pages[number]
        last = at + timedelta(seconds=every_s * (times - 1))
        before = page.told.get(person)
        if before is None:
            page.told[person] = Times(times, at, last)
        else:
            before.times += times
            before.last = max(before.last, last)
        load = Load()
        for span, count in self._calendar.count(at, every_s, times):
            load.messages += count
            if span.is_weekend:
                load.at_weekends += count
            if span.night is not None:
                load.at_night += count
                load.nights.add((person, span.night))
        if load.messages:
            self.people[person].pages.add(number)
            for counted in (self.people[person], self.routes[page.route], self.alerts[page.name, page.route]):
                counted.add(load)


class Simulated:
    """Listens to a simulation, and counts."""

    def __init__(self, tally: Tally, crew: Crew) -> None:
        self._tally = tally
        self._crew = crew
        self._live: list[LivePage] = []

    def opened(self, live: LivePage) -> None:
        """Take a page that was opened."""
        page = live.page
        self._live.append(live)
        self._tally.open(Paged(page.id, page.plan.route, live.name, page.created_at, page.priority))

    def told(
        self, live: LivePage, user_id: int, kind: NotificationKind, at: datetime, every_s: int, times: int
    ) -> None:
        """Count that somebody was told."""
        self._tally.tell(live.page.id, self._crew.name_of(user_id), at, every_s, times)

    def finish(self) -> None:
        """Write down how the pages ended."""
        for live in self._live:
            page, shown = live.page, self._tally.pages[live.page.id]
            shown.priority, shown.acknowledged = page.priority, page.acknowledged_at
            shown.closed, shown.reason = page.closed_at, page.closed_reason or ""


def happened(pages: Iterable[history.Page], calendar: Calendar) -> Tally:
    """Return the tally of what really happened."""
    tally = Tally(calendar)
    for page in pages:
        name = page.alerts[0].name if page.alerts else ""
        tally.open(
            Paged(
                page.id,
                page.route,
                name,
                page.opened,
                page.priority,
                page.acknowledged,
                page.closed,
                page.reason,
            )
        )
        for told in page.told:
            for seconds in told.sent:
                tally.tell(page.id, told.person, page.opened + timedelta(seconds=seconds))
    return tally
