"""Sets of alerts as the joint walk meets them: what holds for them, and past which routes they went.

A region says each of its conditions; an area says "none of the routes 20 to 9,000 takes them", and looks up
which of these could take anything of it only when it is asked for a witness.
"""

from __future__ import annotations

from bisect import bisect_left
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

from rules.matchers import Matcher
from rules.regions import Box, Limit, uncovered

Condition = tuple[Matcher, ...]
Words = Mapping[str, frozenset[str]]
"""The only values that labels can have, by label; any other label can have any."""


class Column:
    """The conditions of siblings at places of their list, found by the words of what shall meet them.

    Parameters:
      conditions: with their places, in the order of these; a place may have several.
    """

    __slots__ = ("_anyway", "_conditions", "_filed", "_places")

    def __init__(self, conditions: Sequence[tuple[int, Condition]]) -> None:
        self._conditions = conditions
        self._places = [place for place, _ in conditions]
        crowds = Counter(
            (matcher.name, word) for _, each in conditions for matcher in each for word in matcher.words or ()
        )
        self._anyway: list[int] = []
        self._filed: dict[str, tuple[list[int], dict[str, list[int]]]] = {}
        for index, (_, condition) in enumerate(conditions):
            key = _least_crowded(condition, crowds)
            if key is None:
                self._anyway.append(index)
                continue
            everywhere, by_word = self._filed.setdefault(key.name, ([], defaultdict(list)))
            everywhere.append(index)
            for word in key.words or ():
                by_word[word].append(index)

    def possible(self, words: Words, start: int, stop: int) -> list[tuple[int, Condition]]:
        """Return what may hold with these words, of the places from `start` to before `stop`, in order."""
        lists = [self._anyway]
        for name, (everywhere, by_word) in self._filed.items():
            known = words.get(name)
            lists += [everywhere] if known is None else [by_word[word] for word in known if word in by_word]
        low, high = self.bounds(start, stop)
        found = {index for each in lists for index in each[bisect_left(each, low) : bisect_left(each, high)]}
        conditions = (self._conditions[index] for index in sorted(found))
        return [each for each in conditions if _may_hold(each[1], words)]

    def taking(self, labels: Mapping[str, str], start: int, stop: int) -> Condition | None:
        """Return one of the conditions there that holds for these labels."""
        low, high = self.bounds(start, stop)
        lists = [
            by_word[word]
            for name, (_, by_word) in self._filed.items()
            if (word := labels.get(name, "")) in by_word
        ]
        for indexes in (*lists, self._anyway):
            for index in indexes[bisect_left(indexes, low) : bisect_left(indexes, high)]:
                if all(matcher.holds(labels) for matcher in self._conditions[index][1]):
                    return self._conditions[index][1]
        return None

    def bounds(self, start: int, stop: int) -> tuple[int, int]:
        """Return from which to before which of its conditions those at some places are."""
        return bisect_left(self._places, start), bisect_left(self._places, stop)


def _least_crowded(condition: Condition, crowds: Mapping[tuple[str, str], int]) -> Matcher | None:
    worded = [matcher for matcher in condition if matcher.words]
    return min(
        worded,
        key=lambda matcher: max(crowds[matcher.name, word] for word in matcher.words or ()),
        default=None,
    )


def _may_hold(condition: Condition, words: Words) -> bool:
    return all(
        matcher.name not in words or any(matcher.holds({matcher.name: word}) for word in words[matcher.name])
        for matcher in condition
    )


@dataclass(frozen=True, slots=True)
class Span:
    """Places of a column, from `start` to before `stop`."""

    column: Column
    start: int
    stop: int

    @property
    def size(self) -> int:
        """How many conditions it has."""
        low, high = self.column.bounds(self.start, self.stop)
        return high - low

    def taking(self, labels: Mapping[str, str]) -> Condition | None:
        """Return one of its conditions that holds for these labels."""
        return self.column.taking(labels, self.start, self.stop)


@dataclass(frozen=True, slots=True)
class _Bar:
    """What keeps labels out of an area."""

    matchers: Condition


