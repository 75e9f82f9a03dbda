"""All alerts that matchers can tell apart, one of each kind, found by trying words."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from itertools import product

from rules.matchers import Matcher
from rules.model import Route

# No expression of tests.rules.trees tells longer texts, or other signs, apart from all of these.
WORDS = tuple("".join(signs) for length in range(4) for signs in product("abx\n", repeat=length))


def kinds(matchers: Iterable[Matcher]) -> list[dict[str, str]]:
    """Return label sets: for each set of matchers that can hold together with no other, one."""
    by_label: dict[str, list[Matcher]] = {}
    for matcher in dict.fromkeys(matchers):
        by_label.setdefault(matcher.name, []).append(matcher)
    words = [_told_apart(name, conditions) for name, conditions in by_label.items()]
    return [dict(zip(by_label, chosen, strict=True)) for chosen in product(*words)]


def _told_apart(name: str, conditions: list[Matcher]) -> list[str]:
    known: dict[tuple[bool, ...], str] = {}
    for word in WORDS:
        known.setdefault(tuple(condition.holds({name: word}) for condition in conditions), word)
    return list(known.values())


def matchers_of(routes: Iterable[Route]) -> Iterator[Matcher]:
    """Walk over all matchers of a tree."""
    for route in routes:
        yield from route.matchers
        yield from matchers_of(route.routes)


class Alerts:
    """One alert of each kind, and which of them do what, as the bits of a number.

    Parameters:
      matchers: those that are to be told apart.
      most: more kinds than this are not looked at.
    """

    def __init__(self, matchers: Iterable[Matcher], most: int = 3000) -> None:
        self.labels = kinds(matchers)[:most]
        self.everything = (1 << len(self.labels)) - 1
        self._known: dict[Matcher, int] = {}

    def fitting(self, matchers: Iterable[Matcher]) -> int:
        """Return those for which all of some matchers hold."""
        found = self.everything
        for matcher in matchers:
            if matcher not in self._known:
                self._known[matcher] = self._mask(matcher)
            found &= self._known[matcher]
        return found

    def _mask(self, matcher: Matcher) -> int:
        words = {labels.get(matcher.name, "") for labels in self.labels}
        holding = {word for word in words if matcher.holds({matcher.name: word})}
        bits = ("1" if labels.get(matcher.name, "") in holding else "0" for labels in reversed(self.labels))
        return int("".join(bits) or "0", 2)

    def entering(self, routes: Iterable[Route], coming: int) -> dict[Route, int]:
        """Return, of the alerts that come, those that enter each route."""
        found: dict[Route, int] = {}
        for route in routes:
            found[route] = coming & self.fitting(route.matchers)
            found |= self.entering(route.routes, found[route])
            if not route.proceed:
                coming &= ~found[route]
        return found

    def answered(self, routes: Iterable[Route], coming: int) -> dict[Route, int]:
        """Return, of the alerts that come, those that each route answers itself."""
        entering = self.entering(routes, coming)
        return {
            route: mask & ~sum_of(self.fitting(child.matchers) for child in route.routes)
            for route, mask in entering.items()
        }


def sum_of(masks: Iterable[int]) -> int:
    """Return the alerts that are in one of several sets."""
    found = 0
    for mask in masks:
        found |= mask
    return found


def hold(matchers: Iterable[Matcher], labels: Mapping[str, str]) -> bool:
    """Say whether all hold."""
    return all(matcher.holds(labels) for matcher in matchers)


def answering(routes: Iterable[Route], labels: Mapping[str, str]) -> list[Route]:
    """Return the routes that answer, found by trying each in turn."""
    found: list[Route] = []
    for route in routes:
        if hold(route.matchers, labels):
            found += answering(route.routes, labels) or [route]
            if not route.proceed:
                break
    return found
