"""What is known of the labels that an alert of a rule can have.

Knowledge errs on one side only: every label set that the rule's alerts can have is allowed by it. What cannot
be told is allowed.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace

from rules.matchers import Matcher, make_matcher
from rules.regions import Region


@dataclass(frozen=True, slots=True)
class Knowledge:
    """A set of label sets; as everywhere a label that is missing has the empty value.

    Parameters:
      fixed: labels whose value is known; empty for one that is never there.
      matchers: what holds of others.
      only: the other labels that may be there; None when any may.
    """

    fixed: Mapping[str, str] = field(default_factory=dict)
    matchers: tuple[Matcher, ...] = ()
    only: frozenset[str] | None = None

    def may_have(self, name: str) -> bool:
        """Return whether the label may be there."""
        if name in self.fixed:
            return self.fixed[name] != ""
        return self.only is None or name in self.only

    def value(self, name: str) -> str | None:
        """Return the value of a label, empty when it is never there; None when it is not known."""
        return self.fixed.get(name) if self.may_have(name) else ""

    def allows(self, labels: Mapping[str, str]) -> bool:
        """Return whether an alert may have exactly these labels."""
        return (
            all(labels.get(name, "") == value for name, value in self.fixed.items())
            and all(matcher.holds(labels) for matcher in self.matchers)
            and (self.only is None or all(name in self.only or name in self.fixed for name in labels))
        )

    def region(self, names: Iterable[str]) -> Region:
        """Return it as a region, exact as far as these labels are looked at."""
        absent = {name: "" for name in names if not self.may_have(name)}
        return Region.everything.fixing({**absent, **self.fixed}).holding(self.matchers)

    def seen_by(self, names: frozenset[str]) -> Knowledge:
        """Return what of it matters to whoever looks at these labels only, in one form."""
        fixed = {name: value for name in sorted(names) if (value := self.value(name)) is not None}
        matchers = {str(each): each for each in self.matchers if each.name in names - fixed.keys()}
        return Knowledge(fixed, tuple(matchers[text] for text in sorted(matchers)), None)

    def with_value(self, name: str, value: str) -> Knowledge:
        """Return it with a label set, or removed by an empty value."""
        known = self.forgetting(name)
        return replace(known, fixed={**known.fixed, name: value})

    def with_any(self, name: str, matchers: Iterable[Matcher] = ()) -> Knowledge:
        """Return it with a label that has some value for which the matchers hold, or is not there."""
        known = self.forgetting(name)
        return replace(known, matchers=(*known.matchers, *matchers))

    def forgetting(self, name: str) -> Knowledge:
        """Return it with nothing known of a label."""
        return Knowledge(
            {other: value for other, value in self.fixed.items() if other != name},
            tuple(matcher for matcher in self.matchers if matcher.name != name),
            None if self.only is None else self.only | {name},
        )

    def keeping(self, names: Iterable[str]) -> Knowledge:
        """Return it with these labels alone, as an aggregation by them leaves it."""
        kept = frozenset(names)
        return Knowledge(
            {name: value for name, value in self.fixed.items() if name in kept},
            tuple(matcher for matcher in self.matchers if matcher.name in kept),
            kept if self.only is None else kept & self.only,
        )

    def dropping(self, names: Iterable[str]) -> Knowledge:
        """Return it without these labels."""
        known = self
        for name in names:
            known = known.with_value(name, "")
        return known

    def agreeing(self, other: Knowledge, names: frozenset[str] | None, but: frozenset[str]) -> Knowledge:
        """Return it joined with what is known of an alert that has the same values of some labels.

        Parameters:
          names: the labels that are the same; None for all.
          but: those that need not be, when `names` is None.
        """

        def is_same(name: str) -> bool:
            return name not in but if names is None else name in names

        fixed = {name: value for name, value in other.fixed.items() if is_same(name)} | dict(self.fixed)
        matchers = tuple(matcher for matcher in other.matchers if is_same(matcher.name))
        only = self.only
        if other.only is not None:
            if names is None:
                allowed = other.only | but | other.fixed.keys()
                only = allowed if only is None else only & allowed
            elif only is not None:
                only = only - {name for name in names if not other.may_have(name)}
        return Knowledge(fixed, self.matchers + matchers, only)

    def copying(self, other: Knowledge, name: str, target: str = "") -> Knowledge:
        """Return it with a label taken from an alert of which `other` is known, under the name `target`."""
        target = target or name
        value = other.value(name)
        if value is not None:
            return self.with_value(target, value)
        given = (each for each in other.matchers if each.name == name)
        return self.with_any(target, (make_matcher(target, each.operator, each.value) for each in given))

    def with_default(self, name: str, value: str) -> Knowledge:
        """Return it with a label that is added where it is missing, as external labels are."""
        known = self.value(name)
        if known is not None:
            return self if known else self.with_value(name, value)
        held = tuple(matcher for matcher in self.matchers if matcher.name == name)
        if all(matcher.holds({}) for matcher in held):
            # It may be what the expression says, or be added: then it is only known to be there.
            return self.with_any(name, (make_matcher(name, "!=", ""),))
        return self


ANYTHING = Knowledge()
"""Nothing is known."""

NO_LABELS = Knowledge(only=frozenset())
"""There are none."""
