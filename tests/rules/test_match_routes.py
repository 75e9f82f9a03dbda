"""Routing: the index and the memory of outcomes change nothing about what Alertmanager would do."""

from __future__ import annotations

from collections.abc import Mapping

from hypothesis import given, settings
from hypothesis import strategies as st

from rules.index import Expressions, Siblings
from rules.match import MAX_OUTCOMES, match
from rules.matchers import make_matcher
from rules.memo import Memo
from tests.rules.trees import LABEL_SETS, Tree, forests, rule_file, walk
from tests.rules.writing import NOON, asked, ruled, taken


@settings(max_examples=300)
@given(forests(), st.lists(LABEL_SETS, min_size=1, max_size=8))
def test_routing_agrees_with_trying_every_route(
    forest: tuple[Tree, ...], alerts: list[Mapping[str, str]]
) -> None:
    rules = ruled(a=rule_file(forest))

    routed = [[decision.terminal.name for decision in match(rules, labels, NOON)] for labels in alerts * 2]

    assert routed == [walk(forest, labels) for labels in alerts * 2]


@given(
    st.lists(st.sampled_from(["a.*", ".+b", "[ab]+", "x?y", "(?i)A.", "^a.$"]), min_size=1),
    st.text("abxyA", max_size=3),
)
def test_asking_all_expressions_at_once_agrees_with_asking_each(expressions: list[str], value: str) -> None:
    matchers = [make_matcher("l", "=~", expression) for expression in expressions]

    found = Expressions(list(enumerate(matchers))).find(value)

    assert list(found) == [number for number, matcher in enumerate(matchers) if matcher.finds(value)]


def test_expressions_too_large_for_one_set_are_still_found() -> None:
    # Each alone fits RE2's memory; together their automaton does not.
    matchers = [make_matcher("l", "=~", f".*{n}[a-z]{{400}}.*[0-9]{{300}}.*") for n in range(300)]
    value = "7" + "q" * 400 + "1" * 300

    found = Expressions(list(enumerate(matchers))).find(value)

    assert found == (7,)


def test_a_sibling_is_a_candidate_only_when_its_key_holds() -> None:
    siblings = Siblings(
        [[make_matcher("team", "=", "x"), make_matcher("n", "=", str(n))] for n in range(1_000)]
    )

    assert list(siblings.candidates({"team": "x", "n": "500"})) == [500]


def test_siblings_that_share_a_word_are_told_apart_by_their_other_matchers() -> None:
    siblings = Siblings(
        [
            [make_matcher("team", "=", f"t{n // 10}"), make_matcher("service", "=~", f"s{n % 10}|x{n % 10}")]
            for n in range(1_000)
        ]
        + [
            [make_matcher("team", "=", "t3")],
            [make_matcher("team", "=", "t3"), make_matcher("a", "=~", "b.*")],
        ]
    )

    assert list(siblings.candidates({"team": "t3", "service": "x7"})) == [37, 1000]
    assert list(siblings.candidates({"team": "t3", "service": "y", "a": "bc"})) == [1000, 1001]
    assert list(siblings.candidates({"team": "t4", "a": "bc"})) == []


def test_candidates_keep_their_order_over_all_kinds_of_keys() -> None:
    siblings = Siblings(
        [
            [make_matcher("a", "=~", "x.*")],
            [],
            [make_matcher("b", "=", "1")],
            [make_matcher("a", "=~", "x|xy")],
            [make_matcher("a", "!=", "z")],
            [make_matcher("c", "=", "")],
        ]
    )

    assert list(siblings.candidates({"a": "xy", "b": "1"})) == [0, 1, 2, 3, 4, 5]


def test_the_memory_of_outcomes_is_bounded() -> None:
    memo: Memo[int, int] = Memo(10)
    for number in range(1_000):
        memo.keep(number, number)

    assert len(memo) <= 20
    assert memo.get(999) == 999


def test_what_is_asked_for_stays_in_memory() -> None:
    memo: Memo[int, str] = Memo(10)
    memo.keep(0, "kept")
    for number in range(1, 1_000):
        memo.keep(number, "new")
        assert memo.get(0) == "kept"


def test_more_label_values_than_are_remembered_are_routed_all_the_same() -> None:
    rules = ruled(a="routes: [{name: odd, matchers: ['n=~\".*[13579]\"']}]")

    numbers = [*range(MAX_OUTCOMES * 3), *range(100)]

    assert all(taken(rules, n=str(n)) == (["odd"] if n % 2 else ["default"]) for n in numbers)


def test_labels_that_no_rule_reads_share_one_outcome() -> None:
    rules = ruled(a="routes: [{name: a, matchers: [a=1]}]")

    assert asked(rules, a="1", instance="x") is asked(rules, a="1", instance="y")


def test_the_priority_is_each_alerts_own() -> None:
    rules = ruled(a="routes: [{name: a}]")

    assert [asked(rules, severity=severity)[0].priority for severity in ("critical", "info")] == [
        "critical",
        "low",
    ]


def test_rules_see_where_an_alert_came_from() -> None:
    rules = ruled(
        a="""
            routes:
              - {name: eu, matchers: [__integration__="prometheus-eu", __adapter__="alertmanager"]}
              - {name: sre, matchers: [__receiver__="team.sre"]}
              - {name: group, matchers: ['__group_key__=~".*alertname.*"']}
        """
    )

    assert taken(rules, __integration__="prometheus-eu", __adapter__="alertmanager") == ["eu"]
    assert taken(rules, __receiver__="team.sre") == ["sre"]
    assert taken(rules, __group_key__='{}:{alertname="x"}') == ["group"]
