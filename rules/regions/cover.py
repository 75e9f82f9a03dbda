"""Whether boxes together take everything of another one."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Generic, Protocol, TypeVar

from rules.matchers import Matcher
from rules.regions.box import Box
from rules.regular import Limit


class Taker(Protocol):
    """What takes every alert for which all its matchers hold."""

    @property
    def matchers(self) -> Sequence[Matcher] | None:
        """The matchers; None, as for a heartbeat that no alert beats, takes nothing."""
        ...


T = TypeVar("T", bound=Taker)


@dataclass(frozen=True, slots=True)
class Cover(Generic[T]):
    """What was found out about a box.

    Parameters:
      witness: labels in the box that nothing takes; None when everything is taken.
      takers: without a witness, what together takes everything, in the order in which it was met.
    """

    witness: Mapping[str, str] | None
    takers: tuple[T, ...] = ()


def uncovered(box: Box, taking: Callable[[Mapping[str, str]], T | None], limit: Limit) -> Cover[T]:
    """Find labels in a box that nothing takes.

    One alert of the box is asked about at a time. What takes it is cut off, which leaves for each of its
    matchers a box in which the matchers before hold and this one does not; those are looked at in turn. Each
    cut rids all that is left of one taker, so there is an end.

    Parameters:
      taking: returns what takes an alert with these labels, None when nothing does.

    Raises:
      Undecided: when the limit is reached, or an expression is not decided.
    """
    left = [box]
    met: dict[int, T] = {}
    while left:
        limit.spend()
        box = left.pop()
        taker = taking(box.labels)
        if taker is None:
            return Cover(box.labels)
        met[id(taker)] = taker
        left += reversed(_cut(box, taker.matchers or (), limit))
    return Cover(None, tuple(met.values()))


def _cut(box: Box, matchers: Sequence[Matcher], limit: Limit) -> list[Box]:
    """Return what is left of a box when a part, in which its labels lie, is cut off."""
    parts: list[Box] = []
    held: Box | None = box
    for matcher in matchers:
        rest = held.holding((matcher.negated(),), limit) if held is not None else None
        if rest is not None and held is not None:
            parts.append(rest)
            held = held.holding((matcher,), limit)
    return parts
