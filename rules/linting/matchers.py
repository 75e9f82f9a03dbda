"""Matchers that ask for nothing, for the wrong thing, or for more than one would read in them."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from rules.findings import Finding
from rules.loading.faults import Faults
from rules.matchers import Matcher
from rules.model import Route, RuleSet
from rules.places import Place

_QUOTES = {'"': '"', "'": "'", "“": "”", "„": "“", "‘": "’", "`": "`", "«": "»", "”": "”", "’": "’"}
_SLASHED = re.compile(r"/[^/]+/")
_QUOTED_PART = r"\Q"  # behind it `$` is a letter
_EXPRESSIONS = ("=~", "!~")
MOST_RELATED = 5


def lint_matchers(ruleset: RuleSet, findings: list[Finding]) -> None:
    """Remark on the matchers of every route, heartbeat and namespace, warnings first."""
    every = list(_walked(ruleset.routes, ()))
    alone = list(_of_no_route(ruleset))
    placed = [(route.namespace, *each) for route, _, _ in every for each in _own(route)] + alone
    for namespace, matcher, place in placed:
        _lint_odd_quotes(matcher, place, Faults(findings, namespace))
        _lint_all_or_nothing(matcher, place, Faults(findings, namespace))
    for namespace, matcher, place in alone:
        _lint_expression(matcher, place, Faults(findings, namespace))
    missing: dict[Matcher, list[tuple[str, Place]]] = {}
    for route, above, beside in every:
        for matcher, place in _lint_route(route, above, Faults(findings, route.namespace)):
            if matcher.negated() not in beside:
                missing.setdefault(matcher, []).append((route.namespace, place))
    for matcher, places in missing.items():
        _tell_missing(matcher, places, findings)


def _walked(
    routes: Sequence[Route], above: tuple[Matcher, ...]
) -> Iterator[tuple[Route, tuple[Matcher, ...], frozenset[Matcher]]]:
    """Walk over routes with the matchers of those around them, and those of themselves and their siblings."""
    beside = frozenset(matcher for route in routes for matcher in route.matchers)
    for route in routes:
        yield route, above, beside
        yield from _walked(route.routes, above + route.matchers)


def _of_no_route(ruleset: RuleSet) -> Iterator[tuple[str, Matcher, Place]]:
    """Walk over the matchers that `namespaces` gives, and those that heartbeats have besides."""
    for name, place in ruleset.namespace_places.items():
        for matcher in ruleset.namespaces[name]:
            yield "", matcher, place
    for heartbeat in ruleset.heartbeats.values():
        given = len(ruleset.namespaces.get(heartbeat.namespace, ()))
        for matcher in (heartbeat.matchers or ())[given:]:
            yield heartbeat.namespace, matcher, heartbeat.place


def _own(route: Route) -> Iterator[tuple[Matcher, Place]]:
    """Return a route's own matchers, those that its namespace is given left out, each with its place."""
    own = route.matchers[len(route.matchers) - len(route.written) :]
    return zip(own, route.written, strict=True)


def _lint_route(route: Route, above: tuple[Matcher, ...], faults: Faults) -> Iterator[tuple[Matcher, Place]]:
    """Remark on a route's own matchers, and yield those that take alerts without the label as well."""
    whole = (*above, *route.matchers)
    seen = {*above, *route.matchers[: len(route.matchers) - len(route.written)]}
    for matcher, place in _own(route):
        if matcher in seen:
            faults.info(
                "repeated-matcher",
                place,
                f"{matcher} is asked for already, by this route, one that it stands in, or its namespace: "
                "remove it here.",
            )
            continue
        seen.add(matcher)
        _lint_expression(matcher, place, faults)
        if _takes_missing(matcher, whole):
            yield matcher, place


