"""What a loaded rule set is, and what it decides."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal, Protocol

from rules.findings import ChosenLevel, Finding
from rules.intervals import Interval
from rules.matchers import Matcher
from rules.places import Place

Priority = Literal["low", "normal", "high", "critical"]
AcknowledgeMode = Literal["all", "any"]
TargetKind = Literal["user", "group", "schedule"]

PRIORITIES: tuple[Priority, ...] = ("low", "normal", "high", "critical")


@dataclass(frozen=True, slots=True)
class Target:
    """Whom a step pages, by name: a user's e-mail, a group's name, a schedule's name."""

    kind: TargetKind
    name: str
    place: Place | None = field(default=None, compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class Step:
    """One step of a chain.

    Parameters:
      after_s: seconds from the first page; the first step has 0, later ones at least 60.
      targets: whom it pages.
      repeat: False stops repeats once this step has fired, until a later step with True.
    """

    after_s: int
    targets: tuple[Target, ...]
    repeat: bool = True
    place: Place | None = field(default=None, compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class Chain:
    """Escalation steps, in order of their delay; `name` is qualified outside its namespace."""

    name: str
    steps: tuple[Step, ...]
    place: Place


@dataclass(frozen=True, slots=True)
class PriorityRule:
    """How a priority is found: by a label's value, else `otherwise`; `label` None makes it constant."""

    label: str | None
    values: Mapping[str, Priority]
    otherwise: Priority
    place: Place | None = field(default=None, compare=False, repr=False)

    def of(self, labels: Mapping[str, str]) -> Priority:
        """Return the priority for these labels."""
        if self.label is None:
            return self.otherwise
        return self.values.get(labels.get(self.label, ""), self.otherwise)


@dataclass(frozen=True, slots=True)
class Traced:
    """One line of a decision's trace: a route that was entered, where it stands, and why it holds."""

    route: str
    place: Place
    why: str


@dataclass(frozen=True, slots=True, eq=False)
class Terminal:
    """A route as it answers, with everything inherited: shared by all decisions that end in it.

    One object for each route of a rule set (compared by identity), so that a caller can keep what it
    derives from it.

    Parameters:
      name: qualified (`payments/stripe`); `default` for alerts that no route takes.
      chain: the steps chosen, None when suppressed.
      fallback: the steps of `defaults.chain`, for pages that would reach nobody.
      suppress: the reason given, None when it pages.
      group_by: label names that bundle across integrations, None for the sender's own grouping.
      repeat_interval_s: seconds between repeats, 30 to 3600.
      expires_s: seconds until an unacknowledged page expires, None for never.
      acknowledgement_timeout_s: seconds that an acknowledgement holds, None for ever.
      resolve_hold_s: seconds that the end of the last alert must hold before a page closes.
      reopen_within_s: seconds after its end within which an alert that fires again is the same trouble.
      flap_limit: times an hour; an alert that fires more often flaps.
      subject, message: Jinja2 templates.
      trace: every route entered on the way here, outermost first, this one last.
      revision: the rule set's own, as its `revision`.
    """

    name: str
    place: Place
    chain: Chain | None
    fallback: Chain | None
    suppress: str | None
    group_by: tuple[str, ...] | None
    priority: PriorityRule
    repeat_interval_s: int
    expires_s: int | None
    acknowledge: AcknowledgeMode
    acknowledgement_timeout_s: int | None
    notify_resolved: bool
    resolve_hold_s: int
    reopen_within_s: int
    flap_limit: int
    subject: str
    message: str
    trace: tuple[Traced, ...]
    revision: str


@dataclass(frozen=True, slots=True)
class Decision:
    """What one terminal route decides for one alert now.

    Parameters:
      terminal: the route that answers.
      priority: found by its PriorityRule.
      held: its intervals say that nobody is paged now.
      held_until: UTC, when the hours come; None when not held, or when they never come.
    """

    terminal: Terminal
    priority: Priority
    held: bool = False
    held_until: datetime | None = None


@dataclass(frozen=True, slots=True)
class RosterUser:
    """A person in git.

    Parameters:
      contacts: expanded URLs, never printed.
      exposed: where a contact is written with a secret in plain text.
    """

    email: str
    name: str
    admin: bool
    contacts: tuple[str, ...] = field(repr=False)
    place: Place
    exposed: tuple[Place, ...] = ()


@dataclass(frozen=True, slots=True)
class RosterGroup:
    """A group in git; `members` are e-mails."""

    name: str
    description: str
    members: tuple[str, ...]
    place: Place


@dataclass(frozen=True, slots=True)
class TimeIntervals:
    """A named list of intervals (`office`); a moment is in it when it is in one of them."""

    name: str
    intervals: tuple[Interval, ...]
    place: Place


@dataclass(frozen=True, slots=True, eq=False)
class Route:
    """A node of the route tree, as written.

    Parameters:
      name: qualified (`payments/stripe`).
      namespace: empty for a shared file's.
      matchers: its own; at the top of a namespace preceded by those that `namespaces` gives it.
      proceed: `continue: true`, the next sibling is tried as well.
      active, mute: its intervals; they are not inherited.
      terminal: how it answers itself.
      routes: its children, in order.
      written: where each of its own matchers stands; those of `namespaces` come before them and have none.
    """

    name: str
    namespace: str
    place: Place
    matchers: tuple[Matcher, ...]
    proceed: bool
    active: tuple[TimeIntervals, ...]
    mute: tuple[TimeIntervals, ...]
    terminal: Terminal
    routes: tuple[Route, ...] = ()
    written: tuple[Place, ...] = ()


@dataclass(frozen=True, slots=True, eq=False)
class Heartbeat:
    """Something that must be heard of again and again.

    Parameters:
      name: qualified (`payments/nightly-export`).
      namespace: empty for a shared file's.
      matchers: which alerts are its beats, preceded by those that `namespaces` gives; None when it only beats
        by its address.
      within_s: seconds after a beat by which the next must come.
      integration: the only one whose alerts and keys beat; empty for any.
      terminal: whom its page goes to when it stops, under the name `heartbeat NAME`.
    """

    name: str
    namespace: str
    place: Place
    matchers: tuple[Matcher, ...] | None
    within_s: int
    terminal: Terminal
    integration: str = ""


class Takers(Protocol):
    """The heartbeats' matchers, compiled: `rules.heartbeats.CompiledTakers` is one."""

    def taking(self, labels: Mapping[str, str]) -> Heartbeat | None:
        """Return the heartbeat that an alert with these labels is a beat of."""
        ...


class Router(Protocol):
    """The route tree, compiled: `rules.match.compile_routes` makes one."""

    def decide(self, labels: Mapping[str, str], now: datetime) -> tuple[Decision, ...]:
        """Return what is decided for an alert with these labels at `now`, UTC-aware."""
        ...


@dataclass(frozen=True, slots=True, eq=False)
class RuleSet:
    """A loaded rule set: `rules.match.match(ruleset, labels, now)` routes by it.

    Parameters:
      revision: a short name for what is loaded: the git commit where there is one, and the content hash
        always (`a1b2c3d+5f0c…` or `5f0c…`).
      terminals: by qualified route name, `default` included.
      chains: by qualified name.
      stale_after_s: seconds after which an incident that nobody speaks of ends.
      burst: pages a minute that a person is rung for one by one; 0 for any number.
      router: the routes, compiled.
      routes: the routes as written, in the order in which they are tried.
      namespaces: the matchers that shared files give to each listed namespace.
      namespace_places: where each of them is listed.
      resolve_holds: seconds by the name of an integration, for those that have a `resolve_hold` of their own.
      time_intervals: by qualified name.
      users, groups: the roster; empty when it is not kept in git.
      findings: warnings met while loading.
      heartbeats: by qualified name, in the order in which they are tried.
      takers: their matchers, compiled; None when no alert is a beat.
      lint: by code, what `rules check` shows its findings as.
    """

    revision: str
    terminals: Mapping[str, Terminal]
    chains: Mapping[str, Chain]
    stale_after_s: int
    burst: int
    router: Router = field(repr=False)
    routes: tuple[Route, ...] = ()
    namespaces: Mapping[str, tuple[Matcher, ...]] = field(default_factory=dict)
    resolve_holds: Mapping[str, int] = field(default_factory=dict)
    time_intervals: Mapping[str, TimeIntervals] = field(default_factory=dict)
    users: tuple[RosterUser, ...] = ()
    groups: tuple[RosterGroup, ...] = ()
    findings: tuple[Finding, ...] = ()
    heartbeats: Mapping[str, Heartbeat] = field(default_factory=dict)
    takers: Takers | None = field(default=None, repr=False)
    lint: Mapping[str, ChosenLevel] = field(default_factory=dict)
    namespace_places: Mapping[str, Place] = field(default_factory=dict)

    def resolve_hold_s(self, terminal: Terminal, integration: str) -> int:
        """Return the longer hold of a route and an integration, seconds."""
        return max(terminal.resolve_hold_s, self.resolve_holds.get(integration, 0))
