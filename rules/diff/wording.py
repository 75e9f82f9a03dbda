"""Answers and areas in words."""

from __future__ import annotations

from collections.abc import Callable, Container, Iterable, Mapping
from dataclasses import replace
from itertools import islice
from typing import Any, cast

from rules.diff.answers import Answer, Called, Lookup
from rules.diff.areas import Area, Condition
from rules.diff.branches import Branch
from rules.diff.effects import Difference, Traits, main_traits
from rules.diff.hours import OpenHours
from rules.loading.reading import spell_duration
from rules.matchers import make_matcher
from rules.places import Place
from rules.regions import Box, Limit, Undecided
from rules.report import count

MAX_TEXT = 120
SHOWN_EXCEPTIONS = 3
SHOWN_MEMBERS = 4
NO_LONGER = "no longer; what else it does stays"
NOT_YET = "not at all; what else it does stays"
_LOOKED_AT = 200
_FOR_A_WORD = 10_000


class Wording:
    """Words for what one side does.

    Parameters:
      members: of groups that its roster lists, by name, where they are to be told.
    """

    def __init__(self, members: Mapping[str, tuple[str, ...]]) -> None:
        self._members = members

    def without(self, groups: Container[str]) -> Wording:
        """Return words that do not tell of the members of some groups."""
        return Wording({name: told for name, told in self._members.items() if name not in groups})

    def answer(self, answer: Answer) -> str:
        """Return what an answer does, in a line."""
        return self.traits(main_traits(answer))

    def traits(self, traits: Traits) -> str:
        """Return what some fields of an answer say, in a line."""
        return "; ".join(
            self._calls(value) if name == "calls" else _TRAITS[name](value)  # type: ignore[arg-type]
            for name, value in traits
        )

    def _calls(self, calls: tuple[Called, ...]) -> str:
        return "pages " + (", ".join(map(self._called, calls)) or "nobody")

    def _called(self, called: Called) -> str:
        names = " and ".join(self._target(kind, name) for kind, name in called.targets)
        after = f" after {spell_duration(called.after_s)}" if called.after_s else ""
        return f"{names}{after}{'' if called.repeat else ' (then no repeats)'}"

    def _target(self, kind: str, name: str) -> str:
        if kind != "group" or name not in self._members:
            return f"{kind} {name}"
        return f"group {name} ({people(self._members[name])})"


def groups_in(side: Iterable[Traits]) -> frozenset[str]:
    """Return the groups that answers page."""
    return frozenset(
        target
        for traits in side
        for name, value in traits
        if name == "calls"
        for called in cast("tuple[Called, ...]", value)
        for kind, target in called.targets
        if kind == "group"
    )


def people(members: Iterable[str]) -> str:
    """Return who is in a group: `a@example.com, b@example.com and 3 more`."""
    names = list(members)
    more = len(names) - SHOWN_MEMBERS
    return (", ".join(names[:SHOWN_MEMBERS]) + (f" and {more} more" if more > 0 else "")) or "nobody"


def quoted(text: str) -> str:
    """Return a text in one line, cut where it is long."""
    line = " ".join(text.split())
    return f'"{line if len(line) <= MAX_TEXT else line[: MAX_TEXT - 1] + "…"}"'


def _looked_up(lookup: Lookup[Any], word: str, unit: Callable[[Any], str] = str) -> str:
    if not lookup.label:
        return f"{word} {unit(lookup.otherwise)}"
    values = ", ".join(f"{value or 'none'}: {unit(found)}" for value, found in lookup.values)
    return f"{word} by {lookup.label} ({values}, else {unit(lookup.otherwise)})"


def _beat(beat: tuple[str, int, str]) -> str:
    name, within_s, sender = beat
    only = f" from {sender}" if sender else ""
    return f"beat of heartbeat {name}{only}, missing after {spell_duration(within_s)}"


def _hours(hours: OpenHours | None) -> str:
    return "at any hour" if hours is None else hours.words


def _group_by(names: tuple[str, ...] | None) -> str:
    return "grouped as its sender does" if names is None else f"grouped by {', '.join(names)}"


def _expires(seconds: int | None) -> str:
    return "never expires" if seconds is None else f"expires after {spell_duration(seconds)}"


def _acknowledge(mode: str) -> str:
    return f"{'one acknowledgement' if mode == 'any' else 'an acknowledgement by everybody'} ends it"


def _acknowledgement_timeout(seconds: int | None) -> str:
    return f"an acknowledgement holds {'for ever' if seconds is None else f'for {spell_duration(seconds)}'}"


def _reopen_within(seconds: int) -> str:
    if not seconds:
        return "each firing stands alone"
    return f"firing again within {spell_duration(seconds)} is the same trouble"


_TRAITS: dict[str, Callable[[Any], str]] = {
    "suppressed": "nobody is paged: {}".format,
    "beat": _beat,
    "hours": _hours,
    "priority": lambda priority: _looked_up(priority, "priority"),
    "group_by": _group_by,
    "repeat_interval_s": lambda seconds: f"repeats every {spell_duration(seconds)}",
    "expires_s": _expires,
    "acknowledge": _acknowledge,
    "acknowledgement_timeout_s": _acknowledgement_timeout,
    "notify_resolved": lambda told: f"{'tells' if told else 'does not tell'} when it is resolved",
    "resolve_hold_s": lambda lookup: _looked_up(lookup, "resolves held for", spell_duration),
    "reopen_within_s": _reopen_within,
    "flap_limit": lambda limit: f"flaps beyond {limit} times in 1h" if limit else "does not flap",
    "subject": lambda text: f"subject {quoted(text)}",
    "message": lambda text: f"message {quoted(text)}",
    "route": lambda name: f"texts name the route {name}" if name else "texts do not name the route",
}


