"""Which alerts reach each route and heartbeat, given everything that is tried before it: decided exactly.

Before a route come the heartbeats, and at each level, its ancestors' too, the earlier siblings without
`continue`. A route is reached when some alert for which its matchers and its ancestors' hold is taken by none
of them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import chain
from typing import Literal

from rules.index import Siblings
from rules.matchers import Matcher
from rules.model import Heartbeat, Route, RuleSet
from rules.regions import Box, Cover, Limit, Undecided, uncovered
from rules.regular import find_word

Tried = Route | Heartbeat
Verdict = Literal["reached", "taken", "impossible", "undecided", "unentered"]

_MOST_MET = 32


@dataclass(frozen=True, slots=True, eq=False)
class Reach:
    """What is known about the alerts of one route or heartbeat.

    Parameters:
      verdict: `reached` with a witness; `taken`, everything, by what comes before; `impossible`, since its
        matchers and its ancestors' cannot hold together; `undecided`, for a reason; `unentered`, since no
        alert comes as far as the route that it stands in.
      witness: labels of an alert that reaches it, or, when they are taken, of one that would.
      takers: what takes everything, no more of them than it needs.
      clash: the matchers that cannot hold together, and whose they are.
      idle: its children take everything that reaches it, so that it never answers itself.
    """

    of: Tried
    verdict: Verdict
    witness: Mapping[str, str] | None = None
    takers: tuple[Tried, ...] = ()
    clash: tuple[tuple[Matcher, Tried], ...] = ()
    reason: str = ""
    idle: bool = False


class _Level:
    """Things that are tried in order, up to one of them."""

    __slots__ = ("_index", "_stops", "_tried")

    def __init__(self, tried: Sequence[Tried]) -> None:
        self._tried = tried
        self._index = Siblings([each.matchers or () for each in tried])
        self._stops = [isinstance(each, Heartbeat) or not each.proceed for each in tried]

    def takers(self, labels: Mapping[str, str], before: int) -> Iterator[Tried]:
        """Walk over what would take an alert for good, among the first `before`."""
        for ordinal in self._index.candidates(labels):
            if ordinal >= before:
                return
            each = self._tried[ordinal]
            if self._stops[ordinal] and all(matcher.holds(labels) for matcher in each.matchers or ()):
                yield each

    def entered(self, labels: Mapping[str, str]) -> Iterator[Tried]:
        """Walk over all that would take an alert, those that let it go on as well."""
        tried = (self._tried[ordinal] for ordinal in self._index.candidates(labels))
        return (each for each in tried if all(matcher.holds(labels) for matcher in each.matchers or ()))

    def first(self, labels: Mapping[str, str]) -> Tried | None:
        """Return the first that would take an alert, whether or not it lets it go on."""
        return next(self.entered(labels), None)


@dataclass(frozen=True, slots=True)
class _Path:
    """The way to a place among siblings.

    Parameters:
      box: what holds there, as far as it is known, and `pending` what must hold besides.
      owners: each matcher on the way, and whose it is.
      before: the levels above, each with the ordinal of the one that was entered.
    """

    box: Box
    pending: tuple[Matcher, ...] = ()
    owners: tuple[tuple[Matcher, Tried], ...] = ()
    before: tuple[tuple[_Level, int], ...] = ()

    def takers(self, labels: Mapping[str, str]) -> Iterator[Tried]:
        """Walk over what takes an alert before this place, in order."""
        return chain.from_iterable(level.takers(labels, before) for level, before in self.before)

    def taker(self, labels: Mapping[str, str]) -> Tried | None:
        """Return the first of them."""
        return next(self.takers(labels), None)


def reaches(ruleset: RuleSet, make_limit: Callable[[], Limit] = Limit) -> Iterator[Reach]:
    """Walk over all heartbeats that alerts can beat and all routes, and say of each what reaches it.

    Parameters:
      make_limit: what may be spent on each of them.
    """
    heartbeats = [each for each in ruleset.heartbeats.values() if each.matchers is not None]
    beating = _Level(heartbeats)
    for ordinal, heartbeat in enumerate(heartbeats):
        path = _Path(Box(), before=((beating, ordinal),))
        yield _judge(_entering(path, heartbeat), heartbeat, None, make_limit())[0]
    yield from _routes(ruleset.routes, _Path(Box(), before=((beating, len(heartbeats)),)), make_limit)


def _routes(siblings: Sequence[Route], path: _Path, make_limit: Callable[[], Limit]) -> Iterator[Reach]:
    level = _Level(siblings)
    for ordinal, route in enumerate(siblings):
        here = _entering(replace(path, before=(*path.before, (level, ordinal))), route)
        found, inside = _judge(here, route, _Level(route.routes) if route.routes else None, make_limit())
        yield found
        if found.verdict in ("reached", "undecided"):
            yield from _routes(route.routes, inside, make_limit)
        else:
            yield from _unentered(route.routes)


def _unentered(routes: Sequence[Route]) -> Iterator[Reach]:
    for route in routes:
        yield Reach(route, "unentered")
        yield from _unentered(route.routes)


def _entering(path: _Path, entered: Tried) -> _Path:
    matchers = entered.matchers or ()
    owners = (*path.owners, *((matcher, entered) for matcher in matchers))
    return replace(path, pending=(*path.pending, *matchers), owners=owners)


def _judge(path: _Path, tried: Tried, children: _Level | None, limit: Limit) -> tuple[Reach, _Path]:
    """Return what reaches the end of a path, and the path with what was found out on the way."""
    try:
        box = path.box.holding(path.pending, limit)
        if box is None:
            return Reach(tried, "impossible", clash=_clash(path.owners, limit)), path
        path = replace(path, box=box, pending=())
        cover: Cover[Tried] = uncovered(box, path.taker, limit)
        if cover.witness is None:
            takers = sorted(_fewest(path, cover.takers, limit), key=_order)
            return Reach(tried, "taken", witness=box.labels, takers=tuple(takers)), path
        idle = children is not None and _is_idle(path, children, limit)
        return Reach(tried, "reached", witness=cover.witness, idle=idle), path
    except Undecided as undecided:
        return Reach(tried, "undecided", reason=str(undecided)), path


def _order(tried: Tried) -> tuple[bool, str, int, int]:
    """Return a key by which things sort in the order in which they are tried."""
    return isinstance(tried, Route), tried.place.file, tried.place.line, tried.place.column


def _is_idle(path: _Path, children: _Level, limit: Limit) -> bool:
    """Say whether children take everything; not where that is too much to decide."""

    def taking(labels: Mapping[str, str]) -> Tried | None:
        return path.taker(labels) or children.first(labels)

    try:
        return uncovered(path.box, taking, limit).witness is None
    except Undecided:
        return False


def _fewest(path: _Path, met: tuple[Tried, ...], limit: Limit) -> tuple[Tried, ...]:
    """Return few of those that come before a place and together take everything that would come there.

    One that takes it alone is best. Else those are left out, one after the other, without which the rest
    still takes it, as far as the limit allows.
    """
    try:
        for taker in path.takers(path.box.labels):
            if _takes_all(path.box, taker, limit):
                return (taker,)
        needed = list(met)
        for taker in reversed(met if len(met) <= _MOST_MET else ()):
            others = [each for each in needed if each is not taker]
            if uncovered(path.box, _Level(others).first, limit).witness is None:
                needed = others
    except Undecided:
        return met
    return tuple(needed)


def _takes_all(box: Box, taker: Tried, limit: Limit) -> bool:
    return all(box.holding((matcher.negated(),), limit) is None for matcher in taker.matchers or ())


def _clash(owners: Sequence[tuple[Matcher, Tried]], limit: Limit) -> tuple[tuple[Matcher, Tried], ...]:
    """Return few of some matchers that cannot hold together, as far as the limit allows."""
    by_label: dict[str, list[tuple[Matcher, Tried]]] = {}
    for pair in owners:
        by_label.setdefault(pair[0].name, []).append(pair)
    clashing = next((pairs for pairs in by_label.values() if _cannot_hold(pairs, limit)), owners)
    for pair in tuple(clashing):
        others = [each for each in clashing if each is not pair]
        if _cannot_hold(others, limit):
            clashing = others
    return tuple(clashing)


def _cannot_hold(pairs: Sequence[tuple[Matcher, Tried]], limit: Limit) -> bool:
    """Say whether some matchers on one label exclude each other; not where that is too much to decide."""
    try:
        return bool(pairs) and find_word([matcher for matcher, _ in pairs], limit) is None
    except Undecided:
        return False
