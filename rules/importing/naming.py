"""Names for what alertmanager.yml leaves unnamed, or names in a way that ours may not be."""

from __future__ import annotations

import re
from collections.abc import Iterable

from rules.matchers import Matcher

MAX_NAME = 60

_NOT_IN_NAMES = re.compile(r"[^\w.:@+-]+")
_NOT_IN_WORDS = re.compile(r"[^\w.:-]+")
_EDGES = "-._:"


class Taken:
    """The names given so far; each is given once.

    Parameters:
      reserved: names that mean something else.
    """

    def __init__(self, reserved: Iterable[str] = ()) -> None:
        self._names = {name.lower() for name in reserved}
        self._numbers: dict[str, int] = {}

    def claim(self, *wanted: str) -> str:
        """Return the first of the wanted names that is free, or the last with a number."""
        for name in (cut(long) for long in wanted):
            if name.lower() not in self._names:
                self._names.add(name.lower())
                return name
        base = cut(wanted[-1])
        number = self._numbers.get(base.lower(), 2)
        while f"{base}-{number}".lower() in self._names:
            number += 1
        self._numbers[base.lower()] = number + 1
        self._names.add(f"{base}-{number}".lower())
        return f"{base}-{number}"


def cut(name: str) -> str:
    """Return a name that is not too long."""
    return name[:MAX_NAME].rstrip(_EDGES)


def tidy(name: str) -> str:
    """Return a name without slashes, spaces and signs, as rules may have it."""
    return cut(_NOT_IN_NAMES.sub("-", name).strip("-")) or "unnamed"


def described(matchers: Iterable[Matcher]) -> str:
    """Return what some matchers ask for as a name (`payments-critical`); empty when there are none."""
    words = [_word(matcher) for matcher in matchers]
    return cut("-".join(dict.fromkeys(words)))


def _word(matcher: Matcher) -> str:
    label = _cleaned(matcher.name)
    value = _cleaned(matcher.value)
    negative = matcher.operator.startswith("!")
    if not value:
        # team="" and team!~".+" are alerts without a team, team!="" and team=~".+" those with any.
        present = matcher.holds({matcher.name: "x"})
        return f"any-{label}" if present else f"no-{label}"
    return f"not-{value}" if negative else value


def _cleaned(text: str) -> str:
    return _NOT_IN_WORDS.sub("-", text).strip(_EDGES)
