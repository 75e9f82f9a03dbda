"""One level of both trees: how siblings on both sides take alerts, and what is left when it is the same."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace

from rules.diff.alignment import align
from rules.diff.areas import Area, Column, Condition, Span
from rules.diff.branches import Branch

Branches = tuple[Branch, ...]
Part = tuple[Area, Branches, Branches]
"""Some alerts, with what took them on the two sides, without what does the same on both."""


@dataclass(frozen=True, slots=True)
class Way:
    """How far some alerts have come in a level.

    Parameters:
      place: of the pair that is tried next.
      olds, news: what took them, without what did the same on both sides.
      old_open, new_open: whether a side still tries further siblings.
      old_in, new_in: whether one of a side's took them; if not, a route with `continue` that is the same on
        both sides may have, before `together`.
      together: up to which place both sides tried the siblings.
      ahead: the places of changed siblings that are still to be tried, where they are known.
    """

    area: Area
    place: int = 0
    olds: Branches = ()
    news: Branches = ()
    old_open: bool = True
    new_open: bool = True
    old_in: bool = False
    new_in: bool = False
    together: int = 0
    ahead: Iterator[int] | None = None

    def took(self, area: Area, old: Branch | None, new: Branch | None) -> Way:
        olds, news = crossed_out(
            self.olds if old is None else (*self.olds, old), self.news if new is None else (*self.news, new)
        )
        return replace(
            self,
            area=area,
            place=self.place + 1,
            olds=olds,
            news=news,
            old_open=self.old_open and (old is None or old.proceed),
            new_open=self.new_open and (new is None or new.proceed),
            old_in=self.old_in or old is not None,
            new_in=self.new_in or new is not None,
            ahead=None,
        )


Stepped = tuple[list[Part], list[Way]]


class Level:
    """The children of a branch on both sides, beside each other; None where a side has no such branch.

    Parameters:
      witnessed: returns an area that is known to have alerts in it, None for others.
      alone: returns a branch as it answers itself.
    """

    def __init__(
        self,
        old: Branch | None,
        new: Branch | None,
        witnessed: Callable[[Area], Area | None],
        alone: Callable[[Branch], Branch],
    ) -> None:
        self._old = old if old is None else alone(old)
        self._new = new if new is None else alone(new)
        self._witnessed = witnessed
        self.pairs = align(old.routes if old else (), new.routes if new else ())
        bars: list[tuple[int, Condition]] = []
        changed: list[tuple[int, Condition]] = []
        alike: dict[bool, list[tuple[int, Condition]]] = {False: [], True: []}
        for place, (before, after) in enumerate(self.pairs):
            own = {each.among: (place, each.matchers) for each in (before, after) if each is not None}
            if before is not None and after is not None and before.whole == after.whole:
                alike[before.proceed] += own.values()
                bars += () if before.proceed else own.values()
            else:
                changed += own.values()
                bars += own.values()
        self._bars, self._changed = Column(bars), Column(changed)
        self._finals, self._throughs = Column(alike[False]), Column(alike[True])
        self._olds = Column([(place, old.matchers) for place, (old, _) in enumerate(self.pairs) if old])
        self._news = Column([(place, new.matchers) for place, (_, new) in enumerate(self.pairs) if new])

    def step(self, way: Way, *, quiet: bool) -> Stepped:
        """Follow a way until something is taken: return parts that have come to an end, and further ways.

        They need not all have alerts in them. Together they are all of the way, but what `quiet` leaves out.

        Parameters:
          quiet: parts of which nothing is left over are left out.
        """
        if way.old_open and way.new_open:
            parts, ways = self._together(way, quiet=quiet)
        elif way.old_open or way.new_open:
            parts, ways = self._alone(way)
        else:
            parts, ways = [(way.area, way.olds, way.news)], []
        return [each for each in parts if not quiet or each[1] or each[2]], ways

    def _together(self, way: Way, *, quiet: bool) -> Stepped:
        """Go on while both sides try siblings, up to the next that was changed and takes something."""
        end = len(self.pairs)
        ahead = way.ahead
        if ahead is None:
            places = {place for place, _ in self._changed.possible(way.area.words, way.place, end)}
            ahead = iter([*sorted(places), end])
        parts: list[Part] = []
        for place in ahead:
            if not quiet or way.olds or way.news:
                parts.append((way.area.taking(Span(self._finals, way.place, place)), way.olds, way.news))
            passed = way.area.passing(self._bars, way.place, place)
            way = replace(way, area=passed, place=place, together=place, ahead=None)
            if place < end:
                taken = list(self._taken(way, *self.pairs[place]))
                way = replace(way, area=passed.passing(self._bars, place, place + 1), place=place + 1)
                if taken:
                    return parts, [replace(way, ahead=ahead), *taken]
        return [*parts, *self._ended(way)], []

    def _taken(self, way: Way, old: Branch | None, new: Branch | None) -> Iterator[Way]:
        """Return how a pair of siblings takes alerts: both of them do, or one alone."""
        if old is not None and new is not None:
            both = self._met(way.area, (old, new), None)
            if both is not None:
                yield way.took(both, old, new)
            if old.among == new.among:
                return
        if old is not None and (alone := self._met(way.area, (old,), new)) is not None:
            yield way.took(alone, old, None)
        if new is not None and (alone := self._met(way.area, (new,), old)) is not None:
            yield way.took(alone, None, new)

    def _met(self, area: Area, takers: Sequence[Branch], other: Branch | None) -> Area | None:
        """Return what of an area these take and the other one does not; None when there is nothing."""
        met: Area | None = area
        for taker in takers:
            met = met.holding(taker.matchers) if met is not None else None
        if met is None:
            return None
        return self._witnessed(met if other is None else met.refusing(other.matchers))

    def _alone(self, way: Way) -> Stepped:
        """Go on with the side that still tries siblings, when the other has come to an end."""
        end = len(self.pairs)
        column = self._olds if way.old_open else self._news
        ways: list[Way] = []
        for place, matchers in column.possible(way.area.words, way.place, end):
            area = way.area.passing(column, way.place, place).holding(matchers)
            met = self._witnessed(area) if area is not None else None
            if met is not None:
                old, new = self.pairs[place]
                on = replace(way, place=place)
                ways.append(on.took(met, old, None) if way.old_open else on.took(met, None, new))
        return self._ended(replace(way, area=way.area.passing(column, way.place, end))), ways

    def _ended(self, way: Way) -> list[Part]:
        """Let what no sibling took be answered by the branch itself."""
        if way.old_in and way.new_in:
            return [(way.area, way.olds, way.news)]
        throughs = Span(self._throughs, 0, way.together)
        olds = way.olds if way.old_in or self._old is None else (*way.olds, self._old)
        news = way.news if way.new_in or self._new is None else (*way.news, self._new)
        return [
            (way.area.taking(throughs), way.olds, way.news),
            (way.area.passing(throughs.column, 0, throughs.stop), *crossed_out(olds, news)),
        ]


def crossed_out(olds: Sequence[Branch], news: Sequence[Branch]) -> tuple[Branches, Branches]:
    """Return both without what does the same, however often each is there."""
    left = list(news)
    kept: list[Branch] = []
    for old in olds:
        same = next((place for place, new in enumerate(left) if new.inside == old.inside), None)
        if same is None:
            kept.append(old)
        else:
            del left[same]
    return tuple(kept), tuple(left)
