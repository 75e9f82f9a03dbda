"""Our rules and a sender's routes as one kind of tree, for `rules.regions.walk`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from rules.alertmanager.model import SenderRoute
from rules.matchers import Matcher
from rules.model import Heartbeat, Route, RuleSet

Meant = Route | Heartbeat | SenderRoute


@dataclass(frozen=True, slots=True, eq=False)
class Stop:
    """A node of a tree, as `rules.regions.Node` has it.

    Parameters:
      meant: what it stands for.
      way: all matchers that hold for an alert that comes here, its ancestors' first.
      names: the names of the routes entered on the way, this one's last.
    """

    matchers: tuple[Matcher, ...]
    proceed: bool
    meant: Meant
    way: tuple[Matcher, ...]
    names: tuple[str, ...] = ()
    routes: tuple[Stop, ...] = ()


def stops_of_rules(ruleset: RuleSet, known: Mapping[str, str]) -> tuple[Stop, ...]:
    """Return what an alert meets here: the heartbeats, of which the first takes it, and then the routes.

    Parameters:
      known: what is known of where the alert comes from: nothing that it rules out is returned, and no
        matcher of the others looks at it any more.
    """
    beats = [
        Stop(left, False, heartbeat, left, (f"heartbeat {heartbeat.name}",))
        for heartbeat in ruleset.heartbeats.values()
        if heartbeat.matchers is not None and (left := _left(heartbeat.matchers, known)) is not None
    ]
    return (*beats, *_of_routes(ruleset.routes, known, (), ()))


def _of_routes(
    routes: Sequence[Route], known: Mapping[str, str], above: tuple[Matcher, ...], names: tuple[str, ...]
) -> tuple[Stop, ...]:
    stops: list[Stop] = []
    for route in routes:
        left = _left(route.matchers, known)
        if left is not None:
            way, named = above + left, (*names, route.name)
            children = _of_routes(route.routes, known, way, named)
            stops.append(Stop(left, route.proceed, route, way, named, children))
    return tuple(stops)


def narrowed(stops: Sequence[Stop], known: Mapping[str, str]) -> tuple[Stop, ...]:
    """Return what is left of trees for alerts of which these labels are known, the empty ones missing."""
    kept: list[Stop] = []
    for stop in stops:
        left = _left(stop.matchers, known)
        if left is not None:
            below = narrowed(stop.routes, known)
            kept.append(Stop(left, stop.proceed, stop.meant, stop.way, stop.names, below))
            if not left and not stop.proceed:
                break  # it takes all that comes so far
    return tuple(kept)


def _left(matchers: Sequence[Matcher], known: Mapping[str, str]) -> tuple[Matcher, ...] | None:
    """Return the matchers that are still open; None when one of the others does not hold."""
    if not all(matcher.holds(known) for matcher in matchers if matcher.name in known):
        return None
    return tuple(matcher for matcher in matchers if matcher.name not in known)


def stops_of_sender(route: SenderRoute, above: tuple[Matcher, ...] = ()) -> Stop:
    """Return a sender's route with everything below it."""
    way = above + route.matchers
    children = tuple(stops_of_sender(child, way) for child in route.routes)
    return Stop(route.matchers, route.proceed, route, way, (), children)


def names_in(stops: Sequence[Stop]) -> set[str]:
    """Return the labels that matchers of these trees look at."""
    names: set[str] = set()
    waiting = list(stops)
    while waiting:
        stop = waiting.pop()
        names |= {matcher.name for matcher in stop.matchers}
        waiting += stop.routes
    return names
