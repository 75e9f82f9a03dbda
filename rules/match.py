"""Routing: labels in, decisions out, with Alertmanager's semantics.

An alert enters a route whose matchers all hold; its children are tried in order, the first that takes it
wins unless it says `continue: true`; a route none of whose children takes the alert answers itself
(Alertmanager: dispatch/route.go). What nobody takes is answered by the route `default`.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta

from rules.index import Siblings
from rules.intervals import Interval, is_muted, next_active
from rules.memo import Memo
from rules.model import Decision, Route, RuleSet, Terminal, TimeIntervals

MAX_OUTCOMES = 8192
MAX_REMEMBERED_KEY = 4096
_ASK_AGAIN = timedelta(days=1)


def match(ruleset: RuleSet, labels: Mapping[str, str], now: datetime) -> tuple[Decision, ...]:
    """Return what the rules decide for one alert, in the order in which its routes stand; never empty.

    Parameters:
      labels: the alert's labels, and of ours `__integration__`, `__adapter__`, `__receiver__` and
        `__group_key__`.
      now: UTC-aware; it decides whether a route's hours hold the alert.
    """
    return ruleset.router.decide(labels, now)


class Hours:
    """Whether a route's intervals hold an alert, remembered for as long as the answer stands."""

    __slots__ = ("_active", "_held", "_minute", "_mute")

    def __init__(self, active: Sequence[TimeIntervals], mute: Sequence[TimeIntervals]) -> None:
        self._active: tuple[Interval, ...] | None = _flattened(active) if active else None
        self._mute = _flattened(mute)
        self._minute: tuple[int, bool] = (-1, False)
        self._held: tuple[datetime, datetime, datetime | None] | None = None

    def hold(self, decision: Decision, now: datetime) -> Decision:
        """Return the decision as it is at `now`, held or not."""
        minute = int(now.timestamp()) // 60
        known, muted = self._minute
        if known != minute:
            muted = is_muted(self._active, self._mute, now)
            self._minute = (minute, muted)
        if not muted:
            return decision
        return Decision(decision.terminal, decision.priority, True, self._until(now))

    def _until(self, now: datetime) -> datetime | None:
        span = self._held
        if span is None or not span[0] <= now < span[1]:
            until = next_active(self._active, self._mute, now)
            span = self._held = (now, until or now + _ASK_AGAIN, until)
        return span[2]


def _flattened(named: Iterable[TimeIntervals]) -> tuple[Interval, ...]:
    return tuple(interval for intervals in named for interval in intervals.intervals)


class _Node:
    """A route ready to be walked."""

    __slots__ = ("children", "hours", "index", "matchers", "proceed", "terminal")

    def __init__(self, route: Route) -> None:
        self.matchers = route.matchers
        self.proceed = route.proceed
        self.terminal = route.terminal
        self.hours = Hours(route.active, route.mute) if route.active or route.mute else None
        self.children = tuple(_Node(child) for child in route.routes)
        self.index = Siblings([child.matchers for child in self.children])


Outcome = tuple[tuple[Decision, ...], tuple[Hours | None, ...] | None]


class CompiledRoutes:
    """A route tree that answers in the time of its depth, and at once for labels that it has seen.

    Outcomes are remembered by the values of the labels that the rules look at; the hours of a route are
    looked up afterwards, since they change while the outcome stands.
    """

    __slots__ = ("_children", "_default", "_index", "_names", "_outcomes")

    def __init__(self, routes: Sequence[Route], default: Terminal) -> None:
        self._children = tuple(_Node(route) for route in routes)
        self._index = Siblings([child.matchers for child in self._children])
        self._default = default
        self._names = tuple(sorted(_names_seen(routes, default)))
        self._outcomes: Memo[tuple[str | None, ...], Outcome] = Memo(MAX_OUTCOMES)

    def decide(self, labels: Mapping[str, str], now: datetime) -> tuple[Decision, ...]:
        """Return what is decided for an alert with these labels at `now`, UTC-aware."""
        key = tuple(map(labels.get, self._names))
        outcome = self._outcomes.get(key)
        if outcome is None:
            outcome = self._route(labels)
            if sum(len(value) for value in key if value is not None) <= MAX_REMEMBERED_KEY:
                self._outcomes.keep(key, outcome)
        decisions, hours = outcome
        if hours is None:
            return decisions
        return tuple(
            decision if timed is None else timed.hold(decision, now)
            for decision, timed in zip(decisions, hours, strict=True)
        )

    def _route(self, labels: Mapping[str, str]) -> Outcome:
        taken: list[_Node] = []
        _walk(self._children, self._index, labels, taken)
        if not taken:
            return (Decision(self._default, self._default.priority.of(labels)),), None
        decisions = tuple(Decision(node.terminal, node.terminal.priority.of(labels)) for node in taken)
        hours = tuple(node.hours for node in taken)
        return decisions, hours if any(hours) else None


def _walk(children: Sequence[_Node], index: Siblings, labels: Mapping[str, str], taken: list[_Node]) -> bool:
    """Add every route that answers, and return whether one of the children took the alert."""
    entered = False
    for ordinal in index.candidates(labels):
        child = children[ordinal]
        if not all(matcher.holds(labels) for matcher in child.matchers):
            continue
        entered = True
        if not (child.children and _walk(child.children, child.index, labels, taken)):
            taken.append(child)
        if not child.proceed:
            break
    return entered


def _names_seen(routes: Iterable[Route], default: Terminal) -> set[str]:
    names = {default.priority.label} if default.priority.label is not None else set()
    for route in routes:
        names |= {matcher.name for matcher in route.matchers}
        names |= _names_seen(route.routes, route.terminal)
    return names


def compile_routes(routes: Sequence[Route], default: Terminal) -> CompiledRoutes:
    """Return a router for a route tree.

    Parameters:
      routes: the top level, in the order in which it is tried.
      default: answers what none of them takes.
    """
    return CompiledRoutes(routes, default)
