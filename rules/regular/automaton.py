"""An expression as an automaton that reads a text from left to right.

The states of an expression's automaton are what is left of it to match (Antimirov's partial derivatives).
Assertions are steps that are free where they hold: what stands before a place is known while reading, what
comes after it is asked of the next character.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import IntEnum
from functools import lru_cache

from rules.regular.characters import Characters
from rules.regular.limit import Limit, Undecided
from rules.regular.parsing import parse
from rules.regular.syntax import Assertion, Choice, Edge, Expression, One, Repeat, Series

MAX_STATES = 20_000
_STATES_A_STEP = 8


class Beside(IntEnum):
    """What stands on one side of a place in a text, as far as assertions tell."""

    EDGE = 0
    """The text begins or ends here."""
    NEWLINE = 1
    WORD = 2
    OTHER = 3


def beside(character: str) -> Beside:
    """Return what a character is to assertions; RE2's word characters are ASCII's."""
    if character == "\n":
        return Beside.NEWLINE
    if character.isascii() and (character.isalnum() or character == "_"):
        return Beside.WORD
    return Beside.OTHER


def holds(assertion: Assertion, before: Beside, after: Beside) -> bool:
    """Say whether an assertion holds between what stands before a place and what comes after it."""
    if assertion == "begin":
        return before is Beside.EDGE
    if assertion == "end":
        return after is Beside.EDGE
    if assertion == "line begin":
        return before <= Beside.NEWLINE
    if assertion == "line end":
        return after <= Beside.NEWLINE
    return ((before is Beside.WORD) != (after is Beside.WORD)) is (assertion == "boundary")


@dataclass(slots=True, eq=False)
class _State:
    """One place in the expression: free steps, perhaps under an assertion, or one character."""

    free: Sequence[int] = ()
    assertion: Assertion | None = None
    characters: Characters | None = None
    then: int = 0


@dataclass(frozen=True, slots=True)
class Reached:
    """What a state can do next.

    Parameters:
      accepting: the text may end here.
      moves: the characters that may come, and the state to which each leads.
    """

    accepting: bool
    moves: tuple[tuple[Characters, int], ...]


class Automaton:
    """The automaton of one expression; it starts in the state `start`.

    Parameters:
      looks: it has assertions, so that what stands beside a place matters.
    """

    def __init__(self, expression: Expression) -> None:
        self._states = [_State()]
        self.looks = False
        self.start = self._build(expression, 0)
        self._reached: dict[tuple[int, Beside, Beside], Reached] = {}

    @property
    def size(self) -> int:
        """How many states it has."""
        return len(self._states)

    def reach(self, state: int, before: Beside, after: Beside) -> Reached:
        """Return what `state` can do at a place between `before` and `after`."""
        key = (state, before, after)
        known = self._reached.get(key)
        if known is None:
            known = self._reached[key] = self._follow(state, before, after)
        return known

    def _follow(self, state: int, before: Beside, after: Beside) -> Reached:
        moves: dict[tuple[Characters, int], None] = {}
        seen, left = {state}, [state]
        while left:
            here = self._states[left.pop()]
            if here.characters is not None:
                moves[here.characters, here.then] = None
            elif here.assertion is None or holds(here.assertion, before, after):
                fresh = [each for each in here.free if each not in seen]
                seen.update(fresh)
                left += fresh
        return Reached(0 in seen, tuple(moves))

    def _add(self, state: _State) -> int:
        if len(self._states) >= MAX_STATES:
            raise Undecided("a regular expression is too large to be decided.")
        self._states.append(state)
        return len(self._states) - 1

    def _build(self, part: Expression, then: int) -> int:
        """Return the state from which `part`, and then what `then` matches, is matched."""
        if isinstance(part, One):
            return self._add(_State(characters=part.characters, then=then))
        if isinstance(part, Edge):
            self.looks = True
            return self._add(_State(free=(then,), assertion=part.assertion))
        if isinstance(part, Choice):
            return self._add(_State(free=[self._build(option, then) for option in part.options]))
        if isinstance(part, Series):
            for each in reversed(part.parts):
                then = self._build(each, then)
            return then
        return self._build_repeat(part, then)

    def _build_repeat(self, part: Repeat, then: int) -> int:
        copies = part.least
        if part.most is None:
            loop = self._add(_State())
            body = self._build(part.body, loop)
            self._states[loop].free = (body, then)
            then, copies = (body, copies - 1) if copies else (loop, 0)
        else:
            last = then
            for _ in range(part.most - part.least):
                then = self._add(_State(free=(self._build(part.body, then), last)))
        for _ in range(copies):
            then = self._build(part.body, then)
        return then


def automaton(expression: str, limit: Limit) -> Automaton:
    """Return the automaton of an expression that RE2 has compiled.

    Raises:
      Undecided: when the expression is too large, or has what is not known here, or the limit is reached.
    """
    made = _made(expression)
    if isinstance(made, str):
        raise Undecided(made)
    limit.spend(made.size // _STATES_A_STEP)
    return made


@lru_cache(512)
def _made(expression: str) -> Automaton | str:
    """Return the automaton of an expression, or why there is none."""
    try:
        return Automaton(parse(expression))
    except Undecided as undecided:
        return str(undecided)
