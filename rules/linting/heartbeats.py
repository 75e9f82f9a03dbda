"""Heartbeats that take what others wait for, and those that are too impatient for their sender."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from rules.document import printed
from rules.linting.shadows import follows
from rules.loading.faults import Faults
from rules.loading.reading import spell_duration
from rules.matchers import Matcher
from rules.model import Finding, Heartbeat, Route, RuleSet

GROUP_INTERVAL_S = 300
"""Alertmanager's default `group_interval`: an alert that keeps firing is not sent again before."""


def lint_heartbeats(ruleset: RuleSet, findings: list[Finding]) -> None:
    """Remark on heartbeats that cannot beat, or not in time, and on routes that they leave nothing."""
    earlier: list[Heartbeat] = []
    for heartbeat in ruleset.heartbeats.values():
        if heartbeat.matchers is None:
            continue
        _lint_within(heartbeat, findings)
        taker = _taker(earlier, heartbeat.matchers)
        if taker is not None:
            Faults(findings, heartbeat.namespace).warning(
                "shadowed-heartbeat",
                heartbeat.place,
                f"heartbeat {printed(heartbeat.name)} never comes by an alert: {printed(taker.name)} at "
                f"{taker.place} takes all of them. Put it first, or let the other one take less.",
            )
        earlier.append(heartbeat)
    for route, matchers in _topmost(ruleset.routes, (), earlier):
        taker = _taker(earlier, matchers)
        if taker is not None:
            Faults(findings, route.namespace).warning(
                "shadowed-route",
                route.place,
                f"route {printed(route.name)} never takes an alert: heartbeat {printed(taker.name)} at "
                f"{taker.place} takes all of them before any route. Remove the route, or let the heartbeat "
                "take less.",
            )


def _lint_within(heartbeat: Heartbeat, findings: list[Finding]) -> None:
    if heartbeat.within_s < GROUP_INTERVAL_S:
        within = spell_duration(heartbeat.within_s)
        Faults(findings, heartbeat.namespace).warning(
            "short-heartbeat",
            heartbeat.place,
            f"heartbeat {printed(heartbeat.name)} must come within {within}, but by default Alertmanager "
            f"repeats an alert no sooner than after {spell_duration(GROUP_INTERVAL_S)}: give it more than "
            "the group_interval and repeat_interval of its route together.",
        )


def _taker(heartbeats: Sequence[Heartbeat], matchers: Sequence[Matcher]) -> Heartbeat | None:
    return next((each for each in heartbeats if follows(each.matchers or (), matchers)), None)


def _topmost(
    routes: Sequence[Route], above: tuple[Matcher, ...], heartbeats: Sequence[Heartbeat]
) -> Iterator[tuple[Route, tuple[Matcher, ...]]]:
    """Walk over the routes with all their matchers, but not below one that is taken whole already."""
    if not heartbeats:
        return
    for route in routes:
        matchers = above + route.matchers
        yield route, matchers
        if _taker(heartbeats, matchers) is None:
            yield from _topmost(route.routes, matchers, heartbeats)
