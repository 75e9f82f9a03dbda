"""The rules in force as everybody who takes alerts sees them: a rule set, and what its pages are given."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property

from router.lifecycle.model import Plan, Step, Target
from rules.model import Chain, RuleSet, Terminal
from rules.places import LastChange, Place
from rules.texts import Sources


@dataclass(frozen=True, eq=False)
class Rules:
    """A rule set in force, and the plans made of its terminals.

    Parameters:
      sources: the texts it was loaded from; None for the built-in rules.
      since: UTC.
      org_id: the organisation that they serve.
    """

    ruleset: RuleSet
    sources: Sources | None
    since: datetime
    org_id: int
    _plans: dict[tuple[Terminal, int, bool], Plan] = field(default_factory=dict)
    _learnt: list[Mapping[Place, LastChange]] = field(default_factory=list)

    def plan_of(self, terminal: Terminal, integration: str) -> Plan:
        """Return what a page that this route opens for an integration's alert is given for good."""
        hold_s = self.ruleset.resolve_hold_s(terminal, integration)
        # What is learnt later is on the pages that are made from then on, and on no others.
        changes = self.changes
        known = (terminal, hold_s, bool(changes))
        plan = self._plans.get(known)
        if plan is None:
            plan = self._plans[known] = _plan(terminal, hold_s, changes.get(terminal.place))
        return plan

    @property
    def changes(self) -> Mapping[Place, LastChange]:
        """Who last changed a route in git, by where it stands; nothing before that was found out."""
        return self._learnt[-1] if self._learnt else {}

    def learn(self, changes: Mapping[Place, LastChange]) -> None:
        """Take note, once, of who last changed the routes."""
        self._learnt.append(changes)

    def places(self) -> Iterator[Place]:
        """Return where everything stands that a page may be made by."""
        for terminal in self.ruleset.terminals.values():
            yield terminal.place
        for heartbeat in self.ruleset.heartbeats.values():
            yield heartbeat.terminal.place

    @cached_property
    def proofs(self) -> tuple[str, ...]:
        """The heartbeats for which alerts beat: they prove that their sender's monitoring lives."""
        return tuple(name for name, each in self.ruleset.heartbeats.items() if each.matchers is not None)

    @cached_property
    def memory_s(self) -> int:
        """For how many seconds the end of an alert matters to its next firing, on any route."""
        spans = [
            max(route.reopen_within_s, route.resolve_hold_s) for route in self.ruleset.terminals.values()
        ]
        return max([*spans, *self.ruleset.resolve_holds.values()], default=0)


def _plan(terminal: Terminal, resolve_hold_s: int, last_change: LastChange | None) -> Plan:
    return Plan(
        steps=_steps(terminal.chain),
        fallback=_steps(terminal.fallback),
        repeat_interval_s=terminal.repeat_interval_s,
        expires_s=terminal.expires_s,
        acknowledge=terminal.acknowledge,
        acknowledgement_timeout_s=terminal.acknowledgement_timeout_s,
        notify_resolved=terminal.notify_resolved,
        resolve_hold_s=resolve_hold_s,
        reopen_within_s=terminal.reopen_within_s,
        flap_limit=terminal.flap_limit,
        subject=terminal.subject,
        message=terminal.message,
        route=terminal.name,
        trace=tuple(
            f"{traced.place.file}:{traced.place.line}: {traced.route}: {traced.why}"
            for traced in terminal.trace
        ),
        revision=terminal.revision,
        file=terminal.place.file,
        line=terminal.place.line,
        chain="" if terminal.chain is None else terminal.chain.name,
        last_change=last_change,
    )


def _steps(chain: Chain | None) -> tuple[Step, ...]:
    steps: Sequence[Step] = [
        Step(step.after_s, tuple(_target(target.kind, target.name) for target in step.targets), step.repeat)
        for step in (chain.steps if chain is not None else ())
    ]
    return tuple(steps)


def _target(kind: str, name: str) -> Target:
    return Target("user" if kind == "user" else "group", name=name)
