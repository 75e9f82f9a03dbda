"""A word that expressions want, and others do not, found by following all of them at once."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator, Sequence
from itertools import product

from rules.matchers import Matcher
from rules.regular.alphabet import samples
from rules.regular.automaton import Automaton, Beside, automaton, beside
from rules.regular.characters import NEWLINE, WORD, Characters, single
from rules.regular.limit import Limit


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


class Search:
    """Reads all texts at once, shorter ones first, until one is wanted and not unwanted.

    Parameters:
      matchers: on one label; those of `=` are not among them.
    """

    def __init__(self, matchers: Sequence[Matcher], limit: Limit) -> None:
        self._limit = limit
        self._wanted = [automaton(each.value, limit) for each in matchers if each.operator == "=~"]
        self._unwanted = [
            automaton(each.value, limit)
            for each in matchers
            if each.operator == "!~" and each.literals is None
        ]
        self._looks = any(each.looks for each in (*self._wanted, *self._unwanted))
        self._words = _Words()
        for each in matchers:
            if each.operator in ("!=", "!~"):
                for word in (each.value,) if each.operator == "!=" else each.literals or ():
                    self._words.add(word)

    def find(self) -> str | None:
        """Return the shortest text for which all matchers hold, None when there is none.

        Raises:
          Undecided: when the limit is reached, or an expression is not decided.
        """
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
