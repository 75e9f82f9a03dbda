"""What is known of the labels of vectors, and of what operators make of them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from rules.coverage.knowledge import ANYTHING, NO_LABELS, Knowledge
from rules.coverage.tokens import ExpressionError
from rules.matchers import Matcher

MAX_ALTERNATIVES = 8


@dataclass(frozen=True, slots=True)
class Vector:
    """What is known of an instant or range vector: one of the alternatives for each of its elements.

    Parameters:
      selector: the matchers, when it is a selector.
      bare: it is nothing but that selector, maybe with a range.
    """

    alternatives: tuple[Knowledge, ...]
    selector: tuple[Matcher, ...] | None = None
    bare: bool = True


@dataclass(frozen=True, slots=True)
class Scalar:
    """A number, or a text."""

    text: str | None = None


Value = Vector | Scalar


@dataclass(frozen=True, slots=True)
class Matching:
    """How two vectors are joined: `on` or `ignoring`, and the side with many elements."""

    on: frozenset[str] | None = None
    ignoring: frozenset[str] = frozenset()
    many: str = ""
    included: tuple[str, ...] = ()


def first_vector(arguments: Iterable[Value]) -> Vector:
    """Return the first vector among a function's arguments.

    Raises:
      ExpressionError: when there is none.
    """
    for each in arguments:
        if isinstance(each, Vector):
            return each
    raise ExpressionError("gives a function no vector")


def made_of(alternatives: Iterable[Knowledge]) -> Vector:
    """Return a vector of these alternatives; of too many nothing is known."""
    kept = tuple(alternatives)
    return Vector(kept if len(kept) <= MAX_ALTERNATIVES else (ANYTHING,))


def of_selector(matchers: Iterable[Matcher]) -> Knowledge:
    """Return what a selector says of labels."""
    fixed: dict[str, str] = {}
    others: list[Matcher] = []
    for matcher in matchers:
        if matcher.name == "__name__":
            continue
        if matcher.operator == "=" and matcher.name not in fixed:
            fixed[matcher.name] = matcher.value
        else:
            others.append(matcher)
    return Knowledge(fixed, tuple(each for each in others if each.name not in fixed))


def of_absent(vector: Vector) -> Vector:
    """Return the labels of absent(): those that its selector asks to be equal, unless it asks twice."""
    fixed: dict[str, str] = {}
    asked: set[str] = set()
    for matcher in vector.selector or ():
        if matcher.name == "__name__":
            continue
        if matcher.operator == "=" and matcher.name not in asked:
            fixed[matcher.name] = matcher.value
            asked.add(matcher.name)
        else:
            fixed.pop(matcher.name, None)
    told = Knowledge(fixed, (), frozenset())
    # Versions differ in whether they look for the selector in parentheses and subqueries.
    return Vector((told,) if vector.bare or not fixed else (told, NO_LABELS))


def joined(operator: str, left: Value, right: Value, matching: Matching) -> Value:
    """Return what a binary operator makes of two values (promql: resultMetric)."""
    if isinstance(left, Scalar) or isinstance(right, Scalar):
        if isinstance(left, Vector):
            return Vector(left.alternatives)
        return Vector(right.alternatives) if isinstance(right, Vector) else Scalar()
    if operator == "or":
        return made_of((*left.alternatives, *right.alternatives))
    if operator == "unless":
        return Vector(left.alternatives)
    many, one = (right, left) if matching.many == "group_right" else (left, right)
    pairs = [(each, other) for each in many.alternatives for other in one.alternatives]
    if len(pairs) > MAX_ALTERNATIVES:
        return Vector((ANYTHING,))
    if operator == "and":
        return made_of(_agreed(each, other, matching) for each, other in pairs)
    return made_of(_matched(each, other, matching) for each, other in pairs)


def _agreed(each: Knowledge, other: Knowledge, matching: Matching) -> Knowledge:
    return each.agreeing(other, matching.on, matching.ignoring | {"__name__"})


def _matched(each: Knowledge, other: Knowledge, matching: Matching) -> Knowledge:
    known = _agreed(each, other, matching)
    if not matching.many:
        return known.dropping(matching.ignoring) if matching.on is None else known.keeping(matching.on)
    for name in matching.included:
        known = known.copying(other, name)
    return known
