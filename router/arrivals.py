"""Alerts that routes have decided to page for, and those of them that go to one page."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal

from router.lifecycle.flapping import Again, remark
from router.lifecycle.model import RANK, Page, Plan, Priority
from router.lifecycle.transitions import Known
from router.store.incidents import StoredAlert
from router.webhook import Sender

_NAMED = 5


@dataclass(slots=True)
class Arrival:
    """An alert that a route has decided to page for; `page_id` and `outcome` say what became of it.

    `recipients` is how many people a page that it opened is for.

    Parameters:
      join_key: what bundles alerts into one page, with the organisation and the route.
      incident_id: the incident if it is stored already (held, or its page expired), None for a new one.
      twin_page: an open page of this route that the same fingerprint has been heard on.
      link: the page that a new page should say it follows.
      again: how it has fired lately, None when it has not.
      awaited_by: an open page on which it fired last, which waits whether it does again.
    """

    sender: Sender
    receiver: str
    plan: Plan
    priority: Priority
    join_key: str
    alert: StoredAlert
    incident_id: int | None = None
    twin_page: int | None = None
    link: int | None = None
    again: Again | None = None
    awaited_by: int | None = None
    page_id: int = 0
    recipients: int = 0
    outcome: Literal["paged", "joined"] = "paged"

    @property
    def name(self) -> str:
        """The alert's name, for people."""
        return self.alert.labels.get("alertname", "an alert without a name")

    @property
    def follows(self) -> int | None:
        """The page that a new page should say it follows."""
        return self.link or (self.again.past.page_id if self.again is not None else None)

    def was_on(self, page_id: int) -> bool:
        """Return whether it was on a page when it last fired."""
        return self.awaited_by == page_id or (self.again is not None and self.again.past.page_id == page_id)


@dataclass(slots=True)
class Group:
    """Arrivals that go to one page; `page_id` is None for a new one, which follows `link`."""

    arrivals: list[Arrival] = field(default_factory=list)
    page_id: int | None = None
    link: int | None = None

    @property
    def priority(self) -> Priority:
        """The highest that any of them asks for."""
        return max((arrival.priority for arrival in self.arrivals), key=RANK.__getitem__)

    @property
    def again(self) -> Sequence[tuple[Arrival, Again]]:
        """Those that have fired lately."""
        return [(arrival, arrival.again) for arrival in self.arrivals if arrival.again is not None]

    @property
    def flaps(self) -> bool:
        """Whether any of them flaps."""
        return any(again.streak.flapping for _, again in self.again)

    @property
    def follows(self) -> int | None:
        """The page that a new page should say it follows."""
        return next((arrival.follows for arrival in self.arrivals if arrival.follows), None)

    def known_to(self, page: Page) -> Known | None:
        """Return what they are to a page that all of them were on when they last fired, else None."""
        if not all(arrival.was_on(page.id) for arrival in self.arrivals):
            return None
        told = [again for _, again in self.again if again.past.flapped and again.streak.flapping]
        return "flapping" if page.flapping and len(told) == len(self.arrivals) else "refired"

    def remark(self, now: datetime) -> str:
        """Return how often the one has fired that has most often; empty when none has fired lately."""
        if not self.again:
            return ""
        most, again = max(self.again, key=lambda pair: pair[1].streak.times)
        said = remark(again.streak, now)
        return said if len(self.arrivals) == 1 else f"{most.name}: {said}"

    def news(self, now: datetime) -> str:
        """Return what to say of them on a timeline."""
        count, again = len(self.arrivals), self.remark(now)
        if count == 1 and (again or self.arrivals[0].awaited_by):
            return f"{self.arrivals[0].name} fires again{f': {again}' if again else ''}."
        what = ", ".join(sorted({arrival.name for arrival in self.arrivals})[:_NAMED])
        said = f"{count} alert{'s' if count > 1 else ''} joined: {what}."
        return f"{said} Firing again, {again}." if again else said
