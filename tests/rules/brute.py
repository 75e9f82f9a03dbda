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
