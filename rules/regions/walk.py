"""A region followed through a route tree, with Alertmanager's semantics."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Generic, Protocol, TypeVar

from rules.matchers import Matcher
from rules.regions.region import Region
from rules.regular import Limit


class Node(Protocol):
    """A route of a tree; `rules.model.Route` is one."""

    @property
    def matchers(self) -> tuple[Matcher, ...]:
        """What must hold to enter it."""
        ...

    @property
    def proceed(self) -> bool:
        """Whether its later siblings are tried as well."""
        ...

    @property
    def routes(self: N) -> Sequence[N]:
        """Its children."""
        ...


N = TypeVar("N", bound=Node)


@dataclass(frozen=True, slots=True, eq=False)
class _Level(Generic[N]):
    """A place among siblings: those before `index` are done with.

    Parameters:
      owner: whose children they are, and `outer` its place; None at the top.
      taken: one of the siblings before took the alert.
    """

    siblings: Sequence[N]
    index: int = 0
    taken: bool = False
    owner: N | None = None
    outer: _Level[N] | None = None


def walk(nodes: Sequence[N], region: Region, limit: Limit) -> Iterator[tuple[Region, tuple[N, ...]]]:
    """Walk over every combination of routes that answers for some labels of a region.

    Each comes with the part of the region for which it does; the parts are not empty, have nothing in common,
    and are the whole region together. No routes, `()`, answer where nothing takes the alert.

    Raises:
      Undecided: when the limit is reached, or an expression is not decided.
    """
    left: list[tuple[Region, _Level[N], tuple[N, ...]]] = []
    if region.witness(limit) is not None:
        left.append((region, _Level(nodes), ()))
    while left:
        part, level, answers = left.pop()
        while level.index < len(level.siblings):
            node = level.siblings[level.index]
            inside = part.holding(node.matchers)
            if inside.witness(limit) is not None:
                outside = part.excluding(node.matchers)
                if outside.witness(limit) is not None:
                    left.append((outside, replace(level, index=level.index + 1), answers))
                part, level = inside, _Level(node.routes, owner=node, outer=level)
            else:
                level = replace(level, index=level.index + 1)
        if level.owner is None or level.outer is None:
            yield part, answers
        else:
            after = level.outer.index + 1 if level.owner.proceed else len(level.outer.siblings)
            answers = answers if level.taken else (*answers, level.owner)
            left.append((part, replace(level.outer, index=after, taken=True), answers))
