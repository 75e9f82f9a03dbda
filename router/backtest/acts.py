"""What people do to simulated pages: as they really did, or as the simulation was told to assume."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from msgspec.structs import replace

from router.backtest.live import LivePage
from rules import history

_AT_ONCE = timedelta()


@dataclass(frozen=True, slots=True)
class Act:
    """Somebody acknowledges a page, or cancels it.

    Parameters:
      after: from the moment that the page opened.
      person: who really did; empty for whoever was told first.
      steps_in: nobody had paged that person, who did so as an admin.
    """

    after: timedelta
    person: str = ""
    steps_in: bool = False
    cancels: bool = False


@dataclass(frozen=True, slots=True)
class _Really:
    page: history.Page
    acts: tuple[Act, ...]


class Reactions:
    """What people really did, found by the alert that a page opened for.

    Parameters:
      pages: as they really were, with their alerts.
      after: how long after it opened a page is acknowledged that has no counterpart; None for never.
    """

    def __init__(self, pages: Iterable[history.Page], after: timedelta | None) -> None:
        self._after = after
        self._by_alert: dict[tuple[str, str, str, datetime], list[_Really]] = defaultdict(list)
        self._opened: dict[tuple[datetime, str], list[_Really]] = defaultdict(list)
        for page in pages:
            really = _Really(page, tuple(_acts(page)))
            self._opened[page.opened, page.route].append(really)
            for alert in page.alerts:
                key = alert.integration, alert.receiver, alert.fingerprint, alert.at
                self._by_alert[key].append(really)
        self.matched = 0
        self.assumed = 0

    def to(self, live: LivePage) -> Sequence[Act]:
        """Return what people do to a page that has just opened."""
        really = self._counterpart(live)
        if really is not None:
            self.matched += 1
            return really.acts
        self.assumed += 1
        return () if self._after is None else (Act(self._after),)

    def _counterpart(self, live: LivePage) -> _Really | None:
        """Find the page that the route opened at that moment, else the nearest that had one of its alerts.

        The moment goes first: alerts whose page expired have gone to the one that followed it.
        """
        opened, route = live.page.created_at, live.page.plan.route
        then = self._opened.get((opened, route), ())
        if len(then) == 1:
            return then[0]

        def distance(one: _Really) -> tuple[int, timedelta]:
            return (one.page.route != route) + (one.page.opened != opened), abs(one.page.opened - opened)

        found: list[_Really] = []
        for opening in live.opened_for:
            integration, receiver, fingerprint, _ = opening.alert
            found += self._by_alert.get((integration, receiver, fingerprint, opening.first_heard_at), ())
        return min(found, key=distance, default=None)


def with_their_alerts(pages: Iterable[history.Page]) -> list[history.Page]:
    """Return real pages, also those with their alerts whose alerts another page took over."""
    found = {page.id: page for page in pages}
    for page in sorted(found.values(), key=lambda one: -one.id):
        before = found.get(page.follows or 0)
        if before is not None and not before.alerts:
            found[before.id] = replace(before, alerts=found[page.id].alerts)
    return list(found.values())


def _acts(page: history.Page) -> Iterable[Act]:
    """Yield what was done to a real page, in the order of its time."""
    told = sorted(
        (one.acknowledged, one.person, one.stepped_in) for one in page.told if one.acknowledged is not None
    )
    for at, person, stepped_in in told:
        yield Act(max(_AT_ONCE, at - page.opened), person, stepped_in)
    if page.reason == "cancelled" and page.closed is not None:
        yield Act(max(_AT_ONCE, page.closed - page.opened), cancels=True)
