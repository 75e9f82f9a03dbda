"""Whom a route's pages reach, as far as the rules say who belongs to which group."""

from __future__ import annotations

from datetime import datetime

from rules.explain import Paged, timeline
from rules.intervals import next_active
from rules.model import Chain, Route, RuleSet, Target, Terminal


class People:
    """The roster, asked whether anybody is behind a name."""

    def __init__(self, ruleset: RuleSet, now: datetime) -> None:
        self._members = {group.name: bool(group.members) for group in ruleset.groups}
        self._now = now

    def has(self, target: Target) -> bool:
        """Return whether somebody may be reached: a group is empty only when the rules say so."""
        return target.kind != "group" or self._members.get(target.name, True)

    def paged(self, terminal: Terminal) -> tuple[Paged, ...]:
        """Return whom a route's own chain pages before the page expires, without empty groups."""
        return tuple(paged for paged in timeline(terminal) if self.has(paged.target))

    def rescued(self, terminal: Terminal) -> tuple[Paged, ...]:
        """Return whom the default chain pages, when nobody is reached at first."""
        return () if terminal.fallback is None else self._of_chain(terminal.fallback)

    def _of_chain(self, chain: Chain) -> tuple[Paged, ...]:
        return tuple(
            Paged(step.after_s, target) for step in chain.steps for target in step.targets if self.has(target)
        )

    def never_comes(self, route: Route) -> bool:
        """Return whether a route's hours leave no moment at which it pages."""
        if not (route.active or route.mute):
            return False
        active = tuple(interval for intervals in route.active for interval in intervals.intervals)
        mute = tuple(interval for intervals in route.mute for interval in intervals.intervals)
        return next_active(active if route.active else None, mute, self._now) is None