def _lint_odd_quotes(matcher: Matcher, place: Place, faults: Faults) -> None:
    value = matcher.value
    quoted = len(value) > 1 and _QUOTES.get(value[0]) == value[-1]
    slashed = matcher.operator in _EXPRESSIONS and _SLASHED.fullmatch(value) is not None
    if quoted or slashed:
        name = "slashes" if slashed else "quotes"
        faults.warning(
            "odd-quotes",
            place,
            f"the {name} {value[0]}…{value[-1]} are part of what {matcher} asks for: if they only mark its "
            f"ends, write {Matcher(matcher.name, matcher.operator, value[1:-1])}.",
        )


def _lint_all_or_nothing(matcher: Matcher, place: Place, faults: Faults) -> None:
    if matcher.operator not in _EXPRESSIONS or _bare(matcher.value) != ".*":
        return
    if matcher.operator == "!~":
        faults.warning(
            "dead-matcher",
            place,
            f"{matcher} holds for no alert, unless its {matcher.name} has a line break: for alerts without "
            f'the label write {matcher.name}="".',
        )
    else:
        faults.warning(
            "idle-matcher",
            place,
            f"{matcher} holds for every alert, with the label or without it, unless it has a line break: "
            f'remove it, or write {matcher.name}=~".+" for alerts that have the label.',
        )


def _lint_expression(matcher: Matcher, place: Place, faults: Faults) -> None:
    """Remark on a regular expression that another matcher says more plainly."""
    if matcher.operator not in _EXPRESSIONS:
        return
    bare = _bare(matcher.value)
    if bare == ".*":
        return
    if matcher.operator == "!~" and bare == ".+":
        plain = Matcher(matcher.name, "=", "")
        faults.info("plain-regex", place, f"{matcher} takes alerts without the label: write {plain}.")
    elif matcher.literals is not None and len(matcher.literals) == 1:
        plain = Matcher(matcher.name, "=" if matcher.operator == "=~" else "!=", next(iter(matcher.literals)))
        faults.info(
            "plain-regex", place, f"the regular expression of {matcher} is plain text: write {plain}."
        )
    elif _unanchored(matcher.value) != matcher.value:
        plain = Matcher(matcher.name, matcher.operator, _unanchored(matcher.value))
        faults.info(
            "idle-anchor",
            place,
            f"{matcher} is anchored at both ends as it is: write {plain}, without ^ and $.",
        )


def _takes_missing(matcher: Matcher, whole: Sequence[Matcher]) -> bool:
    """Say whether a negative matcher, and those that must hold with it, take alerts without the label."""
    if matcher.operator not in ("!=", "!~") or not matcher.holds({}) or matcher.name.startswith("__"):
        return False
    if matcher.operator == "!~" and _bare(matcher.value) in (".*", ".+"):
        return False
    return all(each.holds({}) for each in whole if each.name == matcher.name)


def _tell_missing(matcher: Matcher, places: Sequence[tuple[str, Place]], findings: list[Finding]) -> None:
    """Remark once on a negative matcher, wherever it stands."""
    namespace, first = places[0]
    also = f" (here and at {len(places) - 1} more places)" if len(places) > 1 else ""
    Faults(findings, namespace).info(
        "takes-missing",
        first,
        f"{matcher}{also} holds for alerts without the label {matcher.name}, too: add "
        f'{matcher.name}!="" if they are not meant.',
        related=tuple(place for _, place in places[1:MOST_RELATED]),
    )


def _unanchored(expression: str) -> str:
    """Return an expression without the anchors at its ends, which change nothing."""
    if _QUOTED_PART in expression:
        return expression
    rest = expression
    if rest.startswith("^") and rest[1:2] not in ("*", "+", "?", "{"):
        rest = rest[1:]
    if rest.endswith("$") and (len(rest) - len(rest[:-1].rstrip("\\"))) % 2:
        rest = rest[:-1]
    return rest


def _bare(expression: str) -> str:
    """Return an expression without anchors and parentheses around it, as far as that is plain."""
    bare = _unanchored(expression)
    while bare.startswith("(") and bare.endswith(")") and bare.count("(") == 1 == bare.count(")"):
        bare = bare[1:-1].removeprefix("?:")
    return bare
