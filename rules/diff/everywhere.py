"""What a change of the rules changes for all alerts at once, wherever they go."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime

from rules.diff.answers import Answers, called
from rules.diff.areas import Area
from rules.diff.joint import Limits
from rules.diff.wording import Wording, condition_words, people
from rules.heartbeats import taken_by
from rules.loading.reading import spell_duration
from rules.match import match
from rules.model import Route, RuleSet, Terminal
from rules.regions import Undecided
from rules.report import count

_TRIED = 20
_SOME_DAY = datetime(2026, 1, 7, 12, tzinfo=UTC)
ABSENT = "not there"


@dataclass(frozen=True, slots=True)
class Everywhere:
    """Something that does not depend on where an alert goes.

    Parameters:
      what: `group payments`, `defaults: burst`.
      before, after: in words.
      of_who: whether it changes who is paged.
      witness: labels of an alert that it concerns, where there are such; None when none was found.
      pages: of a group, how many routes and heartbeats page it.
    """

    what: str
    before: str
    after: str
    of_who: bool = False
    witness: Mapping[str, str] | None = None
    pages: int | None = None


def everywhere(old: RuleSet, new: RuleSet, limits: Limits) -> list[Everywhere]:
    """Return what differs between two rule sets for all alerts."""
    return [
        *_groups(old, new, limits),
        *_defaults(old, new),
        *_between("integration", _holds(old), _holds(new)),
        *_between("namespace", _namespaces(old), _namespaces(new)),
        *_between("person", _people(old), _people(new)),
        *_contacts(old, new),
        *(replace(each, of_who=True) for each in _between("heartbeat", _beats(old), _beats(new))),
    ]


def members_of(ruleset: RuleSet) -> Mapping[str, tuple[str, ...]]:
    """Return the members of the groups that the roster lists."""
    return {group.name: tuple(sorted(set(group.members))) for group in ruleset.groups}


def _between(what: str, before: Mapping[str, str], after: Mapping[str, str]) -> Iterator[Everywhere]:
    for name in sorted(before.keys() | after.keys()):
        if before.get(name) != after.get(name):
            yield Everywhere(f"{what} {name}", before.get(name, ABSENT), after.get(name, ABSENT))


def _groups(old: RuleSet, new: RuleSet, limits: Limits) -> Iterator[Everywhere]:
    before, after = members_of(old), members_of(new)
    for name in sorted(before.keys() | after.keys()):
        if before.get(name) == after.get(name):
            continue
        was, becomes = (people(each[name]) if name in each else "not listed" for each in (before, after))
        paging = _paging(new, name)
        both = paging and _paging(old, name)
        witness = _example(new, paging, limits) if both else None
        yield Everywhere(f"group {name}", was, becomes, bool(both), witness, len(paging))


def _paging(ruleset: RuleSet, group: str) -> list[Terminal]:
    """Return the routes and heartbeats that page a group."""
    terminals = [*ruleset.terminals.values(), *(each.terminal for each in ruleset.heartbeats.values())]
    return [
        terminal
        for terminal in terminals
        for each in called(terminal.chain, terminal.expires_s)
        if ("group", group) in each.targets
    ]


def _example(ruleset: RuleSet, paging: list[Terminal], limits: Limits) -> Mapping[str, str] | None:
    """Return labels of an alert that one of these routes answers, where one is found at once."""
    wanted = {id(terminal) for terminal in paging[:_TRIED]}
    for terminal, area in (*_ways(ruleset.routes, Area()), (ruleset.terminals["default"], Area())):
        if id(terminal) not in wanted:
            continue
        limit = limits()
        try:
            labels = None if limit is None else area.witness(limit)
        except Undecided:
            return None
        if labels is not None and taken_by(ruleset, labels) is None:
            answering = match(ruleset, labels, _SOME_DAY)
            if any(decision.terminal is terminal for decision in answering):
                return labels
    return None


def _ways(routes: tuple[Route, ...], above: Area) -> Iterator[tuple[Terminal, Area]]:
    for route in routes:
        area = above.holding(route.matchers)
        if area is not None:
            yield route.terminal, area
            yield from _ways(route.routes, area)


def _defaults(old: RuleSet, new: RuleSet) -> Iterator[Everywhere]:
    for what, said in (
        ("stale_after", lambda rules: f"alerts end after {spell_duration(rules.stale_after_s)} of silence"),
        ("burst", lambda rules: f"rings a person {rules.burst or 'any number of'} times a minute"),
        ("chain, the last resort", _last_resort),
    ):
        before, after = said(old), said(new)
        if before != after:
            yield Everywhere(f"defaults: {what}", before, after)


def _last_resort(ruleset: RuleSet) -> str:
    terminal = ruleset.terminals["default"]
    return Wording({}).traits((("calls", called(terminal.fallback, terminal.expires_s)),))


def _holds(ruleset: RuleSet) -> Mapping[str, str]:
    return {
        name: f"resolves held for {spell_duration(seconds)}"
        for name, seconds in ruleset.resolve_holds.items()
    }


def _namespaces(ruleset: RuleSet) -> Mapping[str, str]:
    return {name: condition_words(matchers) for name, matchers in ruleset.namespaces.items()}


def _people(ruleset: RuleSet) -> Mapping[str, str]:
    return {user.email: f"{user.name}{', an admin' if user.admin else ''}" for user in ruleset.users}


def _contacts(old: RuleSet, new: RuleSet) -> Iterator[Everywhere]:
    """Tell of other contacts by their number, since each is a secret."""
    before = {user.email: user.contacts for user in old.users}
    for user in new.users:
        contacts = before.get(user.email, user.contacts)
        if contacts != user.contacts:
            now = count(len(user.contacts), "contact")
            became = now if len(contacts) != len(user.contacts) else f"{now}, others"
            yield Everywhere(f"contacts of {user.email}", count(len(contacts), "contact"), became)


def _beats(ruleset: RuleSet) -> Mapping[str, str]:
    """Return the heartbeats that beat by their address alone; those of alerts are found by walking."""
    answers, wording = Answers({}), Wording({})
    return {
        name: wording.answer(answers.of_heartbeat(heartbeat))
        for name, heartbeat in ruleset.heartbeats.items()
        if heartbeat.matchers is None
    }
