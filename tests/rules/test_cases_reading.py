"""Cases are read strictly, and every fault says where it stands."""

from __future__ import annotations

import pytest

from rules.cases import WITHOUT_AT, Case, read_case_file, run
from rules.findings import Finding
from rules.load import load
from rules.model import Target
from rules.texts import Sources


def read(text: str) -> tuple[tuple[Case, ...], list[Finding]]:
    findings: list[Finding] = []
    return read_case_file(text, "a.test.yml", findings), findings


def faults_in(text: str) -> list[str]:
    return [f"{finding.place}: {finding.code}" for finding in read(text)[1]]


def case_with(expect: str, labels: str = "{}") -> str:
    return f"cases:\n  - name: n\n    labels: {labels}\n    expect: {expect}\n"


def test_a_case_is_read_whole() -> None:
    text = """\
cases:
  - name: everything
    at: 2026-03-01T03:00:00+01:00
    labels: {a: b, number: 5, "on": on, empty: }
    annotations: {summary: it is down}
    expect:
      routes: [one, two]
      priority: [low, critical]
      chain: null
      held_until: 2026-03-02T10:00:00+01:00
      expires_minutes: 60
      timeline:
        - {at: 0s, page: {group: g}}
        - {at: 1h30m, page: [{user: u@example.com}, {schedule: s}]}
      trace: [one]
"""

    (case,), findings = read(text)

    assert findings == []
    assert (case.name, str(case.place)) == ("everything", "a.test.yml:2:11")
    assert case.at.isoformat() == "2026-03-01T02:00:00+00:00"
    assert case.labels == {"a": "b", "number": "5", "on": "on", "empty": ""}
    assert case.annotations == {"summary": "it is down"}
    assert (case.expect.routes, case.expect.trace) == (("one", "two"), ("one",))
    assert case.expect.fields == {
        "priority": ("low", "critical"),
        "chain": None,
        "held_until": "2026-03-02T09:00:00Z",
        "expires_minutes": 60,
    }
    assert case.expect.timeline is not None
    assert [(each.at_s, each.targets) for each in case.expect.timeline] == [
        (0, (Target("group", "g"),)),
        (5400, (Target("user", "u@example.com"), Target("schedule", "s"))),
    ]


def test_a_case_without_a_time_plays_at_the_same_one_every_day() -> None:
    (case,), _ = read(case_with("{routes: [default]}"))

    assert case.at == WITHOUT_AT


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ("case: []\n", "a.test.yml:1:1: unknown-key"),
        ("cases: {}\n", "a.test.yml:1:8: wrong-type"),
        ("cases: [5]\n", "a.test.yml:1:9: wrong-type"),
        ("cases: [\n", "a.test.yml:2:1: bad-yaml"),
        ("cases: [{name: n, labels: {}}]\n", "a.test.yml:1:9: missing-key"),
        ("cases: [{name: n, expect: {routes: []}}]\n", "a.test.yml:1:9: missing-key"),
        (case_with("{}"), "a.test.yml:4:13: empty-expect"),
        (case_with(""), "a.test.yml:4:12: empty-expect"),
        (case_with("{colour: red}"), "a.test.yml:4:14: unknown-key"),
        (case_with("{routes: default}"), "a.test.yml:4:22: wrong-type"),
        (case_with("{priority: {a: b}}"), "a.test.yml:4:24: wrong-type"),
        (case_with("{repeat_interval_s: 60s}"), "a.test.yml:4:33: wrong-type"),
        (case_with("{held_until: tomorrow}"), "a.test.yml:4:26: bad-time"),
        (case_with("{held_until: 2026-03-02T09:00:00}"), "a.test.yml:4:26: bad-time"),
        (case_with("{timeline: [{at: 0s}]}"), "a.test.yml:4:25: missing-key"),
        (case_with("{timeline: [{at: soon, page: {group: g}}]}"), "a.test.yml:4:30: bad-duration"),
        (case_with("{timeline: [{at: 0s, page: {}}]}"), "a.test.yml:4:40: wrong-type"),
        (case_with("{timeline: [{at: 0s, page: []}]}"), "a.test.yml:4:40: wrong-type"),
        (case_with("{timeline: [{at: 0s, page: {team: g}}]}"), "a.test.yml:4:41: bad-value"),
        (case_with("{timeline: [{at_s: 0, group: g}]}"), "a.test.yml:4:26: unknown-key"),
        (case_with("{routes: []}", "{a: [b]}"), "a.test.yml:3:17: wrong-type"),
    ],
)
def test_a_fault_is_found_at_its_place_and_its_case_not_run(text: str, fault: str) -> None:
    cases, _ = read(text)

    assert cases == ()
    assert fault in faults_in(text)


def test_a_faulty_case_leaves_the_others_alone() -> None:
    text = case_with("{colour: red}") + "  - name: good\n    labels: {}\n    expect: {routes: [default]}\n"

    cases, findings = read(text)

    assert [case.name for case in cases] == ["good"]
    assert [finding.code for finding in findings] == ["unknown-key"]


def test_a_case_travels_in_time() -> None:
    rules = """\
time_intervals: {office: [{times: [{start_time: "09:00", end_time: "17:00"}]}]}
routes: [{name: r, active_time_intervals: [office]}]
"""
    loaded = load(Sources({"rules.yml": rules}), lambda _: None)
    assert loaded.ruleset is not None
    (night, day), _ = read("""\
cases:
  - {name: night, at: 2026-03-02T03:00:00Z, labels: {}, expect: {held_until: 2026-03-02T09:00:00Z}}
  - {name: day, at: 2026-03-02T10:00:00Z, labels: {}, expect: {held_until: null}}
""")

    assert run(night, loaded.ruleset).passed
    assert run(day, loaded.ruleset).passed
    assert not run(Case("n", night.place, day.at, {}, {}, night.expect), loaded.ruleset).passed
