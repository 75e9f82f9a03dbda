"""Both trees walked together: where they differ in what they do, found in the time of what was changed.

What both sides do alike with whatever enters is crossed out as soon as it is met, unopened: a sibling that
is the same on both sides takes the same alerts to the same end. Only where one side has a route that the
other has not is the way split, and what is left over on the two sides is opened level by level until only
answers remain. Nothing is guessed: what is reported has a witness, what could not be decided is returned too.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from itertools import product

from rules.diff.answers import Answer, Answers, shared_holds
from rules.diff.areas import Area
from rules.diff.branches import Branch, Grove
from rules.diff.level import Branches, Level, Way, crossed_out
from rules.matchers import Matcher
from rules.model import RuleSet
from rules.regions import Limit, Undecided

_ANY = Answer()

Limits = Callable[[], Limit | None]
"""Returns what may be spent on the next question; None when nothing may be any more."""


@dataclass(frozen=True, slots=True)
class _Task:
    """Alerts of which it is not known yet whether they come out otherwise.

    Parameters:
      olds, news: what took them on the two sides; while they are on their way, besides.
      level, way: where they are on their way.
    """

    area: Area
    olds: Branches
    news: Branches
    level: Level | None = None
    way: Way | None = None

    @property
    def left(self) -> Area:
        """Which alerts they are."""
        return self.area if self.way is None else self.way.area

    @property
    def matters(self) -> bool:
        """Whether anything can come of it."""
        return self.way is not None or any(crossed_out(self.olds, self.news))


class _OverError(Exception):
    """Nothing may be spent any more."""


@dataclass(frozen=True, slots=True)
class Change:
    """Alerts that come out otherwise.

    Parameters:
      area: all of them.
      lost: what the old rules did with each of them and the new ones do not.
      gained: what the new rules do and the old ones did not.
      witness: the labels of one of them.
    """

    area: Area
    lost: Branches
    gained: Branches
    witness: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Compared:
    """What came of walking two rule sets.

    Parameters:
      changes: disjoint areas.
      undecided: areas in which the limit was reached; what changes there is not among `changes`.
      renamed: old and new names of routes that are the same but for that.
    """

    changes: tuple[Change, ...]
    undecided: tuple[Area, ...]
    renamed: Mapping[str, str]


class Walk:
    """One comparison of two rule sets.

    Parameters:
      limits: what may be spent on each question.
    """

    def __init__(self, old: RuleSet, new: RuleSet, limits: Limits) -> None:
        self._grove = Grove(Answers(shared_holds(old, new)))
        self._old, self._new = self._grove.root(old), self._grove.root(new)
        self._limits = limits
        self._levels: dict[tuple[int, int], Level] = {}
        self._undecided: list[Area] = []

    def compared(self) -> Compared:
        """Return what differs."""
        changes = tuple(self._changes())
        return Compared(changes, tuple(self._undecided), self._renamed())

    def _changes(self) -> Iterator[Change]:
        """Return what changes, one place after the other, so that much is known when the time is over."""
        waiting = [_Task(Area(hint={}), (self._old,), (self._new,))]
        while waiting:
            task = waiting.pop()
            known = len(self._undecided)
            try:
                changes, tasks = self._step(task) if task.way is None else ([], self._cross(task))
            except _OverError:
                self._undecided[known:] = [each.left for each in (task, *waiting) if each.matters]
                return
            yield from changes
            waiting += tasks

    def _step(self, task: _Task) -> tuple[list[Change], list[_Task]]:
        """Return what changes for alerts that came to some branches, or how to go on below these."""
        olds, news = crossed_out(task.olds, task.news)
        area = self._witnessed(task.area) if olds or news else None
        if area is None:
            return [], []
        old, new = _to_open(olds, news)
        if old is None and new is None:
            return list(self._told_apart(area, olds, news)), []
        olds = tuple(each for each in olds if each is not old)
        news = tuple(each for each in news if each is not new)
        return [], [_Task(area, olds, news, self._level(old, new), Way(area))]

    def _cross(self, task: _Task) -> list[_Task]:
        """Return how alerts go on that are on their way through a level."""
        assert task.level is not None
        assert task.way is not None
        parts, ways = task.level.step(task.way, quiet=not task.olds and not task.news)
        return [
            *(replace(task, way=way) for way in ways),
            *(_Task(area, task.olds + olds, task.news + news) for area, olds, news in parts),
        ]

    def _witnessed(self, area: Area) -> Area | None:
        """Return an area with a witness as its hint; None when it is empty, or not known not to be."""
        limit = self._limits()
        if limit is None:
            raise _OverError
        try:
            witness = area.witness(limit)
        except Undecided:
            self._undecided.append(area)
            return None
        return None if witness is None else replace(area, hint=witness)

    def _level(self, old: Branch | None, new: Branch | None) -> Level:
        key = id(old), id(new)
        if key not in self._levels:
            self._levels[key] = Level(old, new, self._witnessed, self._grove.alone)
        return self._levels[key]

    def _told_apart(self, area: Area, olds: Branches, news: Branches) -> Iterator[Change]:
        """Return answers that differ; where only what labels decide does, for which of their values."""
        if not _alike_but_for_lookups(olds, news):
            yield Change(area, olds, news, area.hint or {})
            return
        values: dict[str, set[str]] = {}
        for branch in (*olds, *news):
            for label, own in branch.answer.looked_up.items():
                values.setdefault(label, set()).update(own)
        cells = [[(name, value) for value in (*sorted(values[name]), None)] for name in sorted(values)]
        for cell in product(*cells):
            conditions = [each for name, value in cell for each in _having(name, value, values[name])]
            part = area.holding(tuple(conditions))
            fixed = [
                tuple(self._grove.answering(each, each.answer.fixed(dict(cell))) for each in side)
                for side in (olds, news)
            ]
            lost, gained = crossed_out(*fixed)
            met = self._witnessed(part) if part is not None and (lost or gained) else None
            if met is not None:
                yield Change(met, lost, gained, met.hint or {})

    def _renamed(self) -> Mapping[str, str]:
        self._level(self._old, self._new)
        names: dict[str, str] = {}
        waiting = [
            (old, new)
            for level in self._levels.values()
            for old, new in level.pairs
            if old is not None and new is not None and old.whole == new.whole
        ]
        while waiting:
            old, new = waiting.pop()
            if old.name != new.name:
                names[old.name] = new.name
            waiting += zip(old.routes, new.routes, strict=True)
        return dict(sorted(names.items()))


def _to_open(olds: Branches, news: Branches) -> tuple[Branch | None, Branch | None]:
    """Return which branches are to be opened together; None and None when all are answers."""
    old = next((each for each in olds if each.routes), None)
    closed = [each for each in news if each.routes]
    namesake = next((each for each in closed if old is not None and each.name == old.name), None)
    return old, namesake or next(iter(closed), None)


def _alike_but_for_lookups(olds: Branches, news: Branches) -> bool:
    """Say whether some of both are the same but for what labels decide."""
    if not any(branch.answer.looked_up for branch in (*olds, *news)):
        return False
    plain = [
        Counter(
            replace(branch.answer, priority=_ANY.priority, resolve_hold_s=_ANY.resolve_hold_s)
            for branch in side
        )
        for side in (olds, news)
    ]
    return bool(plain[0] & plain[1])


def _having(name: str, value: str | None, others: set[str]) -> list[Matcher]:
    if value is not None:
        return [Matcher(name, "=", value)]
    return [Matcher(name, "!=", other) for other in sorted(others)]
