"""What an expression is made of, after parsing."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from rules.regular.characters import Characters

Assertion = Literal["begin", "end", "line begin", "line end", "boundary", "no boundary"]
"""What matches no character, but only between certain ones."""


@dataclass(frozen=True, slots=True)
class One:
    """One character of a set."""

    characters: Characters


@dataclass(frozen=True, slots=True)
class Edge:
    """A place between characters."""

    assertion: Assertion


@dataclass(frozen=True, slots=True)
class Series:
    """One part after the other; without parts, the empty text."""

    parts: tuple[Expression, ...]


@dataclass(frozen=True, slots=True)
class Choice:
    """One of several."""

    options: tuple[Expression, ...]


@dataclass(frozen=True, slots=True)
class Repeat:
    """From `least` to `most` times; `most` None is without end."""

    body: Expression
    least: int
    most: int | None


Expression = One | Edge | Series | Choice | Repeat
