"""What `check` says of every route is what trying all kinds of alerts says."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rules.heartbeats import taken_by
from rules.match import match
from rules.matchers import Matcher, make_matcher
from rules.model import Heartbeat, Route, RuleSet
from rules.reach import Reach, Tried, reaches
from rules.regions import Limit
from tests.rules.brute import Alerts, hold, kinds, matchers_of, sum_of
from tests.rules.expressions import SIGNS, expressions
from tests.rules.trees import CONDITIONS, Tree, forests, rule_file
from tests.rules.writing import NOON, ruled


def everything_tried(rules: RuleSet) -> list[Tried]:
    """Return the heartbeats that alerts beat and the routes, in the order in which they stand."""

    def below(routes: Sequence[Route]) -> list[Route]:
        return [each for route in routes for each in (route, *below(route.routes))]

    return [*beating(rules), *below(rules.routes)]


def beating(rules: RuleSet) -> list[Heartbeat]:
    return [each for each in rules.heartbeats.values() if each.matchers is not None]


def reaching(rules: RuleSet, alerts: Alerts) -> Mapping[Tried, int]:
    """Return the alerts that reach each heartbeat and each route, found by trying one after the other."""
    coming = alerts.everything
    found: dict[Tried, int] = {}
    for heartbeat in beating(rules):
        found[heartbeat] = coming & alerts.fitting(heartbeat.matchers or ())
        coming &= ~found[heartbeat]
    return {**found, **alerts.entering(rules.routes, coming)}


def all_matchers(rules: RuleSet) -> list[Matcher]:
    beats = [matcher for each in beating(rules) for matcher in each.matchers or ()]
    return [*beats, *matchers_of(rules.routes)]


def enters(rules: RuleSet, labels: Mapping[str, str], tried: Tried) -> bool:
    """Ask the compiled rules whether an alert comes to a heartbeat or a route."""
    heartbeat = taken_by(rules, labels)
    if heartbeat is not None:
        return heartbeat is tried
    traces = [each.terminal.trace for each in match(rules, labels, NOON)]
    return tried.name in {line.route for trace in traces for line in trace}


@st.composite
def rule_sets(draw: st.DrawFn) -> RuleSet:
    """Return rules with a few heartbeats and a tree of routes."""
    document = json.loads(rule_file(draw(forests(width=4, depth=3))))
    beats = draw(st.lists(st.lists(CONDITIONS, max_size=2), max_size=2))
    asking = [("team", "=~", ".+"), ("env", "=", "a")]
    document["heartbeats"] = {
        f"h{number}": {
            "within": "10m",
            "matchers": [
                f"{label}{operator}{json.dumps(value)}"
                for label, operator, value in (*conditions, asking[number])
            ],
        }
        for number, conditions in enumerate(beats)
    }
    return ruled(a=json.dumps(document))


@pytest.mark.slow
@settings(max_examples=800)
@given(rule_sets())
def test_verdicts_agree_with_trying_every_kind_of_alert(rules: RuleSet) -> None:
    alerts = Alerts(all_matchers(rules))
    coming = reaching(rules, alerts)

    found = list(reaches(rules))

    assert [reach.of for reach in found] == everything_tried(rules)
    for reach in found:
        if reach.verdict == "reached":
            assert reach.witness is not None
            assert enters(rules, reach.witness, reach.of)
        else:
            assert reach.verdict in ("taken", "impossible", "unentered")
            assert not coming[reach.of]


@settings(max_examples=300)
@given(rule_sets())
def test_takers_named_take_everything_and_none_of_them_is_idle(rules: RuleSet) -> None:
    alerts = Alerts(all_matchers(rules))

    for reach in reaches(rules):
        if reach.verdict == "taken":
            coming = alerts.fitting(_way(rules, reach.of))
            taken = [coming & alerts.fitting(taker.matchers or ()) for taker in reach.takers]
            assert sum_of(taken) == coming
            for number in range(len(taken)):
                assert sum_of(taken[:number] + taken[number + 1 :]) != coming


@settings(max_examples=150)
@given(rule_sets())
def test_matchers_named_exclude_each_other_and_no_fewer_do(rules: RuleSet) -> None:
    for reach in reaches(rules):
        if reach.verdict == "impossible":
            clash = [matcher for matcher, _ in reach.clash]
            owned = [owner for _, owner in reach.clash]
            alerts = kinds(clash)
            assert not [labels for labels in alerts if hold(clash, labels)]
            for left_out in range(len(clash)):
                rest = clash[:left_out] + clash[left_out + 1 :]
                assert [labels for labels in kinds(clash) if hold(rest, labels)]
            assert all(m in (owner.matchers or ()) for m, owner in zip(clash, owned, strict=True))


@settings(max_examples=300)
@given(forests(width=4, depth=3))
def test_a_route_is_idle_exactly_when_it_never_answers(forest: tuple[Tree, ...]) -> None:
    rules = ruled(a=rule_file(forest))
    alerts = Alerts(all_matchers(rules))

    idle = {reach.of for reach in reaches(rules) if reach.idle}

    entering = alerts.entering(rules.routes, alerts.everything)
    answered = alerts.answered(rules.routes, alerts.everything)
    assert idle == {route for route, mask in entering.items() if mask and not answered[route]}


REAL = st.tuples(st.sampled_from(("l", "k")), expressions(), st.booleans()).map(
    lambda drawn: make_matcher(drawn[0], "=~" if drawn[2] else "!~", drawn[1].value)
)
ALERTS = st.fixed_dictionaries(
    {}, optional={"l": st.text(SIGNS, max_size=4), "k": st.text(SIGNS, max_size=4)}
)


@settings(max_examples=150)
@given(
    st.lists(st.tuples(st.lists(REAL, max_size=2), st.booleans()), min_size=1, max_size=6),
    st.lists(ALERTS, min_size=200, max_size=200),
)
def test_real_expressions_are_not_contradicted_by_alerts(
    drawn: list[tuple[list[Matcher], bool]], alerts: list[dict[str, str]]
) -> None:
    routes = [
        {"name": f"r{number}", "matchers": [str(matcher) for matcher in matchers], "continue": proceed}
        for number, (matchers, proceed) in enumerate(drawn)
    ]
    rules = ruled(a=json.dumps({"routes": routes}))

    found = list(reaches(rules))

    for reach in found:
        if reach.verdict == "reached":
            assert reach.witness is not None
            assert enters(rules, reach.witness, reach.of)
        elif reach.verdict != "undecided":
            assert not any(enters(rules, labels, reach.of) for labels in alerts)


def _way(rules: RuleSet, tried: Route | Heartbeat) -> list[Matcher]:
    """Return the matchers of a route and of those that it stands in."""

    def way(routes: Sequence[Route]) -> list[Matcher] | None:
        for route in routes:
            below = [] if route is tried else way(route.routes)
            if below is not None:
                return [*route.matchers, *below]
        return None

    found = way(rules.routes)
    return list(tried.matchers or ()) if found is None else found


def only(text: str) -> dict[str, Reach]:
    return {reach.of.name: reach for reach in reaches(ruled(a=text))}


def test_several_routes_together_take_everything() -> None:
    found = only(
        """
            routes:
              - {name: other, matchers: [team="web"]}
              - {name: critical, matchers: [severity="critical"]}
              - {name: rest, matchers: [severity!="critical"]}
              - {name: late, matchers: [service="x"]}
        """
    )

    assert (found["late"].verdict, [taker.name for taker in found["late"].takers]) == (
        "taken",
        ["critical", "rest"],
    )
    assert found["late"].witness == {"service": "x"}


def test_the_elder_siblings_of_an_ancestor_count() -> None:
    found = only(
        """
            routes:
              - {name: errors, matchers: ['code=~"5.."']}
              - name: web
                matchers: [service="web"]
                routes:
                  - {name: gateway, matchers: ['code=~"50[24]"']}
                  - {name: teapot, matchers: [code="418"]}
        """
    )

    assert found["gateway"].takers[0].name == "errors"
    assert found["teapot"].witness == {"service": "web", "code": "418"}


def test_what_stands_in_a_route_that_nothing_enters_is_not_looked_into() -> None:
    found = only("routes: [{name: a}, {name: b, matchers: [x=y], routes: [{name: c, matchers: [z='1']}]}]")

    assert (found["b"].verdict, found["c"].verdict) == ("taken", "unentered")


@pytest.mark.parametrize("expression", [r"\\C*", "(a|b)*a(a|b){20}"])
def test_what_cannot_be_decided_is_said_to_be(expression: str) -> None:
    found = only(
        f"routes: [{{name: a, matchers: ['x=~\"{expression}\"']}}, "
        "{name: b, matchers: ['x=~\"[ab]*a[ab]{20}\"']}]"
    )

    assert found["b"].verdict == "undecided"


def test_a_word_decides_where_an_expression_around_it_cannot() -> None:
    found = only(
        r"""routes: [{name: a, matchers: ['x=~"\\C+d"'], routes: [{name: b, matchers: [x="word"]}]}]"""
    )

    assert (found["a"].verdict, found["b"].witness) == ("undecided", {"x": "word"})


def test_matchers_that_exclude_each_other_are_named_as_far_as_there_are_steps() -> None:
    # Just enough to find that they do, and none left to find which.
    rules = ruled(a="routes: [{name: a, matchers: [b=x, 'a=~\"q.*\"', 'a=~\".*r\"', 'a!~\".*r\"']}]")
    given = next(steps for steps in range(1, 10**4) if _verdict(rules, steps) == "impossible")

    (reach,) = reaches(rules, lambda: Limit(given))

    assert len(reach.clash) == 4


def _verdict(rules: RuleSet, steps: int) -> str:
    return next(reaches(rules, lambda: Limit(steps))).verdict


def test_a_limit_is_each_routes_own() -> None:
    limits: list[Limit] = []

    def make() -> Limit:
        limits.append(Limit())
        return limits[-1]

    list(reaches(ruled(a="routes: [{name: a, matchers: [x=y]}, {name: b}]"), make))

    assert len(limits) == 2
