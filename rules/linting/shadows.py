"""Routes that an earlier one wholly takes: a sound subset, never a false claim.

A route is claimed to be shadowed only when each matcher of an earlier sibling follows from one matcher of
its own: because they are the same, or because every word that its own matcher allows satisfies the other.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence

from rules.document import printed
from rules.index import Siblings
from rules.loading.faults import Faults
from rules.matchers import Matcher
from rules.model import Finding, Route


def lint_shadowed(siblings: Sequence[Route], findings: list[Finding]) -> None:
    """Remark on every route of a tree that an earlier sibling without `continue` wholly takes."""
    shadows = _Shadows(siblings)
    for index, route in enumerate(siblings):
        earlier = shadows.find(index)
        if earlier is None:
            lint_shadowed(route.routes, findings)
        else:
            Faults(findings, route.namespace).warning(
                "shadowed-route",
                route.place,
                f"route {printed(route.name)} never takes an alert: {printed(earlier.name)} at "
                f"{earlier.place} takes all of them. Put it first, or give the other one continue: true.",
            )


class _Shadows:
    """Which earlier siblings may take everything of a route, found without comparing all pairs."""

    def __init__(self, siblings: Sequence[Route]) -> None:
        self._siblings = siblings
        self._final = [index for index, route in enumerate(siblings) if not route.proceed]
        self._by_words = Siblings([siblings[index].matchers for index in self._final])
        self._by_matcher: defaultdict[Matcher, list[int]] = defaultdict(list)
        for index in self._final:
            for matcher in siblings[index].matchers:
                if matcher.words is None:
                    self._by_matcher[matcher].append(index)

    def find(self, index: int) -> Route | None:
        """Return the first sibling before `index` that takes all that the one there could take."""
        route = self._siblings[index]
        sample = {matcher.name: min(matcher.words) for matcher in route.matchers if matcher.words}
        candidates = {self._final[ordinal] for ordinal in self._by_words.candidates(sample)}
        for matcher in route.matchers:
            candidates.update(self._by_matcher.get(matcher, ()))
        earlier = sorted(candidate for candidate in candidates if candidate < index)
        return next(
            (self._siblings[each] for each in earlier if takes_all(self._siblings[each], route)), None
        )


def takes_all(earlier: Route, later: Route) -> bool:
    """Say whether every alert that `later` could take holds for `earlier`; False where it is not sure."""
    return follows(earlier.matchers, later.matchers)


def follows(needed: Sequence[Matcher], given: Sequence[Matcher]) -> bool:
    """Say whether what holds for `given` holds for `needed` as well; False where it is not sure."""
    return all(any(_implies(has, needs) for has in given) for needs in needed)


def _implies(has: Matcher, needs: Matcher) -> bool:
    if has.name != needs.name:
        return False
    if has == needs:
        return True
    words = has.words
    return words is not None and all(needs.holds({needs.name: word}) for word in words)
