"""The shape of the tree: what has no effect where it stands, what is too deep, namespaces without routes."""

from __future__ import annotations

from collections.abc import Sequence

from rules.document import printed
from rules.findings import Finding
from rules.loading.faults import Faults
from rules.model import Route, RuleSet

MAX_LEVELS = 5


def lint_tree(ruleset: RuleSet, findings: list[Finding]) -> None:
    """Remark on namespaces that take nothing, on `continue` without a next route, and on deep trees."""
    busy = {route.namespace for route in ruleset.routes}
    busy |= {heartbeat.namespace for heartbeat in ruleset.heartbeats.values()}
    for name, place in ruleset.namespace_places.items():
        if name not in busy:
            Faults(findings).warning(
                "empty-namespace",
                place,
                f"namespace {printed(name)} takes no alert: no file of it has a route or a heartbeat. Add "
                "one, or remove it here.",
            )
    _lint_siblings(ruleset.routes, 1, findings)


def _lint_siblings(routes: Sequence[Route], level: int, findings: list[Finding]) -> None:
    if not routes:
        return
    if level == MAX_LEVELS + 1:
        first = routes[0]
        Faults(findings, first.namespace).info(
            "deep-tree",
            first.place,
            f"route {printed(first.name)} stands {level} levels deep, where few follow it: give routes "
            "further up more matchers instead.",
        )
    last = routes[-1]
    if last.proceed:
        Faults(findings, last.namespace).info(
            "idle-continue",
            last.place,
            f"continue: true has no effect on route {printed(last.name)}: no other comes behind it. Remove "
            "it.",
        )
    for route in routes:
        _lint_siblings(route.routes, level + 1, findings)
