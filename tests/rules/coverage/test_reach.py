"""Every outcome that labels can have is among those reported, and each reported one happens."""

from __future__ import annotations

import json
import random
from collections.abc import Mapping
from dataclasses import dataclass

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rules.alertmanager.config import read_alertmanager
from rules.alertmanager.model import Sender
from rules.coverage.alerting import AlertingRule, Way
from rules.coverage.entrances import Entrance
from rules.coverage.knowledge import Knowledge
from rules.coverage.reach import Covered, Outcome, Reach
from rules.coverage.report import as_text
from rules.coverage.summary import summed_up
from rules.findings import Finding
from rules.heartbeats import taken_by
from rules.match import match
from rules.matchers import make_matcher, parse_matchers
from rules.model import RuleSet
from rules.places import Place
from rules.regions import Limit
from tests.rules.trees import EXPRESSIONS, LABELS, VALUES, Tree, forests, rule_file, walk
from tests.rules.writing import NOON, ruled

OURS = "https://pager.example.org/api/adapters/alertmanager"
COMPLETIONS = 40
CHOICES = (*VALUES, "abab", "zz")


def knowledge() -> st.SearchStrategy[Knowledge]:
    conditions = st.tuples(
        st.sampled_from(LABELS), st.sampled_from(("=~", "!~", "!=")), st.sampled_from(EXPRESSIONS)
    )
    return st.builds(
        lambda fixed, conditions, only: Knowledge(
            fixed, tuple(make_matcher(*each) for each in conditions if each[0] not in fixed), only
        ),
        st.dictionaries(st.sampled_from(LABELS), st.sampled_from(VALUES), max_size=2),
        st.lists(conditions, max_size=2),  # type: ignore[arg-type]
        st.none() | st.frozensets(st.sampled_from(LABELS)),
    )


@dataclass(frozen=True)
class World:
    """A sender's routes, which of its receivers post here, and our rules."""

    theirs: tuple[Tree, ...]
    posting: frozenset[str]
    rules: RuleSet

    def sender(self) -> Sender:
        """Return the sender's configuration, read."""
        names = ["default", *(name for tree in self.theirs for name in tree.names())]
        receivers = [
            {"name": name, **({"webhook_configs": [{"url": OURS}]} if name in self.posting else {})}
            for name in names
        ]
        root = {"receiver": "default", "routes": [tree.alertmanager() for tree in self.theirs]}
        findings: list[Finding] = []
        sender = read_alertmanager(
            json.dumps({"route": root, "receivers": receivers}), "./alertmanager.yml", findings
        )
        assert sender is not None, findings
        return sender

    def becomes(self, labels: Mapping[str, str]) -> object:
        """Return what becomes of an alert, by walking naively through theirs and asking ours."""
        taken = walk(self.theirs, labels)
        landed = []
        for receiver in taken:
            if receiver in self.posting:
                whole = {**labels, "__adapter__": "alertmanager", "__receiver__": receiver}
                landed.append((receiver, self.answers(whole)))
        return tuple(landed) or tuple(taken)

    def answers(self, labels: Mapping[str, str]) -> tuple[str, ...]:
        """Return the names of what of ours answers."""
        heartbeat = taken_by(self.rules, labels)
        if heartbeat is not None:
            return (f"heartbeat {heartbeat.name}",)
        return tuple(decision.terminal.name for decision in match(self.rules, labels, NOON))


@st.composite
def worlds(draw: st.DrawFn) -> World:
    theirs = draw(forests(width=3, depth=2))
    names = ["default", *(name for tree in theirs for name in tree.names())]
    posting = draw(st.frozensets(st.sampled_from(names), max_size=3))
    ours = json.loads(rule_file(draw(forests(width=4, depth=2))))
    conditions = draw(st.sampled_from(((), ('team="a"',), ('env=~".+"', '__receiver__="r1"'))))
    if conditions:
        ours["heartbeats"] = {"beat": {"matchers": list(conditions), "within": "10m"}}
    return World(theirs, posting, ruled(a=json.dumps(ours)))


