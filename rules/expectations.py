"""What a case expects, compared with what the rules do: pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from operator import attrgetter

from rules.explain import Explained, decision_json, str_of, zulu
from rules.loading.reading import spell_duration
from rules.model import Target

Scalar = str | int | float | None

EVERY = ("priority", "acknowledge", "repeat_interval_s", "expires_minutes", "subject")
"""How it pages: a single value is asked of every page that the alert makes."""
SOME = ("suppressed", "held_until", "missing_at", "heartbeat", "chain", "route", "file", "line")
"""What happens: a single value is asked of at least one route that takes the alert."""
FIELDS = ("routes", "timeline", "trace", *EVERY, *SOME)


@dataclass(frozen=True, slots=True)
class Awaited:
    """One entry of an expected timeline: these targets, `at_s` seconds after the page opens."""

    at_s: int
    targets: tuple[Target, ...]


@dataclass(frozen=True, slots=True)
class Expectation:
    """What a case expects; what it does not name is not compared.

    Parameters:
      fields: by the names in EVERY and SOME: one value, or a tuple with one for each route, in order.
      routes: every route that takes the alert, in order.
      timeline: these happen in this order, others may stand between; empty when nobody is paged.
      trace: routes that are entered in this order, others may stand between.
    """

    fields: Mapping[str, Scalar | tuple[Scalar, ...]]
    routes: tuple[str, ...] | None = None
    timeline: tuple[Awaited, ...] | None = None
    trace: tuple[str, ...] | None = None


@dataclass(frozen=True, slots=True)
class Mismatch:
    """A field that is not as expected, both sides as people read them."""

    field: str
    expected: str
    got: str


def compare(expected: Expectation, explained: Sequence[Explained]) -> tuple[Mismatch, ...]:
    """Return what of an expectation does not hold; empty when all of it does."""
    found = []
    if expected.routes is not None:
        found += _routes(expected.routes, explained)
    for field, value in expected.fields.items():
        found += _field(field, value, explained)
    if expected.timeline is not None:
        found += _timeline(expected.timeline, explained)
    if expected.trace is not None:
        found += _trace(expected.trace, explained)
    return tuple(found)


def _routes(expected: tuple[str, ...], explained: Sequence[Explained]) -> list[Mismatch]:
    got = tuple(each.decision.terminal.name for each in explained if each.heartbeat is None)
    return [] if got == expected else [Mismatch("routes", _list(expected), _list(got))]


def _field(
    field: str, expected: Scalar | tuple[Scalar, ...], explained: Sequence[Explained]
) -> list[Mismatch]:
    got = [_value(field, each) for each in explained]
    if isinstance(expected, tuple):
        holds = list(expected) == got
    elif field in EVERY:
        paging = [_value(field, each) for each in explained if each.decision.terminal.suppress is None]
        holds = all(value == expected for value in paging or got)
    elif expected is None:
        holds = all(value is None for value in got)
    else:
        holds = expected in got
    if holds:
        return []
    return [Mismatch(field, _shown(expected), _each(explained, got))]


def _value(field: str, explained: Explained) -> Scalar:
    """Return a field of explain's JSON; `suppressed` is the route's name, as cases have it."""
    terminal = explained.decision.terminal
    if field == "suppressed":
        return None if terminal.suppress is None else terminal.name
    if field == "missing_at":
        opens_at = None if explained.heartbeat is None else explained.opens_at
        return None if opens_at is None else zulu(opens_at)
    if field == "heartbeat":
        return None if explained.heartbeat is None else explained.heartbeat.name
    value = decision_json(explained)[field]
    if not isinstance(value, str | int | float | None):
        raise TypeError(f"{field} is not a single value")
    return value


def _timeline(expected: tuple[Awaited, ...], explained: Sequence[Explained]) -> list[Mismatch]:
    got = happening(explained)
    if _happens(expected, got):
        return []
    wanted = [_moment(each.at_s, target) for each in expected for target in each.targets]
    shown = [_moment(each.at_s, each.target) for each in got]
    return [Mismatch("timeline", _list(wanted), _list(shown))]


@dataclass(frozen=True, slots=True)
class Happening:
    """One target paged at a moment; `at_s` counts from its own page's opening."""

    moment: datetime
    at_s: int
    target: Target


def happening(explained: Iterable[Explained]) -> list[Happening]:
    """Return what all the routes page together, in the order of time."""
    happenings = [
        Happening(each.opens_at + timedelta(seconds=paged.at_s), paged.at_s, paged.target)
        for each in explained
        if each.opens_at is not None
        for paged in each.timeline
    ]
    return sorted(happenings, key=attrgetter("moment"))


def _happens(expected: tuple[Awaited, ...], got: Sequence[Happening]) -> bool:
    """Say whether the expected entries happen in their order; what happens at one moment has none."""
    if not expected:
        return not got
    left = list(got)
    for awaited in expected:
        found = [_find(left, awaited.at_s, target) for target in awaited.targets]
        happened = [each for each in found if each is not None]
        if len(happened) < len(found):
            return False
        # Only what happens at this entry's moment or later can satisfy the next one.
        moment = max(each.moment for each in happened)
        left = [each for each in left if each.moment >= moment]
    return True


def _find(left: list[Happening], at_s: int, target: Target) -> Happening | None:
    """Take the first that matches out of `left`."""
    found = next((each for each in left if (each.at_s, each.target) == (at_s, target)), None)
    if found is not None:
        left.remove(found)
    return found


def _trace(expected: tuple[str, ...], explained: Sequence[Explained]) -> list[Mismatch]:
    got = [traced.route for each in explained for traced in each.decision.terminal.trace]
    rest = iter(got)
    if all(route in rest for route in expected):
        return []
    return [Mismatch("trace", _list(expected), _list(got))]


def _each(explained: Sequence[Explained], values: Sequence[Scalar]) -> str:
    """Return one value, or what each route has where they are several."""
    if len(explained) == 1:
        return _shown(values[0])
    names = [each.decision.terminal.name for each in explained]
    return ", ".join(f"{_shown(value)} ({name})" for name, value in zip(names, values, strict=True))


def _shown(value: Scalar | tuple[Scalar, ...]) -> str:
    if isinstance(value, tuple):
        return _list([_shown(each) for each in value])
    return "null" if value is None else str(value)


def _list(values: Iterable[str]) -> str:
    return f"[{', '.join(values)}]"


def _moment(at_s: int, target: Target) -> str:
    return f"{spell_duration(at_s)} {str_of(target)}"
