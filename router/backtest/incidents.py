"""The alerts of a simulation: those that fire, and how each last ended."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from router.lifecycle.flapping import Past, Streak
from router.lifecycle.incidents import Episode
from router.lifecycle.model import Plan, Priority

if TYPE_CHECKING:
    from router.backtest.pages import LivePage

AlertKey = tuple[str, str, str, str]
"""Integration, receiver, fingerprint, route."""

JoinKey = tuple[str, object]
"""Whose grouping it is, and the group: what bundles alerts of one route into one page."""


@dataclass(slots=True, eq=False)
class Incident:
    """One alert firing once, on one route that took it; as a row of incidents, but for what nobody reads.

    Parameters:
      plan: None when it pages nobody: suppressed, or a heartbeat's beat.
      name: the alert's own.
    """

    integration: str
    receiver: str
    fingerprint: str
    route: str
    name: str
    starts_at: datetime | None
    first_heard_at: datetime
    last_heard_at: datetime
    outcome: str
    priority: Priority
    plan: Plan | None
    join_key: JoinKey
    number: int = 0
    held_until: datetime | None = None
    page: LivePage | None = None
    ended_at: datetime | None = None
    streak: Streak | None = None

    @property
    def key(self) -> AlertKey:
        """What the alert is on its route, whenever it fires."""
        return self.integration, self.receiver, self.fingerprint, self.route

    @property
    def episode(self) -> Episode:
        """What the law of intake looks at."""
        return Episode(self.starts_at, self.last_heard_at)

    @property
    def open_page(self) -> LivePage | None:
        """The page that it is on, if that is not over."""
        return self.page if self.page is not None and self.page.page.closed_at is None else None

    @property
    def past(self) -> Past:
        """How it fired; it must have ended, and have been on a page."""
        assert self.page is not None
        assert self.ended_at is not None
        return Past(self.first_heard_at, self.ended_at, self.page.page.id, self.streak)


class Incidents:
    """What fires, by integration and fingerprint; what was last on a page, by alert and route."""

    def __init__(self) -> None:
        self._open: dict[tuple[str, str], list[Incident]] = {}
        self.last: dict[AlertKey, Incident] = {}
        self._added = 0

    def beside(self, integration: str, fingerprint: str) -> Sequence[Incident]:
        """Return the open incidents of an alert, whatever their receiver, oldest first."""
        return self._open.get((integration, fingerprint), ())

    def add(self, incident: Incident) -> None:
        """Put a new incident on record."""
        self._added += 1
        incident.number = self._added
        self._open.setdefault((incident.integration, incident.fingerprint), []).append(incident)
        if incident.page is not None:
            incident.page.incidents.add(incident)

    def end(self, incident: Incident, now: datetime, *, heard: bool) -> None:
        """End an incident.

        Parameters:
          heard: somebody spoke of it now.
        """
        beside = self._open[incident.integration, incident.fingerprint]
        beside.remove(incident)
        if not beside:
            del self._open[incident.integration, incident.fingerprint]
        incident.ended_at, incident.held_until = now, None
        if heard:
            incident.last_heard_at = now
        if incident.page is not None:
            incident.page.incidents.discard(incident)
            self.last[incident.key] = incident

    def firing(self) -> Sequence[Incident]:
        """Return everything that fires."""
        return [incident for beside in self._open.values() for incident in beside]
