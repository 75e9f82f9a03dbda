"""What changes, put together for people: areas in which the same becomes of alerts are told of once."""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Sequence
from dataclasses import dataclass, fields

from rules.diff.answers import Answer
from rules.diff.branches import Branch
from rules.diff.joint import Change
from rules.diff.level import Branches

Traits = tuple[tuple[str, Hashable], ...]
"""Some fields of an answer, by name."""

_WHO = frozenset(("calls", "hours", "beat"))
_FIELDS = fields(Answer)


@dataclass(frozen=True, slots=True)
class Edit:
    """Answers that became other ones; on one side there may be none."""

    before: Branches
    after: Branches


@dataclass(frozen=True, slots=True)
class Difference:
    """What an edit changes: what differs of one answer that became another, else what matters of each."""

    before: tuple[Traits, ...]
    after: tuple[Traits, ...]

    @property
    def of_who(self) -> bool:
        """Whether it changes who is paged when, and not only how."""
        return _who(self.before) != _who(self.after)


@dataclass(frozen=True, slots=True)
class Effect:
    """Alerts for which the same changes.

    Parameters:
      differences: what changes for them; all else stays.
      changes: the areas in which they lie, with the routes that are concerned.
    """

    differences: tuple[Difference, ...]
    changes: tuple[Change, ...]

    @property
    def of_who(self) -> bool:
        """Whether it changes who is paged when, and not only how."""
        return any(each.of_who for each in self.differences)


def effects(changes: Iterable[Change]) -> list[Effect]:
    """Return changes by what they do: those of who is paged first, then those with the most areas."""
    found: dict[tuple[Difference, ...], list[Change]] = {}
    for change in changes:
        found.setdefault(differences(edits(change.lost, change.gained)), []).append(change)
    made = [Effect(each, tuple(of)) for each, of in found.items()]
    return sorted(made, key=lambda effect: (not effect.of_who, -len(effect.changes), _first_place(effect)))


def _first_place(effect: Effect) -> tuple[str, int]:
    places = [each.place for change in effect.changes for each in (*change.lost, *change.gained)]
    return min((place.file, place.line) for place in places)


def edits(lost: Sequence[Branch], gained: Sequence[Branch]) -> list[Edit]:
    """Return what became of what: of namesakes each by itself, of all others together."""
    left = list(gained)
    paired: list[Edit] = []
    alone: list[Branch] = []
    for old in lost:
        namesake = next((new for new in left if new.name == old.name), None)
        if namesake is None:
            alone.append(old)
        else:
            left.remove(namesake)
            paired.append(Edit((old,), (namesake,)))
    return [*paired, Edit(tuple(alone), tuple(left))] if alone or left else paired


def differences(made: Iterable[Edit]) -> tuple[Difference, ...]:
    """Return what edits change, each only once, in an order that does not depend on theirs."""
    found = {_difference(edit) for edit in made}
    return tuple(sorted(found, key=repr)) if len(found) > 1 else tuple(found)


def _difference(edit: Edit) -> Difference:
    if len(edit.before) == len(edit.after) == 1:
        before, after = edit.before[0].answer, edit.after[0].answer
        if _sort(before) == _sort(after):
            pairs = [(each.name, getattr(before, each.name), getattr(after, each.name)) for each in _FIELDS]
            differing = [each for each in pairs if each[1] != each[2]]
            return Difference(
                (tuple((name, old) for name, old, _ in differing),),
                (tuple((name, new) for name, _, new in differing),),
            )
    return Difference(_all(edit.before), _all(edit.after))


def _all(branches: Branches) -> tuple[Traits, ...]:
    found = [main_traits(branch.answer) for branch in branches]
    return tuple(sorted(found, key=repr)) if len(found) > 1 else tuple(found)


def _sort(answer: Answer) -> tuple[bool, bool]:
    return answer.suppressed is not None, answer.beat is not None


def main_traits(answer: Answer) -> Traits:
    """Return what matters of an answer that stands alone."""
    if answer.suppressed is not None:
        return (("suppressed", answer.suppressed),)
    beat: Traits = (("beat", answer.beat),) if answer.beat is not None else ()
    hours: Traits = (("hours", answer.hours),) if answer.hours is not None else ()
    return (*beat, ("calls", answer.calls), *hours)


def _who(side: tuple[Traits, ...]) -> list[Traits]:
    """Return what is said of who is paged when, of answers that say something of it."""
    said = [tuple((name, value) for name, value in traits if name in _WHO) for traits in side]
    return [each for each in said if each]
