"""What of a rule set is drawn: everything, one namespace, or the way that some labels take."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime

from rules.explain import str_of
from rules.heartbeats import taken_by
from rules.loading.reading import spell_duration
from rules.match import match
from rules.model import Chain, Heartbeat, Route, RuleSet, Step, Terminal
from rules.places import Place


@dataclass(frozen=True, slots=True)
class Parts:
    """What is drawn, in the order in which alerts meet it.

    Parameters:
      heartbeats: they take their alerts before any route is tried.
      default: what answers when no route does; None where that is left out.
      answering: the names of the routes that answer the labels asked about; empty when none were.
    """

    heartbeats: tuple[Heartbeat, ...]
    routes: tuple[Route, ...]
    default: Terminal | None
    answering: frozenset[str] = frozenset()

    def answers(self, terminal: Terminal) -> bool:
        """Say whether how a route answers is drawn: not where labels are asked about that it passes on."""
        return not self.answering or terminal.name in self.answering


def whole(ruleset: RuleSet) -> Parts:
    """Return everything."""
    return Parts(tuple(ruleset.heartbeats.values()), ruleset.routes, ruleset.terminals["default"])


def of_namespace(ruleset: RuleSet, namespace: str) -> Parts:
    """Return what the files of a namespace say; of the shared files with an empty name."""
    return Parts(
        tuple(each for each in ruleset.heartbeats.values() if each.namespace == namespace),
        tuple(route for route in ruleset.routes if route.namespace == namespace),
        None if namespace else ruleset.terminals["default"],
    )


def on_the_way(ruleset: RuleSet, labels: Mapping[str, str], now: datetime) -> Parts:
    """Return the routes that an alert with these labels enters, and those of them that answer.

    Parameters:
      labels: as for `rules.match.match`.
      now: UTC; the way does not depend on it.
    """
    heartbeat = taken_by(ruleset, labels)
    if heartbeat is not None:
        return Parts((heartbeat,), (), None)
    decisions = match(ruleset, labels, now)
    entered = {traced.route for decision in decisions for traced in decision.terminal.trace}
    answering = frozenset(decision.terminal.name for decision in decisions)
    default = ruleset.terminals["default"]
    return Parts(
        (), _entered(ruleset.routes, entered), default if default.name in answering else None, answering
    )


def _entered(routes: Iterable[Route], names: Collection[str]) -> tuple[Route, ...]:
    return tuple(
        replace(route, routes=_entered(route.routes, names)) for route in routes if route.name in names
    )


def steps_of(chain: Chain) -> list[str]:
    """Return a chain's steps: `group payments`, `after 5m user jane@example.com`."""
    return [_step(step) for step in chain.steps]


def _step(step: Step) -> str:
    when = f"after {spell_duration(step.after_s)} " if step.after_s else ""
    quiet = "" if step.repeat else ", then no repeats"
    return when + " and ".join(map(str_of, step.targets)) + quiet


def hours_of(route: Route) -> list[str]:
    """Return when a route pages: `only in office`, `not in nights`."""
    hours = []
    if route.active:
        hours.append(f"only in {' or '.join(intervals.name for intervals in route.active)}")
    if route.mute:
        hours.append(f"not in {' or '.join(intervals.name for intervals in route.mute)}")
    return hours


def where(place: Place) -> str:
    """Return `payments.yml:14`; nothing for what is built in."""
    return "" if place.file.startswith("(") else f"{place.file}:{place.line}"
