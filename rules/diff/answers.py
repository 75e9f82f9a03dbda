"""What a route does with the alerts that it takes, in a form that is equal when it does the same."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import lru_cache
from typing import Generic, TypeVar

from jinja2.meta import find_undeclared_variables

from rules.diff.hours import OpenHours, open_hours
from rules.model import AcknowledgeMode, Chain, Heartbeat, Priority, Route, RuleSet, TargetKind, Terminal
from rules.sandbox import ENVIRONMENT

Value = TypeVar("Value", str, int, Priority)


@dataclass(frozen=True, slots=True)
class Lookup(Generic[Value]):
    """Something that a label of the alert decides; `label` is empty when it is the same for all.

    Parameters:
      values: those that differ from `otherwise`, in the order of the label's values.
    """

    label: str
    values: tuple[tuple[str, Value], ...]
    otherwise: Value

    def of(self, labels: Mapping[str, str]) -> Value:
        """Return what it is for these labels."""
        return dict(self.values).get(labels.get(self.label, ""), self.otherwise)


@dataclass(frozen=True, slots=True)
class Called:
    """One step of a chain that fires before the page expires: when, whom, and whether repeats go on."""

    after_s: int
    targets: tuple[tuple[TargetKind, str], ...]
    repeat: bool


@dataclass(frozen=True, slots=True)
class Answer:
    """What becomes of an alert that a route or a heartbeat takes; equal ones behave the same.

    What has no effect is left out: all of a page's settings where nobody is paged, steps at or after the
    expiry, a flap limit where nothing counts as firing again, the name of the route unless a text has it.

    Parameters:
      suppressed: the reason why nobody is paged, None when somebody is.
      beat: name, seconds and sender of the heartbeat that the alert is a beat of; then the rest is what
        happens when it is missing.
      calls: whom it pages when.
      hours: when it pages, None for always.
      route: its name, where a text of its pages says it.
    """

    suppressed: str | None = None
    beat: tuple[str, int, str] | None = None
    calls: tuple[Called, ...] = ()
    hours: OpenHours | None = None
    priority: Lookup[Priority] = field(default_factory=lambda: Lookup("", (), "normal"))
    group_by: tuple[str, ...] | None = None
    repeat_interval_s: int = 0
    expires_s: int | None = None
    acknowledge: AcknowledgeMode = "any"
    acknowledgement_timeout_s: int | None = None
    notify_resolved: bool = True
    resolve_hold_s: Lookup[int] = field(default_factory=lambda: Lookup("", (), 0))
    reopen_within_s: int = 0
    flap_limit: int = 0
    subject: str = ""
    message: str = ""
    route: str = ""

    @property
    def looked_up(self) -> Mapping[str, frozenset[str]]:
        """The labels that decide something of it, with the values that do."""
        found: dict[str, frozenset[str]] = {}
        for label, values in (
            (self.priority.label, self.priority.values),
            (self.resolve_hold_s.label, self.resolve_hold_s.values),
        ):
            if label:
                found[label] = found.get(label, frozenset()) | {value for value, _ in values}
        return found

    def fixed(self, values: Mapping[str, str | None]) -> Answer:
        """Return it for alerts that have these values of labels, None for any value that no lookup has."""
        return replace(
            self, priority=_fixed(self.priority, values), resolve_hold_s=_fixed(self.resolve_hold_s, values)
        )


def _fixed(lookup: Lookup[Value], values: Mapping[str, str | None]) -> Lookup[Value]:
    if lookup.label not in values:
        return lookup
    value = values[lookup.label]
    found = lookup.otherwise if value is None else dict(lookup.values).get(value, lookup.otherwise)
    return Lookup("", (), found)


class Answers:
    """Makes the answers of two rule sets, one object for all that are equal.

    Parameters:
      holds: seconds by integration for which both hold back resolves; where they differ, that is told apart.
    """

    def __init__(self, holds: Mapping[str, int]) -> None:
        self._holds = holds
        self._known: dict[Answer, Answer] = {}
        self._hours: dict[tuple[object, ...], OpenHours | None] = {}

    def of_route(self, route: Route) -> Answer:
        """Return what a route does when it answers itself."""
        spans = tuple((each.name, each.intervals) for each in (*route.active, *route.mute))
        key = (len(route.active), spans)
        if key not in self._hours:
            self._hours[key] = open_hours(route.active, route.mute)
        return self.of_terminal(route.terminal, self._hours[key])

    def of_terminal(self, terminal: Terminal, hours: OpenHours | None = None) -> Answer:
        """Return what a route does with these hours."""
        if terminal.suppress is not None:
            return self._one(Answer(suppressed=terminal.suppress))
        named = _names_route(terminal.subject) or _names_route(terminal.message)
        return self._one(replace(self._paging(terminal), hours=hours, route=terminal.name if named else ""))

    def of_heartbeat(self, heartbeat: Heartbeat) -> Answer:
        """Return what a heartbeat does with its beats, and when they are missing."""
        beat = heartbeat.name, heartbeat.within_s, heartbeat.integration
        own: Lookup[int] = Lookup("", (), heartbeat.terminal.resolve_hold_s)
        return self._one(replace(self._paging(heartbeat.terminal), beat=beat, resolve_hold_s=own))

    def _one(self, answer: Answer) -> Answer:
        return self._known.setdefault(answer, answer)

    def _paging(self, terminal: Terminal) -> Answer:
        rule, hold_s = terminal.priority, terminal.resolve_hold_s
        looked_up = {} if rule.label is None else rule.values
        return Answer(
            calls=called(terminal.chain, terminal.expires_s),
            priority=_lookup(rule.label or "", looked_up, rule.otherwise),
            group_by=None if terminal.group_by is None else tuple(sorted(terminal.group_by)),
            repeat_interval_s=terminal.repeat_interval_s,
            expires_s=terminal.expires_s,
            acknowledge=terminal.acknowledge,
            acknowledgement_timeout_s=terminal.acknowledgement_timeout_s,
            notify_resolved=terminal.notify_resolved,
            resolve_hold_s=_lookup(
                "__integration__", {name: max(hold_s, own) for name, own in self._holds.items()}, hold_s
            ),
            reopen_within_s=terminal.reopen_within_s,
            flap_limit=terminal.flap_limit if terminal.reopen_within_s else 0,
            subject=terminal.subject,
            message=terminal.message,
        )


@lru_cache(512)
def _names_route(template: str) -> bool:
    return "route" in template and "route" in find_undeclared_variables(ENVIRONMENT.parse(template))


def called(chain: Chain | None, expires_s: int | None) -> tuple[Called, ...]:
    """Return the steps of a chain that fire before a page expires, which it does after so many seconds."""
    return tuple(
        Called(step.after_s, tuple(sorted({(each.kind, each.name) for each in step.targets})), step.repeat)
        for step in (() if chain is None else chain.steps)
        if expires_s is None or step.after_s < expires_s
    )


def _lookup(label: str, values: Mapping[str, Value], otherwise: Value) -> Lookup[Value]:
    differing = tuple(sorted((name, value) for name, value in values.items() if value != otherwise))
    return Lookup(label if differing else "", differing, otherwise)


def shared_holds(old: RuleSet, new: RuleSet) -> Mapping[str, int]:
    """Return for how many seconds both rule sets hold back the resolves of an integration."""
    return {name: own for name, own in old.resolve_holds.items() if new.resolve_holds.get(name) == own}
