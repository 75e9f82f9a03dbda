"""What differs between two rule sets, against asking both about every kind of alert."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from random import Random

import pytest

from rules.diff.answers import Answer, Answers, shared_holds
from rules.diff.branches import Branch
from rules.diff.joint import Limits, Walk
from rules.heartbeats import taken_by
from rules.match import match
from rules.matchers import Matcher, make_matcher
from rules.model import Route, RuleSet
from rules.regions import Limit
from tests.rules.brute import kinds, matchers_of
from tests.rules.changing import PRIORITIES, SENDER, rule_files
from tests.rules.writing import NOON, ruled

BLOCKS, PAIRS = 20, 120


class Asked:
    """Asks a rule set what becomes of an alert, by its router and nothing else."""

    def __init__(self, ruleset: RuleSet, answers: Answers) -> None:
        self._ruleset = ruleset
        self._answers = answers
        self._routes = routes_of(ruleset.routes)

    def outcome(self, labels: Mapping[str, str]) -> Counter[Answer]:
        beat = taken_by(self._ruleset, labels)
        if beat is not None:
            return Counter([self._answers.of_heartbeat(beat)])
        decisions = match(self._ruleset, labels, NOON)
        return Counter(here(self._answer(each.terminal.name), labels) for each in decisions)

    def _answer(self, name: str) -> Answer:
        route = self._routes.get(name)
        if route is not None:
            return self._answers.of_route(route)
        return self._answers.of_terminal(self._ruleset.terminals[name])


def routes_of(routes: Iterable[Route]) -> dict[str, Route]:
    found: dict[str, Route] = {}
    for route in routes:
        found |= {route.name: route, **routes_of(route.routes)}
    return found


def here(answer: Answer, labels: Mapping[str, str]) -> Answer:
    """Return what an answer is for one alert."""
    return answer.fixed({label: labels.get(label, "") for label in answer.looked_up})


def every_kind(*rulesets: RuleSet) -> list[dict[str, str]]:
    """Return an alert of each kind that any of these can tell apart."""
    matchers: list[Matcher] = [make_matcher("__integration__", "=", SENDER)]
    for ruleset in rulesets:
        matchers += matchers_of(ruleset.routes)
        matchers += [each for beat in ruleset.heartbeats.values() for each in beat.matchers or ()]
    looked_up = [rule for rule in PRIORITIES if isinstance(rule, dict)]
    matchers += [make_matcher(rule["label"], "=", value) for rule in looked_up for value in rule["values"]]
    return kinds(matchers)


@pytest.mark.slow
@pytest.mark.parametrize("block", range(BLOCKS))
def test_exactly_the_alerts_that_come_out_otherwise_lie_in_a_change(block: int) -> None:
    for number in range(PAIRS):
        before, after, changed = rule_files(Random(f"{block}/{number}"))
        old, new = ruled(a=before), ruled(a=after)
        answers = Answers(shared_holds(old, new))
        of_old, of_new = Asked(old, answers), Asked(new, answers)

        found = Walk(old, new, Limit).compared()

        case = f"{block}/{number}: {changed}"
        assert not found.undecided, case
        for change in found.changes:
            assert change.area.contains(change.witness), case
            assert of_old.outcome(change.witness) != of_new.outcome(change.witness), case
        for labels in every_kind(old, new):
            was, becomes = of_old.outcome(labels), of_new.outcome(labels)
            within = [change for change in found.changes if change.area.contains(labels)]
            assert len(within) == (was != becomes), (case, labels)
            for change in within:
                assert was - becomes == told(change.lost, labels), (case, labels)
                assert becomes - was == told(change.gained, labels), (case, labels)


def told(branches: Iterable[Branch], labels: Mapping[str, str]) -> Counter[Answer]:
    return Counter(here(branch.answer, labels) for branch in branches)


def hard(random: Random) -> Limits:
    """Questions that are often too hard."""
    return lambda: Limit(random.choice((0, 1, 5, 1_000)))


def few(random: Random) -> Limits:
    """No questions any more after some."""
    left = iter(range(random.randint(0, 20)))
    return lambda: None if next(left, None) is None else Limit()


@pytest.mark.parametrize("limits", [hard, few])
def test_what_is_not_decided_is_never_left_out(limits: Callable[[Random], Limits]) -> None:
    undecided = 0
    for number in range(150):
        random = Random(f"{limits.__name__}/{number}")
        before, after, changed = rule_files(random)
        old, new = ruled(a=before), ruled(a=after)
        answers = Answers(shared_holds(old, new))
        of_old, of_new = Asked(old, answers), Asked(new, answers)

        found = Walk(old, new, limits(random)).compared()

        case = f"{number}: {changed}"
        undecided += len(found.undecided)
        for labels in every_kind(old, new):
            within = sum(change.area.contains(labels) for change in found.changes)
            if of_old.outcome(labels) == of_new.outcome(labels):
                assert not within, (case, labels)
            else:
                assert within + sum(area.contains(labels) for area in found.undecided) == 1, (case, labels)
    assert undecided