def condition_words(condition: Condition) -> str:
    """Return matchers in a line; without any, that everything fulfils them."""
    return ", ".join(map(str, condition)) or "any alert"


def sides(difference: Difference, before: Wording, after: Wording) -> tuple[str, str]:
    """Return what something was and what it is, in words; members only of groups that just one side pages."""
    known = groups_in(difference.before) & groups_in(difference.after)
    was, becomes = (
        ", and ".join(wording.without(known).traits(traits) for traits in side)
        for wording, side in ((before, difference.before), (after, difference.after))
    )
    return was or NOT_YET, becomes or NO_LONGER


def area_words(area: Area) -> str:
    """Return an area in a line, with some of what does not belong to it."""
    exceptions, more = _telling(area)
    several = [each for each in exceptions if not _of_words(each, area)]
    shown = [f"({condition_words(each)})" for each in several[:SHOWN_EXCEPTIONS]]
    if more or len(several) > SHOWN_EXCEPTIONS:
        shown.append("others")
    but = f", but not {' or '.join(shown)}" if shown else ""
    taken = ""
    if area.taken:
        others = count(sum(span.size for span in area.taken), "further route")
        taken = f", where another route takes it too (one of {others})"
    return f"{held_words(area, exceptions)}{but}{taken}"


def route_words(lost: Iterable[Branch], gained: Iterable[Branch]) -> str:
    """Return the routes that answered and those that answer, with their places."""
    before, after = (
        ", ".join(dict.fromkeys(f"{each.name} ({place_words(each.place)})" for each in side))
        for side in (lost, gained)
    )
    return before or after if not (before and after) or before == after else f"{before} → {after}"


def place_words(place: Place) -> str:
    """Return where a route stands; what is built in stands in no file."""
    return place.file.strip("()") if place.file.startswith("(") else f"{place.file}:{place.line}"


def held_words(area: Area, exceptions: Iterable[Condition]) -> str:
    """Return what holds for all alerts of an area, in as few words as tell the same."""
    words = {name: set(known) for name, known in area.words.items()}
    for condition in exceptions:
        if _of_words(condition, area):
            left = words[condition[0].name]
            left -= {word for word in left if all(each.holds({each.name: word}) for each in condition)}
    shown: dict[str, None] = {}
    for matcher in _needed(area.held):
        known = words.get(matcher.name)
        if known is None:
            shown[str(matcher)] = None
        elif len(known) == 1:
            shown[str(make_matcher(matcher.name, "=", *known))] = None
        elif matcher.words is None or len(matcher.words) == len(known):
            shown[str(matcher)] = None
        else:
            shown[f"{matcher.name} one of {', '.join(map(quoted, sorted(known)))}"] = None
    return ", ".join(shown) or "any alert"


def _needed(condition: Condition) -> Condition:
    """Return matchers without those that follow from the others."""
    needed = condition
    for matcher in condition:
        others = tuple(each for each in needed if each is not matcher)
        if others and not _meet(others, (matcher.negated(),)):
            needed = others
    return needed


def _telling(area: Area) -> tuple[list[Condition], bool]:
    """Return exceptions that leave out something of an area, and whether not all were looked at.

    Those by which it came about come first, then the shortest; what another one leaves out too is left out.
    """
    looked_at = list(islice(area.exceptions(), _LOOKED_AT + 1))
    refused = set(replace(area, passed=()).exceptions())
    real = [each for each in looked_at[:_LOOKED_AT] if _meet(area.held, each)]
    real.sort(key=lambda each: (each not in refused, sum(len(str(matcher)) for matcher in each)))
    told: list[Condition] = []
    for condition in real:
        if len(told) > 2 * SHOWN_EXCEPTIONS:
            break
        if not any(_within(area, condition, other) for other in told):
            told = [other for other in told if not _within(area, other, condition)] + [condition]
    return told, len(looked_at) > _LOOKED_AT


def _of_words(condition: Condition, area: Area) -> bool:
    """Say whether it only leaves out some of the words that a label can have there."""
    return len({matcher.name for matcher in condition}) == 1 and condition[0].name in area.words


def _within(area: Area, inner: Condition, outer: Condition) -> bool:
    """Say whether what one condition takes of an area lies in what another one takes."""
    return not any(_meet((*area.held, *inner), (matcher.negated(),)) for matcher in outer)


def _meet(one: Condition, other: Condition) -> bool:
    try:
        return Box().holding((*one, *other), Limit(_FOR_A_WORD)) is not None
    except Undecided:
        return True


def label_words(labels: Mapping[str, str]) -> str:
    """Return a label set in a line."""
    return " ".join(f"{name}={_plain(value)}" for name, value in sorted(labels.items())) or "no labels"


def _plain(value: str) -> str:
    return value if value and value.isprintable() and " " not in value else quoted(value)
