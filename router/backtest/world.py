"""Everything that is, at one moment of a simulation."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from router.backtest.agenda import Agenda
from router.backtest.crew import Crew
from router.backtest.incidents import Incidents
from router.backtest.live import Incident, LivePage
from router.backtest.pages import Pages
from router.in_force import Rules
from router.lifecycle import closing
from router.lifecycle.model import Change, ClosedReason

WAKE, RELEASE, HEART, STALE, LEFT, ACT = range(6)
"""What is to be done at one moment, in this order."""


@dataclass(frozen=True, slots=True)
class World:
    """The rules, the people, what fires, the pages, and what is to be done when.

    Parameters:
      agenda: its payloads are what the rank says: a page, an incident, a heartbeat's name, an act.
    """

    rules: Rules
    crew: Crew
    incidents: Incidents
    pages: Pages
    agenda: Agenda[object]

    def end(self, incident: Incident, reason: str, now: datetime) -> None:
        """End an incident: `resolved`, `superseded` or `stale`."""
        self.incidents.end(incident, now, heard=reason != "stale")

    def hold(self, incident: Incident, until: datetime | None) -> None:
        """Keep an incident from paging until a moment; None for hours that never come."""
        incident.outcome, incident.held_until = "held", until
        if until is not None:
            self.agenda.note(until, RELEASE, incident)

    def close(self, live: LivePage, reason: ClosedReason, now: datetime) -> None:
        """End a page because its last alert did; one that is over already is left alone."""
        self.change(live, closing.close(self.pages.catch_up(live, now), reason, "", now), now)

    def resolve(self, live: LivePage, now: datetime, at_least_s: int = 0) -> None:
        """End a page whose last alert resolved, or let it wait as long as that must hold."""
        self.change(live, closing.resolve(self.pages.catch_up(live, now), "", now, at_least_s), now)

    def change(self, live: LivePage, change: Change, now: datetime) -> None:
        """Let a change of a page come true, unless it changes nothing."""
        if change.page is not live.page or change.events or change.notify:
            self.pages.apply(live, change, now)
