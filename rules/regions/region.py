"""A set of label sets."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import ClassVar

from rules.matchers import Matcher, make_matcher
from rules.regions.box import Box
from rules.regions.cover import uncovered
from rules.regions.exclusions import Exclusions
from rules.regular import Limit


@dataclass(frozen=True, slots=True, eq=False)
class Region:
    """All labels for which `matchers` hold, but those in one of several boxes.

    `Region.everything` is where to begin. A label that an alert does not have is the empty string.
    """

    everything: ClassVar[Region]

    matchers: tuple[Matcher, ...] = ()
    _exclusions: Exclusions = field(default_factory=Exclusions.none, repr=False)

    def holding(self, matchers: Iterable[Matcher]) -> Region:
        """Return the part of it for which all of these hold."""
        return Region(tuple(dict.fromkeys((*self.matchers, *matchers))), self._exclusions)

    def excluding(self, matchers: Sequence[Matcher]) -> Region:
        """Return the part of it for which not all of these hold; without matchers, nothing."""
        return Region(self.matchers, self._exclusions.adding(matchers))

    def fixing(self, labels: Mapping[str, str]) -> Region:
        """Return the part of it in which these labels have these values, the empty one when absent."""
        return self.holding(make_matcher(name, "=", value) for name, value in labels.items())

    @property
    def excluded(self) -> tuple[tuple[Matcher, ...], ...]:
        """The boxes left out, each as its matchers."""
        return tuple(self._exclusions.all())

    def holds(self, labels: Mapping[str, str]) -> bool:
        """Say whether labels lie in it."""
        within = all(matcher.holds(labels) for matcher in self.matchers)
        return within and self._exclusions.taking(labels) is None

    def witness(self, limit: Limit) -> dict[str, str] | None:
        """Return labels that lie in it, without empty values; None when it is empty.

        Raises:
          Undecided: when the limit is reached, or an expression is not decided.
        """
        box = Box().holding(self.matchers, limit)
        found = uncovered(box, self._exclusions.taking, limit).witness if box is not None else None
        return dict(found) if found is not None else None


Region.everything = Region()
