"""What lives in a simulation: alerts that fire, and the pages that they are on."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime

from router.lifecycle.flapping import Past, Streak
from router.lifecycle.incidents import Episode
from router.lifecycle.model import Page, Plan, Priority

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


@dataclass(frozen=True, slots=True)
class Opening:
    """An alert that a page opened for: which, and when it was first heard of."""

    alert: AlertKey
    first_heard_at: datetime


@dataclass(slots=True, eq=False)
class LivePage:
    """A page in a simulation.

    Parameters:
      page: as the lifecycle sees it.
      name: of the first alert that it opened for.
      join_key: None for a heartbeat's.
      opened_for: the alerts that opened it.
      incidents: its alerts that still fire.
      as_of: until when everything has happened on it, UTC.
      wakes_at: when it is noted in the agenda, UTC.
      joined_at: when alerts last joined that its people have not been told of at once.
      told_at: when each was last told of it, or would have been if they could be reached.
      heard_at: when each first heard of it.
      emptied_at: when a truncated webhook ended its last alerts, which closes nothing.
    """

    page: Page
    name: str
    integration: str
    join_key: JoinKey | None
    opened_for: tuple[Opening, ...]
    as_of: datetime
    incidents: set[Incident] = field(default_factory=set)
    wakes_at: datetime | None = None
    joined_at: datetime | None = None
    told_at: dict[int, datetime] = field(default_factory=dict)
    heard_at: dict[int, datetime] = field(default_factory=dict)
    emptied_at: datetime | None = None
