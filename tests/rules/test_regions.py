"""Regions: what is found of them is what trying every kind of alert finds."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rules.matchers import Matcher, make_matcher, parse_matchers
from rules.regions import Limit, Region, Undecided, walk
from tests.rules.brute import answering, hold, kinds, matchers_of
from tests.rules.trees import CONDITIONS, Tree, forests, rule_file
from tests.rules.writing import ruled

Boxes = list[list[Matcher]]

BOXES = st.lists(
    st.lists(CONDITIONS.map(lambda each: make_matcher(each[0], each[1], each[2])), max_size=3),  # type: ignore[arg-type]
    max_size=8,
)


def region(matchers: list[Matcher], boxes: Boxes) -> Region:
    """Return what holds for the matchers and lies in no box."""
    made = Region.everything.holding(matchers)
    for box in boxes:
        made = made.excluding(box)
    return made


@settings(max_examples=300)
@given(BOXES)
def test_a_region_is_empty_exactly_when_no_kind_of_alert_lies_in_it(boxes: Boxes) -> None:
    matchers, *left_out = boxes or [[]]

    witness = region(matchers, left_out).witness(Limit())

    lying = [
        labels
        for labels in kinds(matcher for box in boxes for matcher in box)
        if hold(matchers, labels) and not any(hold(box, labels) for box in left_out)
    ]
    if witness is None:
        assert not lying
    else:
        assert hold(matchers, witness)
        assert not any(hold(box, witness) for box in left_out)
        assert all(witness.values())


@settings(max_examples=150)
@given(forests(width=4, depth=3))
def test_a_walk_divides_a_region_by_the_routes_that_answer(forest: tuple[Tree, ...]) -> None:
    routes = ruled(a=rule_file(forest)).routes

    parts = list(walk(routes, Region.everything, Limit(10**7)))

    assert [part.witness(Limit()) for part, _ in parts if part.witness(Limit()) is None] == []
    for labels in kinds(matchers_of(routes))[:500]:
        assert [list(answers) for part, answers in parts if part.holds(labels)] == [answering(routes, labels)]


@given(BOXES, BOXES)
def test_regions_that_go_on_from_the_same_one_do_not_meet(left: Boxes, right: Boxes) -> None:
    common = region([], left[:2])

    one, other = common, common
    for box in left:
        one = one.excluding(box)
    for box in right:
        other = other.excluding(box)

    assert one.excluded == tuple(map(tuple, [*left[:2], *left]))
    assert other.excluded == tuple(map(tuple, [*left[:2], *right]))


def test_fixed_labels_are_walked_only_where_they_go() -> None:
    routes = ruled(
        a="""
            routes:
              - {name: audit, matchers: [severity=~".+"], continue: true}
              - {name: web, matchers: [team="web"], routes: [{name: night, matchers: [severity="low"]}]}
        """
    ).routes

    parts = walk(routes, Region.everything.fixing({"team": "web", "severity": ""}), Limit())

    assert [[route.name for route in answers] for _, answers in parts] == [["web"]]


def test_a_witness_is_short_and_readable() -> None:
    web = Region.everything.holding(parse_matchers('team="web", severity=~"critical|warning", env!="dev"'))

    assert web.witness(Limit()) == {"team": "web", "severity": "warning"}
    assert web.excluding(parse_matchers('severity!~"c.*"')).witness(Limit()) == {
        "team": "web",
        "severity": "critical",
    }


def test_thousands_of_exclusions_are_looked_up() -> None:
    rest = Region.everything.holding(parse_matchers('team=~".+"'))
    for number in range(20_000):
        rest = rest.excluding(parse_matchers(f'team="any", service="s{number}"'))

    assert rest.witness(Limit(100)) == {"team": "any"}


def test_a_region_that_takes_too_many_steps_is_undecided() -> None:
    crowded = Region.everything.holding(parse_matchers('number=~"[0-9]{1,4}"'))
    for number in range(500):
        crowded = crowded.excluding(parse_matchers(f'number=~"0*{number}"'))

    with pytest.raises(Undecided):
        crowded.witness(Limit(1_000))


def test_many_routes_that_all_go_on_need_no_deep_stack() -> None:
    routes = ruled(
        a="routes:\n" + "\n".join(f" - {{name: r{n}, continue: true}}" for n in range(3_000))
    ).routes

    ((_, answers),) = walk(routes, Region.everything, Limit())

    assert len(answers) == 3_000