def alerting(*ways: Way) -> AlertingRule:
    return AlertingRule("prometheus", "Down", "group", Place("./rules.yml", 1), {}, ways)


def covered(world: World, rule: AlertingRule) -> Covered:
    sender = world.sender()
    entrance = Entrance("alertmanager", "", sender.root, sender.receivers)
    return Reach(world.rules, Limit, NOON).cover(rule, entrance)


def said(outcome: Outcome) -> object:
    """Return an outcome in the words of `World.becomes`."""
    if not outcome.landings:
        return tuple(route.receiver for route in outcome.taken_by)
    receivers = dict.fromkeys(landing.post.receiver for landing in outcome.landings)
    return tuple(
        (
            receiver,
            tuple(landing.terminal.name for landing in outcome.landings if landing.post.receiver == receiver),
        )
        for receiver in receivers
    )


def test_what_takes_too_long_is_undecided_and_nothing_is_claimed_of_it() -> None:
    rules = ruled(a=rule_file(tuple(Tree(f"r{n}", (("team", "=", str(n)),), False, ()) for n in range(50))))
    rule = alerting(Way("", Knowledge()))

    found = Reach(rules, lambda: Limit(steps=100), NOON).cover(rule, Entrance("alertmanager"))
    summary = summed_up(rules, [found], (), 1, 0)

    assert found.kind == "undecided"
    assert found.undecided
    assert summary.idle_routes is None
    assert summary.idle_heartbeats is None
    assert "undecided: " in as_text(summary, str)


def test_an_expression_that_contradicts_itself_never_fires() -> None:
    never = Knowledge({}, (make_matcher("pod", "=~", "a"), make_matcher("pod", "=~", "b.")))

    found = Reach(ruled(a="{}"), Limit, NOON).cover(alerting(Way("", never)), Entrance("alertmanager"))

    assert found.outcomes == ()
    assert found.kind == "undecided"


@pytest.mark.slow
@given(worlds(), st.lists(knowledge(), min_size=1, max_size=2), st.integers())
@settings(max_examples=300, deadline=None)
def test_no_completion_of_unknown_labels_has_an_outcome_that_is_not_reported(
    world: World, known: list[Knowledge], seed: int
) -> None:
    rng = random.Random(seed)
    found = covered(world, alerting(*(Way("", each) for each in known)))

    outcomes = {said(outcome) for outcome in found.outcomes}
    assert not found.undecided
    for _ in range(COMPLETIONS):
        labels = {name: value for name in LABELS if (value := rng.choice(CHOICES))}
        if any(each.allows(labels) for each in known):
            assert world.becomes(labels) in outcomes


@pytest.mark.slow
@given(worlds(), knowledge(), st.integers())
@settings(max_examples=300, deadline=None)
def test_what_an_outcome_is_said_to_need_holds_whenever_it_comes_about(
    world: World, known: Knowledge, seed: int
) -> None:
    rng = random.Random(seed)
    found = covered(world, alerting(Way("", known)))

    needs = {
        said(outcome): [each for text in outcome.conditions for each in parse_matchers(text)]
        for outcome in found.outcomes
    }
    for _ in range(COMPLETIONS):
        labels = {name: value for name in LABELS if (value := rng.choice(CHOICES))}
        if known.allows(labels):
            assert [each for each in needs[world.becomes(labels)] if not each.holds(labels)] == []


@pytest.mark.slow
@given(worlds(), knowledge())
@settings(max_examples=300, deadline=None)
def test_every_reported_outcome_happens_to_its_example(world: World, known: Knowledge) -> None:
    found = covered(world, alerting(Way("", known)))

    for outcome in found.outcomes:
        labels = found.witness(outcome)
        assert known.allows(labels)
        assert world.becomes(labels) == said(outcome)
