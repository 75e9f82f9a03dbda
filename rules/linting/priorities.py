"""Priority lookups: by a label that nobody guarantees, or for values that no alert of theirs can have."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from rules.document import printed
from rules.findings import Finding
from rules.loading.behaviour import BUILT_IN_BEHAVIOUR
from rules.loading.faults import Faults
from rules.matchers import Matcher
from rules.model import PriorityRule, Route, RuleSet

_Paths = list[tuple[Route, tuple[Matcher, ...]]]


def lint_priorities(ruleset: RuleSet, findings: list[Finding]) -> None:
    """Remark on lookups whose label, or one of whose values, no route lets in."""
    guaranteed: set[str] = set()
    looked_up: dict[int, tuple[PriorityRule, _Paths]] = {}
    for route, matchers in _with_matchers(ruleset.routes, ()):
        guaranteed |= {matcher.name for matcher in matchers if not matcher.holds({})}
        rule = route.terminal.priority
        built_in = rule is BUILT_IN_BEHAVIOUR.priority
        if rule.label is not None and not built_in and route.terminal.suppress is None:
            looked_up.setdefault(id(rule), (rule, []))[1].append((route, matchers))
    unsure: set[str] = set()
    of_default = ruleset.terminals["default"].priority
    for rule, paths in looked_up.values():
        if rule.label not in guaranteed and rule.label not in unsure:
            unsure.add(rule.label or "")
            _lint_label(rule, paths[0][0], findings)
        if rule is not of_default:  # which takes whatever no route takes
            _lint_values(rule, paths, findings)


def _with_matchers(
    routes: Iterable[Route], above: tuple[Matcher, ...]
) -> Iterator[tuple[Route, tuple[Matcher, ...]]]:
    for route in routes:
        matchers = above + route.matchers
        yield route, matchers
        yield from _with_matchers(route.routes, matchers)


def _lint_label(rule: PriorityRule, route: Route, findings: list[Finding]) -> None:
    Faults(findings, route.namespace).warning(
        "priority-label",
        rule.place or route.place,
        f"priority is looked up by label {printed(rule.label or '')}, but no route makes sure that its "
        "alerts "
        f'have it: add a route with {rule.label}=~".+", or correct the label\'s name.',
    )


def _lint_values(
    rule: PriorityRule, paths: Sequence[tuple[Route, tuple[Matcher, ...]]], findings: list[Finding]
) -> None:
    """Remark on values that a matcher of every route that looks them up refuses."""
    label = rule.label or ""
    asked = [[each for each in matchers if each.name == label] for _, matchers in paths]
    idle = [
        value
        for value in rule.values
        if not any(all(each.holds({label: value}) for each in matchers) for matchers in asked)
    ]
    if idle:
        route = paths[0][0]
        values = ", ".join(map(printed, idle[:5])) + (", …" if len(idle) > 5 else "")
        Faults(findings, route.namespace).warning(
            "idle-priority",
            rule.place or route.place,
            f"the lookup's {label} {values} never occurs: no route that has this lookup, "
            f"{printed(route.name)} "
            "first, takes such alerts. Remove the value, or let the route take them.",
        )
