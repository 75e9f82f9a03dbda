"""Routes that no alert reaches, and those whose chain has nothing to do."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from rules.document import printed
from rules.findings import Finding
from rules.loading.faults import Faults
from rules.matchers import Matcher
from rules.model import Heartbeat, Route, RuleSet
from rules.reach import Reach, Tried

_MOST_NAMED = 5


def lint_routes(ruleset: RuleSet, reaches: Iterable[Reach], findings: list[Finding]) -> None:
    """Remark on routes that no alert reaches, that is not decided of, or that never answer themselves."""
    inherited = _inherited_chains(ruleset)
    for reach in reaches:
        route = reach.of
        if isinstance(route, Heartbeat):
            continue
        if reach.verdict == "taken":
            _shadowed(route, reach, findings)
        elif reach.verdict == "impossible":
            _impossible(ruleset, route, reach, findings)
        elif reach.verdict == "undecided":
            note_undecided(f"route {printed(route.name)}", reach, findings)
        elif reach.idle and route.terminal.chain is not inherited[route.name]:
            _idle(route, findings)


def _shadowed(route: Route, reach: Reach, findings: list[Finding]) -> None:
    first = reach.takers[0]
    places = tuple(taker.place for taker in reach.takers)
    if len(reach.takers) > 1:
        remedy = "Put it before them, let one of them take less, or remove it."
    elif isinstance(first, Heartbeat):
        remedy = "Heartbeats come before any route: remove the route, or let the heartbeat take less."
    else:
        remedy = "Put it before that one, or give that one continue: true."
    Faults(findings, route.namespace).warning(
        "shadowed-route",
        route.place,
        f"route {printed(route.name)} never takes an alert: {takers_named(reach)}. {remedy}",
        related=places,
        witness=reach.witness,
    )


def takers_named(reach: Reach) -> str:
    """Return who takes all of something, as the rest of a sentence."""
    takers = reach.takers
    named = [
        f"{'heartbeat ' if isinstance(taker, Heartbeat) else ''}{printed(taker.name)} at {taker.place}"
        for taker in takers[:_MOST_NAMED]
    ]
    if len(takers) == 1:
        same = set(takers[0].matchers or ()) == set(reach.of.matchers or ())
        return f"{named[0]} {'has the same matchers and ' if same else ''}takes all of them"
    if len(takers) > _MOST_NAMED:
        named.append(f"{len(takers) - _MOST_NAMED} more")
    return f"{', '.join(named[:-1])} and {named[-1]} together take all of them"


def _impossible(ruleset: RuleSet, route: Route, reach: Reach, findings: list[Finding]) -> None:
    owners = [owner for _, owner in reach.clash if owner is not route]
    Faults(findings, route.namespace).warning(
        "impossible-route",
        route.place,
        f"route {printed(route.name)} never takes an alert: {clash_named(ruleset, route, reach)}. Correct or "
        "remove one of its matchers, or remove the route.",
        related=tuple(dict.fromkeys(owner.place for owner in owners)),
    )


def clash_named(ruleset: RuleSet, tried: Tried, reach: Reach) -> str:
    """Return which matchers exclude each other, and whose they are, as the rest of a sentence."""
    given = ruleset.namespaces.get(tried.namespace, ())
    named = [f"{matcher}{_whose(matcher, owner, tried, given)}" for matcher, owner in reach.clash]
    if len(named) == 1:
        return f"{named[0]} holds for no value"
    together = "both" if len(named) == 2 else "all"
    return f"{', '.join(named[:-1])} and {named[-1]} never {together} hold"


def _whose(matcher: Matcher, owner: Tried, tried: Tried, given: Sequence[Matcher]) -> str:
    if matcher in given:
        return f" (of namespace {printed(tried.namespace)})"
    return "" if owner is tried else f" (of {printed(owner.name)} at {owner.place})"


def note_undecided(what: str, reach: Reach, findings: list[Finding]) -> None:
    """Remark that it could not be decided whether an alert reaches something."""
    Faults(findings, reach.of.namespace).info(
        "undecided",
        reach.of.place,
        f"it is undecided whether an alert can reach {what}: {reach.reason} Write its regular expressions, "
        "or those before it, more simply, or give it more time (--time-limit).",
    )


def _idle(route: Route, findings: list[Finding]) -> None:
    chain = route.terminal.chain
    if chain is None or any(child.terminal.chain is chain for child in _below(route)):
        return
    Faults(findings, route.namespace).warning(
        "idle-chain",
        route.place,
        f"route {printed(route.name)} never pages chain {printed(chain.name)}: its children take all of its "
        "alerts, and each has another chain. Remove the chain here, or let a child take less.",
        related=tuple(child.place for child in route.routes[:_MOST_NAMED]),
    )


def _below(route: Route) -> Iterator[Route]:
    for child in route.routes:
        yield child
        yield from _below(child)


def _inherited_chains(ruleset: RuleSet) -> dict[str, object]:
    """Return the chain that each route has from above, by the route's name."""
    found: dict[str, object] = {route.name: ruleset.terminals["default"].chain for route in ruleset.routes}
    for route in ruleset.routes:
        for each in (route, *_below(route)):
            found |= {child.name: each.terminal.chain for child in each.routes}
    return found