@dataclass(frozen=True, slots=True)
class Area:
    """A set of label sets.

    Parameters:
      held: what holds for all of them.
      words: what follows from that.
      refused: conditions of which none holds.
      passed: spans of which no condition holds.
      taken: spans of each of which one condition holds, at least.
      hint: labels that may lie in it.
    """

    held: Condition = ()
    words: Words = field(default_factory=dict)
    refused: tuple[Condition, ...] = ()
    passed: tuple[Span, ...] = ()
    taken: tuple[Span, ...] = ()
    hint: Mapping[str, str] | None = None

    def holding(self, condition: Condition) -> Area | None:
        """Return what of it fulfils a condition; None where its words already say that there is nothing."""
        added = tuple(matcher for matcher in condition if matcher not in self.held)
        words = dict(self.words)
        for matcher in added:
            known, own = words.get(matcher.name), matcher.words
            if known is None and own is not None:
                known = frozenset(
                    word
                    for word in own
                    if all(each.holds({each.name: word}) for each in self.held if each.name == matcher.name)
                )
            elif known is not None:
                known = frozenset(word for word in known if matcher.holds({matcher.name: word}))
            if known is not None:
                words[matcher.name] = known
                if not known:
                    return None
        return replace(self, held=self.held + added, words=words)

    def refusing(self, condition: Condition) -> Area:
        """Return what of it does not fulfil a condition."""
        return replace(self, refused=(*self.refused, condition))

    def passing(self, column: Column, start: int, stop: int) -> Area:
        """Return what of it fulfils none of the conditions there."""
        if start == stop:
            return self
        for number, span in enumerate(self.passed):
            if span.column is column and span.stop == start:
                longer = Span(column, span.start, stop)
                return replace(self, passed=(*self.passed[:number], longer, *self.passed[number + 1 :]))
        return replace(self, passed=(*self.passed, Span(column, start, stop)))

    def taking(self, span: Span) -> Area:
        """Return what of it fulfils one of the conditions there."""
        return replace(self, taken=(*self.taken, span))

    def contains(self, labels: Mapping[str, str]) -> bool:
        """Return whether a label set lies in it."""
        return (
            all(matcher.holds(labels) for matcher in self.held)
            and self._barring(labels) is None
            and all(span.taking(labels) is not None for span in self.taken)
        )

    def exceptions(self) -> Iterator[Condition]:
        """Return what must not hold besides what holds for all, a condition each; the same one only once."""
        spans = (
            condition
            for span in self.passed
            for _, condition in span.column.possible(self.words, span.start, span.stop)
        )
        known: set[frozenset[Matcher]] = set()
        for condition in (*(each for each in self.refused if _may_hold(each, self.words)), *spans):
            rest = tuple(matcher for matcher in condition if not self._implies(matcher))
            if frozenset(rest) not in known:
                known.add(frozenset(rest))
                yield rest

    def _implies(self, matcher: Matcher) -> bool:
        words = self.words.get(matcher.name)
        return matcher in self.held or (
            words is not None and all(matcher.holds({matcher.name: word}) for word in words)
        )

    def witness(self, limit: Limit) -> Mapping[str, str] | None:
        """Return labels that lie in it; None when there are none.

        Raises:
          Undecided: when the limit is reached before, or an expression is not decided.
        """
        if self.hint is not None and self.contains(self.hint):
            return self.hint
        if not self.taken:
            box = Box().holding(self.held, limit)
            return None if box is None else uncovered(box, self._barring, limit).witness
        span, *others = self.taken
        for _, condition in span.column.possible(self.words, span.start, span.stop):
            narrow = replace(self, taken=tuple(others)).holding(condition)
            found = narrow.witness(limit) if narrow is not None else None
            if found is not None:
                return found
        return None

    def _barring(self, labels: Mapping[str, str]) -> _Bar | None:
        for condition in self.refused:
            if all(matcher.holds(labels) for matcher in condition):
                return _Bar(condition)
        for span in self.passed:
            met = span.taking(labels)
            if met is not None:
                return _Bar(met)
        return None
