"""A word that several matchers on one label allow, or that there is none."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator, Sequence
from itertools import product

from rules.matchers import Matcher
from rules.regular.alphabet import samples
from rules.regular.automaton import Automaton, Beside, automaton, beside
from rules.regular.characters import NEWLINE, WORD, Characters, single
from rules.regular.limit import Limit

READABLE = ("", "any", "other", "else")
"""Tried before anything is built: most of what people exclude leaves one of these."""


def find_word(matchers: Sequence[Matcher], limit: Limit) -> str | None:
    """Return a value for which all matchers hold, a short and readable one; None when there is none.

    Parameters:
      matchers: on one label.
      limit: what may be spent.

    Raises:
      Undecided: when the limit is reached, or an expression is not decided.
    """
    limit.spend()
    choices = [matcher.words for matcher in matchers if matcher.words is not None]
    if choices:
        fewest = min(choices, key=len)
        limit.spend(len(fewest))
        words: Sequence[str] = sorted(fewest, key=lambda word: (not word, len(word), word))
        return next((word for word in words if allows(matchers, word)), None)
    for word in READABLE:
        if allows(matchers, word):
            return word
    # What is wanted alone takes few steps to find, and often is not unwanted.
    wanted = [matcher for matcher in matchers if matcher.operator == "=~"]
    simple = _Search(wanted, limit).find() if wanted else READABLE[0]
    if simple is None or allows(matchers, simple):
        return simple
    return _Search(matchers, limit).find()


def allows(matchers: Sequence[Matcher], word: str) -> bool:
    """Say whether all matchers, on one label, hold for a value of it."""
    return all(matcher.holds({matcher.name: word}) for matcher in matchers)


class _Words:
    """Words that may not be, as a tree of their characters."""

    __slots__ = ("ends", "then")

    def __init__(self) -> None:
        self.ends = False
        self.then: dict[str, _Words] = {}

    def add(self, word: str) -> None:
        node = self
        for sign in word:
            node = node.then.setdefault(sign, _Words())
        node.ends = True


_Place = tuple[Beside, tuple[int, ...], tuple[frozenset[int], ...], _Words | None]
"""Where a search is: what stands before, the state of each wanted expression, all states in which each
unwanted one can be, and the unwanted words that begin with what was read."""


class _Search:
    """Reads all texts at once, shorter ones first, until one is wanted and not unwanted."""

    def __init__(self, matchers: Sequence[Matcher], limit: Limit) -> None:
        self._limit = limit
        self._wanted = [automaton(each.value) for each in matchers if each.operator == "=~"]
        self._unwanted = [
            automaton(each.value) for each in matchers if each.operator == "!~" and each.literals is None
        ]
        self._looks = any(each.looks for each in (*self._wanted, *self._unwanted))
        self._words = _Words()
        for each in matchers:
            if each.operator in ("!=", "!~"):
                for word in (each.value,) if each.operator == "!=" else each.literals or ():
                    self._words.add(word)

    def find(self) -> str | None:
        start: _Place = (
            Beside.EDGE if self._looks else Beside.OTHER,
            tuple(each.start for each in self._wanted),
            tuple(frozenset((each.start,)) for each in self._unwanted),
            self._words,
        )
        seen, left = {start}, deque([(start, "")])
        while left:
            place, text = left.popleft()
            if self._accepts(place):
                return text
            for sign, then in self._next(place):
                self._limit.spend()
                if then not in seen:
                    seen.add(then)
                    left.append((then, text + sign))
        return None

    def _accepts(self, place: _Place) -> bool:
        before, wanted, unwanted, words = place
        return (
            not (words is not None and words.ends)
            and all(
                each.reach(state, before, Beside.EDGE).accepting
                for each, state in zip(self._wanted, wanted, strict=True)
            )
            and not any(
                each.reach(state, before, Beside.EDGE).accepting
                for each, states in zip(self._unwanted, unwanted, strict=True)
                for state in states
            )
        )

    def _next(self, place: _Place) -> Iterator[tuple[str, _Place]]:
        before, wanted, unwanted, words = place
        spelt = {sign: single(sign) for sign in words.then} if words is not None else {}
        for after in (Beside.NEWLINE, Beside.WORD, Beside.OTHER) if self._looks else (Beside.OTHER,):
            wants = [
                each.reach(state, before, after).moves
                for each, state in zip(self._wanted, wanted, strict=True)
            ]
            avoids = [
                self._moves(each, states, before, after)
                for each, states in zip(self._unwanted, unwanted, strict=True)
            ]
            told_apart = {characters for moves in (*wants, *avoids) for characters, _ in moves}
            told_apart.update(spelt.values())
            if self._looks:
                told_apart |= {NEWLINE, WORD}
            for sign, members in samples(frozenset(told_apart)):
                if self._looks and beside(sign) is not after:
                    continue
                options = [{state for characters, state in moves if characters in members} for moves in wants]
                avoided = tuple(
                    frozenset(state for characters, state in moves if characters in members)
                    for moves in avoids
                )
                unspelt = words.then.get(sign) if words is not None else None
                for states in product(*options):
                    self._limit.spend()
                    yield sign, (after, states, avoided, unspelt)

    def _moves(
        self, each: Automaton, states: frozenset[int], before: Beside, after: Beside
    ) -> list[tuple[Characters, int]]:
        self._limit.spend(len(states))
        return [move for state in states for move in each.reach(state, before, after).moves]
