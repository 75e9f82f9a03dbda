"""What routes inherit, what defaults are when nobody says, and the bounds of every value."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rules.load import empty
from rules.loading.reading import parse_duration, spell_duration
from rules.model import PriorityRule
from tests.rules.writing import asked, fault_of, loaded, ruled, taken

TREE = """
    chains:
      one: {steps: [{page: {group: one}}]}
      two: {steps: [{page: {group: two}}]}
    time_intervals: {never: [{years: ["1999"]}]}
    defaults: {chain: one, expires: 2h, acknowledge: all}
    routes:
      - name: top
        matchers: [a="1"]
        chain: two
        priority: critical
        group_by: [cluster]
        repeat_interval: 5m
        acknowledgement_timeout: 4h
        resolve_hold: 2m
        flap_limit: 12
        notify_resolved: false
        subject: top
        active_time_intervals: [never]
        routes:
          - name: child
            matchers: [b="1"]
          - name: changed
            matchers: [b="2"]
            expires: never
            acknowledge: any
            message: changed
"""


def test_a_child_inherits_what_it_does_not_say() -> None:
    terminal = asked(ruled(a=TREE), a="1", b="1")[0].terminal

    assert terminal.chain is not None
    assert (terminal.chain.name, terminal.group_by, terminal.repeat_interval_s) == ("two", ("cluster",), 300)
    assert (terminal.expires_s, terminal.acknowledge, terminal.acknowledgement_timeout_s) == (
        7200,
        "all",
        14400,
    )
    assert (terminal.notify_resolved, terminal.subject) == (False, "top")
    assert (terminal.resolve_hold_s, terminal.reopen_within_s, terminal.flap_limit) == (120, 600, 12)


def test_a_child_does_not_inherit_hours() -> None:
    rules = ruled(a=TREE)

    assert asked(rules, a="1")[0].held
    assert not asked(rules, a="1", b="1")[0].held


def test_a_child_says_some_things_anew() -> None:
    terminal = asked(ruled(a=TREE), a="1", b="2")[0].terminal

    assert (terminal.expires_s, terminal.acknowledge, terminal.message) == (None, "any", "changed")
    assert (terminal.subject, terminal.priority.otherwise) == ("top", "critical")


def test_the_default_route_has_the_defaults() -> None:
    terminal = asked(ruled(a=TREE))[0].terminal

    assert terminal.name == "default"
    assert terminal.chain is not None
    assert terminal.chain.name == "one"
    assert (terminal.expires_s, terminal.acknowledge) == (7200, "all")
    assert str(terminal.place) == "a.yml:6:19"


def test_every_terminal_falls_back_to_the_default_chain() -> None:
    terminals = ruled(a=TREE).terminals.values()

    assert {terminal.fallback and terminal.fallback.name for terminal in terminals} == {"one"}


def test_the_trace_names_every_route_entered_with_its_place_and_matchers() -> None:
    trace = asked(ruled(a=TREE), a="1", b="1")[0].terminal.trace

    assert [(line.route, str(line.place), line.why) for line in trace] == [
        ("top", "a.yml:8:5", 'a="1"'),
        ("child", "a.yml:21:9", 'b="1"'),
    ]


def test_terminals_are_the_same_objects_for_every_alert() -> None:
    rules = ruled(a=TREE)

    assert asked(rules, a="1", x="1")[0].terminal is asked(rules, a="1", x="2")[0].terminal
    assert asked(rules, a="1")[0].terminal is rules.terminals["top"]


def test_a_suppressing_route_has_a_reason_and_no_chain() -> None:
    rules = ruled(a="routes: [{name: staging, matchers: ['env=~\"staging|dev\"'], suppress: only tests}]")

    terminal = asked(rules, env="dev")[0].terminal

    assert (terminal.suppress, terminal.chain, terminal.fallback) == ("only tests", None, None)


@pytest.mark.parametrize(
    ("severity", "priority"),
    [("critical", "critical"), ("warning", "high"), ("info", "low"), ("odd", "normal")],
)
def test_without_rules_everything_pages_everybody(severity: str, priority: str) -> None:
    decision = asked(empty(), severity=severity)[0]

    assert decision.priority == priority
    assert decision.terminal.chain is not None
    assert [target.name for target in decision.terminal.chain.steps[0].targets] == ["All"]
    assert decision.terminal.acknowledge == "any"


def test_a_priority_lookup_reads_a_label() -> None:
    rules = ruled(a="defaults: {priority: {label: page, values: {true: critical, 2: low}, otherwise: high}}")

    assert [asked(rules, page=page)[0].priority for page in ("true", "2", "3", "")] == [
        "critical",
        "low",
        "high",
        "high",
    ]


def test_a_priority_without_otherwise_is_normal() -> None:
    rules = ruled(a="defaults: {priority: {label: page, values: {x: low}}}")

    assert rules.terminals["default"].priority == PriorityRule("page", {"x": "low"}, "normal")


@pytest.mark.parametrize(
    ("value", "sound"),
    [
        ("29s", False),
        ("30s", True),
        ("1h", True),
        ("60m", True),
        ("3601s", False),
        ("never", False),
        ("1m30s", True),
    ],
)
def test_repeat_interval_has_the_bounds_of_the_api(value: str, sound: bool) -> None:
    assert (loaded(a=f"defaults: {{repeat_interval: {value}}}").findings == ()) is sound


@pytest.mark.parametrize(
    ("value", "sound"),
    [("59s", False), ("1m", True), ("24h", True), ("1d", True), ("25h", False), ("never", True)],
)
def test_expires_has_the_bounds_of_the_api(value: str, sound: bool) -> None:
    assert (loaded(a=f"defaults: {{expires: {value}}}").findings == ()) is sound


def test_stale_after_is_read() -> None:
    assert (ruled(a="defaults: {stale_after: 36h}").stale_after_s, empty().stale_after_s) == (
        129_600,
        172_800,
    )


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("0", 0),
        ("1h30m", 5400),
        ("1y2w3d4h5m6s7000ms", 365 * 86400 + 14 * 86400 + 3 * 86400 + 4 * 3600 + 5 * 60 + 13),
        ("90", None),
        ("", None),
        ("30m1h", None),
        ("1.5h", None),
        ("-1h", None),
        ("1500ms", None),
        ("1 h", None),
        ("٣s", None),
    ],
)
def test_durations_are_prometheus_own(text: str, seconds: int | None) -> None:
    assert parse_duration(text) == seconds


@given(st.integers(0, 10**8))
def test_a_duration_spelled_is_read_as_itself(seconds: int) -> None:
    assert parse_duration(spell_duration(seconds)) == seconds


def test_a_step_says_when_whom_and_whether_repeats_go_on() -> None:
    rules = ruled(
        a="""
            chains:
              c:
                steps:
                  - page: {user: Jane@Example.com}
                  - {after: 5m, page: [{group: a}, {group: b}], repeat: false}
        """
    )

    first, second = rules.chains["c"].steps

    assert (first.after_s, first.repeat, first.targets[0].name) == (0, True, "jane@example.com")
    assert (second.after_s, second.repeat) == (300, False)
    assert [(target.kind, target.name) for target in second.targets] == [("group", "a"), ("group", "b")]


def test_all_faults_of_all_files_are_reported_at_once() -> None:
    outcome = loaded(a="routes: [{nam: x}]\nchains: {c: {}}", b="- x")

    assert [str(found.place) for found in outcome.findings] == [
        "a.yml:1:10",
        "a.yml:1:11",
        "a.yml:2:10",
        "b.yml:1:1",
    ]


def test_faults_without_end_are_cut() -> None:
    outcome = loaded(a="".join(f"key{n}: 1\n" for n in range(5_000)))

    assert len(outcome.findings) == 500


def test_a_faulty_definition_is_not_reported_again_where_it_is_used() -> None:
    assert fault_of("chains: {c: {}}\nroutes: [{name: a, chain: c}]").startswith("rules.yml:1:10")


def test_top_level_routes_are_tried_in_order() -> None:
    rules = ruled(
        a="""
            routes:
              - {name: a, matchers: ['x=~".+"'], continue: true}
              - {name: b, matchers: [x="1"]}
              - {name: c, matchers: [x="1"]}
        """
    )

    assert (taken(rules, x="1"), taken(rules, x="2"), taken(rules)) == (["a", "b"], ["a"], ["default"])


def test_burst_is_read_and_0_switches_it_off() -> None:
    read = [ruled(a=f"defaults: {{burst: {number}}}").burst for number in (0, 20)]
    assert (*read, empty().burst) == (0, 20, 5)
