"""A backtest: a history under some rules, beside what really happened."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from router.backtest.acts import Reactions, with_their_alerts
from router.backtest.crew import Crew
from router.backtest.nights import Calendar, Night
from router.backtest.simulation import Simulation
from router.backtest.tally import Simulated, Tally, happened
from router.in_force import Rules
from rules.history import End, Header, HistoryError, Page, People, Record, Webhook
from rules.model import RuleSet


@dataclass(frozen=True, slots=True)
class Terms:
    """How a backtest counts, and what it takes for granted.

    Parameters:
      since, until: the time that counts, UTC, the end excluded; as far as the history holds it.
      zone: in which nights and weekends are counted.
      acknowledge_after: how long after it opened a page that nobody really had is acknowledged; None: never.
    """

    zone: ZoneInfo
    night: Night
    since: datetime
    until: datetime
    acknowledge_after: timedelta | None = None


@dataclass(slots=True)
class Backtest:
    """What came of it.

    Parameters:
      happened: None where the history has no pages.
      webhooks, alerts: that were replayed; `tests` are those of Test buttons, which were not.
      quarantined: bodies that are not in the history, since they could not be read.
      matched: simulated pages to which people did what they really did; `assumed` are the others.
      unheard: heartbeats of the rules that beat by an address of their own, which no history has.
      by_name: nobody is known, so that groups stand for people.
    """

    ruleset: RuleSet
    terms: Terms
    since: datetime
    until: datetime
    simulated: Tally
    happened: Tally | None = None
    webhooks: int = 0
    alerts: int = 0
    tests: int = 0
    quarantined: int = 0
    matched: int = 0
    assumed: int = 0
    unheard: tuple[str, ...] = ()
    by_name: bool = False
    integrations: set[str] = field(default_factory=set)


def backtest(records: Iterable[Record], ruleset: RuleSet, terms: Terms) -> Backtest:
    """Live through a history, as `rules.history.read` yields it, under some rules.

    Raises HistoryError for one that does not hold the time that is asked for, and what `records` raises.
    """
    coming = iter(records)
    header = next(coming, None)
    if not isinstance(header, Header):
        raise HistoryError("line 1: is no header of a history.")
    since, until = _time(header, terms)
    people, pages = People(), list[Page]()
    first: Record | None = None
    for first in coming:
        if isinstance(first, People):
            people = first
        elif isinstance(first, Page):
            pages.append(first)
        else:
            break
    pages = with_their_alerts(pages)
    calendar = Calendar(since, until, terms.zone, terms.night)
    crew = Crew(ruleset, people, named=not header.hashed_people)
    simulated = Simulated(tally := Tally(calendar), crew)
    reactions = Reactions(pages, terms.acknowledge_after)
    rules = Rules(ruleset, None, header.since, 1)
    simulation = Simulation(rules, crew, reactions, simulated, header.since)
    found = Backtest(ruleset, terms, since, until, tally, happened(pages, calendar) if pages else None)
    _live(simulation, first, coming, until, found)
    simulation.finish(until)
    simulated.finish()
    found.tests = simulation.tests
    found.matched, found.assumed = reactions.matched, reactions.assumed
    found.unheard = tuple(name for name, one in ruleset.heartbeats.items() if one.matchers is None)
    found.by_name = crew.are_names
    return found


def _live(
    simulation: Simulation, first: Record | None, others: Iterable[Record], until: datetime, found: Backtest
) -> None:
    record = first
    coming = iter(others)
    while record is not None:
        if isinstance(record, Webhook) and record.at < until:
            simulation.take(record)
            found.webhooks += 1
            found.alerts += len(record.alerts)
            found.integrations.add(record.integration)
        elif isinstance(record, End):
            found.quarantined = record.quarantined
        record = next(coming, None)


def _time(header: Header, terms: Terms) -> tuple[datetime, datetime]:
    since, until = max(terms.since, header.since), min(terms.until, header.until)
    if since >= until:
        raise HistoryError(
            f"the history is about {header.since:%Y-%m-%d %H:%M} to {header.until:%Y-%m-%d %H:%M} UTC: "
            "ask for a time within."
        )
    return since, until
