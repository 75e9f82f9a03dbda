"""Boxes that are left out of a region, found by the labels that lie in them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from rules.matchers import Matcher


@dataclass(frozen=True, slots=True, eq=False)
class Excluded:
    """A box that is left out."""

    matchers: tuple[Matcher, ...]


class _Log:
    """Boxes one after the other, filed under a word that each cannot do without, where it has one."""

    __slots__ = ("boxes", "loose", "words")

    def __init__(self) -> None:
        self.boxes: list[Excluded] = []
        self.words: dict[str, dict[str, list[int]]] = {}
        self.loose: list[int] = []

    def add(self, box: Excluded) -> None:
        worded = [matcher for matcher in box.matchers if matcher.words is not None]
        if worded:
            key = min(worded, key=lambda matcher: len(matcher.words or ()))
            for word in key.words or ():
                self.words.setdefault(key.name, {}).setdefault(word, []).append(len(self.boxes))
        else:
            self.loose.append(len(self.boxes))
        self.boxes.append(box)

    def candidates(self, labels: Mapping[str, str]) -> Iterator[int]:
        for name, filed in self.words.items():
            yield from filed.get(labels.get(name, ""), ())
        yield from self.loose


@dataclass(frozen=True, slots=True, eq=False)
class Exclusions:
    """The first `count` boxes of a log, and those of `before`.

    A log only grows, so that regions that go on from each other share it.
    """

    log: _Log
    count: int = 0
    before: Exclusions | None = None

    @staticmethod
    def none() -> Exclusions:
        """Return what leaves out nothing."""
        return Exclusions(_Log())

    def adding(self, matchers: Sequence[Matcher]) -> Exclusions:
        """Return these and one more."""
        goes_on = 0 < self.count == len(self.log.boxes)
        log = self.log if goes_on else _Log()
        before = self.before if goes_on else (self if self.count else None)
        log.add(Excluded(tuple(matchers)))
        return Exclusions(log, len(log.boxes), before)

    def taking(self, labels: Mapping[str, str]) -> Excluded | None:
        """Return a box in which these labels lie; None when they lie in none."""
        here: Exclusions | None = self
        while here is not None:
            for ordinal in here.log.candidates(labels):
                box = here.log.boxes[ordinal]
                if ordinal < here.count and all(matcher.holds(labels) for matcher in box.matchers):
                    return box
            here = here.before
        return None

    def all(self) -> Iterator[tuple[Matcher, ...]]:
        """Walk over the matchers of each box."""
        if self.before is not None:
            yield from self.before.all()
        yield from (box.matchers for box in self.log.boxes[: self.count])
