"""Routes of different files that take some of the same alerts, so that the files' names decide.

Only what can hardly be meant is remarked on: where one route is a special case of the other, or where they
look at different labels, the order is understood. What is too much to decide is passed over, as are more
pairs than a check has time for.
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from functools import cached_property

from rules.document import printed
from rules.findings import Finding
from rules.index import Siblings
from rules.loading.faults import Faults
from rules.matchers import Matcher
from rules.model import Heartbeat, Route, RuleSet
from rules.reach import Reach
from rules.regions import Box, Limit, Undecided, uncovered
from rules.regular import find_word

_STEPS = 2_000_000
_STEPS_EACH = 10_000
_ANY = object()
_PREFIX = re.compile(r"(?:[A-Za-z0-9_-](?![*?{]))*")


def lint_overlaps(ruleset: RuleSet, reached: Iterable[Reach], findings: list[Finding]) -> None:
    """Remark on top-level routes that share alerts with an earlier one of another file."""
    open_routes = {id(reach.of) for reach in reached if reach.verdict == "reached"}
    if not open_routes or len({route.place.file for route in ruleset.routes}) < 2:
        return
    tried = _Tried(ruleset)
    left = _STEPS
    for later, earlier in _pairs(ruleset.routes):
        route = ruleset.routes[later]
        if id(route) in open_routes:
            limit = Limit(_STEPS_EACH)
            witness = tried.contested(earlier, later, limit)
            left -= _STEPS_EACH - limit.left
            if witness is not None:
                open_routes.discard(id(route))
                _overlap(route, ruleset.routes[earlier], witness, findings)
            if left < 0:
                return


def _overlap(route: Route, earlier: Route, witness: Mapping[str, str], findings: list[Finding]) -> None:
    labels = ", ".join(str(Matcher(name, "=", value)) for name, value in witness.items()) or "without labels"
    Faults(findings, route.namespace).warning(
        "overlapping-routes",
        route.place,
        f"route {printed(route.name)} and {printed(earlier.name)} at {earlier.place} take some of the same "
        f"alerts ({labels}), which go to {printed(earlier.name)} only because its file comes first. Let one "
        "of them take less, or put both into one file in the order that you mean.",
        related=(earlier.place,),
        witness=witness,
    )


class _Tried:
    """What is tried before a top-level route."""

    def __init__(self, ruleset: RuleSet) -> None:
        self._ruleset = ruleset

    @cached_property
    def _index(self) -> Siblings:
        return Siblings([route.matchers for route in self._ruleset.routes])

    def contested(self, earlier: int, later: int, limit: Limit) -> Mapping[str, str] | None:
        """Return labels that `earlier` takes, and that `later` would take without it; None when not sure."""
        routes = self._ruleset.routes
        try:
            box = Box().holding((*routes[earlier].matchers, *routes[later].matchers), limit)
            if box is None or not _cross(routes[earlier].matchers, routes[later].matchers, limit):
                return None
            return uncovered(box, lambda labels: self._taker(labels, earlier, later), limit).witness
        except Undecided:
            return None

    def _taker(self, labels: Mapping[str, str], but: int, before: int) -> Route | Heartbeat | None:
        takers, routes = self._ruleset.takers, self._ruleset.routes
        heartbeat = takers.taking(labels) if takers is not None else None
        if heartbeat is not None:
            return heartbeat
        for ordinal in self._index.candidates(labels):
            if ordinal >= before:
                break
            route = routes[ordinal]
            if ordinal != but and not route.proceed and all(each.holds(labels) for each in route.matchers):
                return route
        return None


def _cross(ours: Sequence[Matcher], theirs: Sequence[Matcher], limit: Limit) -> bool:
    """Say whether on some label that both ask for, each allows a value that the other does not."""
    labels = _asked_for(ours).keys() & _asked_for(theirs).keys()
    return any(
        _exceeds(_on(name, ours), _on(name, theirs), limit)
        and _exceeds(_on(name, theirs), _on(name, ours), limit)
        for name in sorted(labels)
    )


def _on(name: str, matchers: Iterable[Matcher]) -> list[Matcher]:
    return [matcher for matcher in matchers if matcher.name == name]


def _exceeds(matchers: Sequence[Matcher], bounds: Sequence[Matcher], limit: Limit) -> bool:
    return any(find_word([*matchers, bound.negated()], limit) is not None for bound in bounds)


def _asked_for(matchers: Iterable[Matcher]) -> dict[str, Matcher]:
    """Return the matchers that name more than one value of a label, by label."""
    return {
        matcher.name: matcher
        for matcher in matchers
        if matcher.operator == "=~" and (matcher.words is None or len(matcher.words) > 1)
    }


class _Earlier:
    """Routes by what they name of one label: words, or how an expression begins."""

    def __init__(self) -> None:
        self.words: defaultdict[str, list[int]] = defaultdict(list)
        self.prefixes: defaultdict[str, list[int]] = defaultdict(list)

    def add(self, ordinal: int, matcher: Matcher) -> None:
        if matcher.words is None:
            self.prefixes[_prefix(matcher)].append(ordinal)
        for word in matcher.words or ():
            self.words[word].append(ordinal)

    def sharing(self, matcher: Matcher) -> Collection[int]:
        """Return those that may share a value with a matcher."""
        if matcher.words is not None:
            starts = {word[:end] for word in matcher.words for end in range(len(word) + 1)}
            lists = [self.words.get(word, []) for word in matcher.words]
            lists += [self.prefixes.get(start, []) for start in starts]
        else:
            begins = _prefix(matcher)
            lists = [found for word, found in self.words.items() if word.startswith(begins)]
            lists += [
                found
                for start, found in self.prefixes.items()
                if start.startswith(begins) or begins.startswith(start)
            ]
        return {ordinal for found in lists for ordinal in found}


def _prefix(matcher: Matcher) -> str:
    """Return signs with which every text of an expression begins."""
    found = _PREFIX.match(matcher.value)
    return found[0] if found is not None and "|" not in matcher.value else ""


def _pairs(routes: Sequence[Route]) -> Iterator[tuple[int, int]]:
    """Walk over pairs of a later and an earlier route that may cross."""
    fixed = [{each.name: each.value for each in route.matchers if each.operator == "="} for route in routes]
    counts = Counter(name for values in fixed for name in values)
    # Routes that ask for different values of the label that most ask for (team, as a rule) have nothing in
    # common, and are not even compared.
    divider = counts.most_common(1)[0][0] if counts else ""
    by_part: defaultdict[tuple[object, str], _Earlier] = defaultdict(_Earlier)
    for later, route in enumerate(routes):
        named = _asked_for(route.matchers)
        part = fixed[later].get(divider)
        sharing = {
            ordinal
            for name, matcher in named.items()
            for here in ((part, None) if part is not None else (_ANY,))
            for ordinal in by_part[here, name].sharing(matcher)
        }
        for earlier in sorted(sharing):
            apart = any(fixed[earlier].get(name, value) != value for name, value in fixed[later].items())
            if not apart and routes[earlier].place.file != route.place.file:
                yield later, earlier
        if not route.proceed:
            for name, matcher in named.items():
                for here in (part, _ANY):
                    by_part[here, name].add(later, matcher)
