"""What `rules diff` found, whole: what a report is made from."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from rules.diff.areas import Area
from rules.diff.effects import Effect, effects
from rules.diff.everywhere import Everywhere, everywhere, members_of
from rules.diff.joint import Change, Limits, Walk
from rules.diff.recorded import Recorded
from rules.diff.wording import Wording
from rules.model import RuleSet
from rules.regions import Limit, Undecided
from rules.report import count

_FOR_AN_EXAMPLE = 20_000


@dataclass(frozen=True, slots=True)
class Side:
    """One of the two rule sets, as it is called.

    Parameters:
      name: the path, or the path with its revision.
      members: of the groups that its roster lists.
    """

    name: str
    revision: str
    members: Mapping[str, tuple[str, ...]] = field(default_factory=dict)

    @property
    def wording(self) -> Wording:
        """Words for what it does."""
        return Wording(self.members)


@dataclass(frozen=True, slots=True)
class Meaning:
    """What a change of the rules means.

    Parameters:
      effects: what becomes otherwise of which alerts, the largest first.
      everywhere: what changes for all.
      undecided: alerts of which it is not known whether they come out otherwise.
      renamed: routes that only have another name now.
      notes: what was left out, a sentence each.
      recorded: what would have become of recorded alerts; None when none were asked about.
    """

    old: Side
    new: Side
    effects: tuple[Effect, ...] = ()
    everywhere: tuple[Everywhere, ...] = ()
    undecided: tuple[Area, ...] = ()
    renamed: Mapping[str, str] = field(default_factory=dict)
    notes: tuple[str, ...] = ()
    recorded: Recorded | None = None

    @property
    def changes(self) -> bool:
        """Whether anything is not, or may not be, as it was."""
        return bool(self.effects or self.everywhere or self.undecided)

    @property
    def headline(self) -> str:
        """The whole in a sentence, without its full stop."""
        who = sum(len(effect.changes) for effect in self.effects if effect.of_who)
        how = sum(len(effect.changes) for effect in self.effects if not effect.of_who)
        parts = []
        if who:
            parts.append(f"{_kinds(who)} who is paged")
        if how:
            parts.append(f"{_kinds(how)} how {'they page' if how > 1 else 'it pages'}")
        if self.everywhere:
            parts.append(f"{count(len(self.everywhere), 'general change')}")
        if self.undecided:
            parts.append(f"{count(len(self.undecided), 'kind')} of alerts not decided")
        return ", ".join(parts) or "No alert changes who is paged, or how"


def _kinds(number: int) -> str:
    return f"{count(number, 'kind')} of alerts change{'s' if number == 1 else ''}"


def side_of(name: str, ruleset: RuleSet) -> Side:
    """Return how a rule set is called."""
    return Side(name, ruleset.revision, members_of(ruleset))


def compare(old: RuleSet, new: RuleSet, names: tuple[str, str], limits: Limits) -> Meaning:
    """Return what changes from one rule set to another.

    Parameters:
      names: how reports call the two.
      limits: what may be spent on each question; what is not decided within it is returned as undecided.
    """
    compared = Walk(old, new, limits).compared()
    return Meaning(
        side_of(names[0], old),
        side_of(names[1], new),
        tuple(effects(compared.changes)),
        tuple(everywhere(old, new, limits)),
        compared.undecided,
        compared.renamed,
    )


def example(change: Change) -> Mapping[str, str]:
    """Return labels of one of the alerts, of few words where such are found at once."""
    try:
        found = replace(change.area, hint=None).witness(Limit(_FOR_AN_EXAMPLE))
    except Undecided:
        found = None
    return change.witness if found is None else found
