"""Matchers that all hold, with labels for which they do."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from rules.matchers import Matcher
from rules.regular import Limit, Undecided, find_word


@dataclass(frozen=True, slots=True)
class Box:
    """What holds for several matchers; never empty. `Box()` is everything.

    Parameters:
      conditions: the matchers, by label.
      labels: an alert in it, without empty values.
    """

    conditions: Mapping[str, tuple[Matcher, ...]] = field(default_factory=dict)
    labels: Mapping[str, str] = field(default_factory=dict)

    def holding(self, matchers: Iterable[Matcher], limit: Limit) -> Box | None:
        """Return the part of it for which `matchers` hold as well; None when there is none.

        Raises:
          Undecided: when the limit is reached, or an expression is not decided.
        """
        conditions, labels = dict(self.conditions), dict(self.labels)
        unfit: dict[str, None] = {}
        for matcher in matchers:
            known = conditions.get(matcher.name, ())
            if matcher in known:
                continue
            conditions[matcher.name] = (*known, matcher)
            if not matcher.holds(labels):
                unfit[matcher.name] = None
        open_question: Undecided | None = None
        for name in unfit:
            try:
                word = find_word(conditions[name], limit)
            except Undecided as undecided:
                # Another label may still show that there is none.
                open_question = undecided
                continue
            if word is None:
                return None
            labels[name] = word
        if open_question is not None:
            raise open_question
        return Box(conditions, {name: word for name, word in labels.items() if word})
