"""`heartbeats` in the rules: loaded, linted, explained, and held to cases."""

from __future__ import annotations

from textwrap import dedent

import pytest

from rules.cases import read_case_file, run
from rules.explain import as_json, as_text, explain
from rules.findings import Finding
from rules.heartbeats import taken_by
from rules.lint import lint
from rules.load import load
from rules.model import RuleSet
from rules.outcomes import failure_text
from rules.texts import Sources
from tests.rules.writing import NOON, fault_of, loaded, ruled, taken, unset

SHARED = """\
    defaults: {chain: triage, priority: {label: severity, values: {}, otherwise: low}, repeat_interval: 2m}
    namespaces: {payments: [team="payments"]}
    chains:
      triage: {steps: [{page: {group: sre}}]}
      infra: {steps: [{page: {group: infra}}, {after: 5m, page: {group: managers}}]}
    heartbeats:
      eu-1: {matchers: [alertname="Watchdog", cluster="eu-1"], within: 10m, chain: infra, priority: critical}
      nightly: {within: 25h}
    """
TEAM = """\
    namespace: payments
    chains: {own: {steps: [{page: {group: payments}}]}}
    heartbeats:
      ledger: {matchers: [alertname="LedgerWatchdog"], within: 1h, chain: own, expires: never}
    """


@pytest.fixture
def rules() -> RuleSet:
    return ruled(a=SHARED, b=TEAM)


def beaten(rules: RuleSet, **labels: str) -> str | None:
    heartbeat = taken_by(rules, labels)
    return None if heartbeat is None else heartbeat.name


def test_heartbeats_are_known_by_their_qualified_names(rules: RuleSet) -> None:
    assert {name: each.within_s for name, each in rules.heartbeats.items()} == {
        "eu-1": 600,
        "nightly": 90_000,
        "payments/ledger": 3_600,
    }
    assert str(rules.heartbeats["eu-1"].place) == "a.yml:7:3"


def test_what_a_heartbeat_does_not_say_it_has_from_defaults_but_for_its_priority(rules: RuleSet) -> None:
    nightly = rules.heartbeats["nightly"].terminal
    assert (nightly.chain and nightly.chain.name, nightly.repeat_interval_s) == ("triage", 120)
    assert nightly.priority.of({"severity": "critical"}) == "high"
    ledger = rules.heartbeats["payments/ledger"].terminal
    assert (ledger.chain and ledger.chain.name, ledger.expires_s) == ("payments/own", None)


def test_the_matchers_of_a_namespace_hold_for_its_heartbeats(rules: RuleSet) -> None:
    assert beaten(rules, alertname="LedgerWatchdog", team="payments") == "payments/ledger"
    assert beaten(rules, alertname="LedgerWatchdog", team="search") is None


def test_a_heartbeat_without_matchers_takes_no_alert(rules: RuleSet) -> None:
    assert beaten(rules, alertname="nightly") is None
    assert beaten(rules, alertname="Watchdog", cluster="eu-1") == "eu-1"


def test_a_heartbeat_of_an_integration_takes_no_alert_of_another() -> None:
    rules = ruled(a='heartbeats: {h: {within: 1h, integration: prom-eu, matchers: [alertname="Watchdog"]}}')
    assert rules.heartbeats["h"].integration == "prom-eu"
    assert beaten(rules, alertname="Watchdog", __integration__="prom-eu") == "h"
    assert beaten(rules, alertname="Watchdog", __integration__="prom-us") is None


def test_two_namespaces_may_have_heartbeats_of_one_name() -> None:
    rules = ruled(
        a="namespace: x\nheartbeats: {h: {within: 1h}}", b="namespace: y\nheartbeats: {h: {within: 2h}}"
    )
    assert sorted(rules.heartbeats) == ["x/h", "y/h"]


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        (
            "heartbeats: {a: {}}",
            "rules.yml:1:14: heartbeat a has no within: write how long it may stay away (10m).",
        ),
        (
            "heartbeats: {a: }",
            "rules.yml:1:14: heartbeat a has no within: write how long it may stay away (10m).",
        ),
        (
            "heartbeats: {a: 10m}",
            "rules.yml:1:17: heartbeat a must be a mapping (key: value), but is a text.",
        ),
        ("heartbeats: {a: {within: 30s}}", 'rules.yml:1:26: within must be from 1m to 7d, but is "30s".'),
        ("heartbeats: {a: {within: 8d}}", 'rules.yml:1:26: within must be from 1m to 7d, but is "8d".'),
        (
            "heartbeats: {a: {within: 1h, integration: }}",
            "rules.yml:1:43: integration must be a text, but is empty: write one, or remove it.",
        ),
        (
            "heartbeats: {a: {within: 1h, chain: nobody}}",
            'rules.yml:1:37: chain "nobody" is not known here. Write it under chains, or correct the name.',
        ),
        (
            "heartbeats: {a: {within: 1h, priority: {label: x, values: {}}}}",
            "rules.yml:1:40: a heartbeat's priority must be one of low, normal, high, critical, "
            "but is a mapping.",
        ),
        (
            "heartbeats: {a: {within: 1h, matchers: []}}",
            "rules.yml:1:40: heartbeat a would take alerts whatever they are: let a matcher ask for a label "
            '(alertname="Watchdog"), or leave matchers out for one that only beats by its address.',
        ),
        (
            "heartbeats: {a: {within: 1h, subject: Hello}}",
            'rules.yml:1:30: heartbeat a has no key "subject". Known: acknowledge, acknowledgement_timeout, '
            "chain, expires, integration, matchers, notify_resolved, priority, repeat_interval, within.",
        ),
        (
            "heartbeats: {a/b: {within: 1h}}",
            'rules.yml:1:14: a heartbeat\'s name "a/b" must be one line, without a slash or spaces around '
            "it: rename it.",
        ),
    ],
)
def test_a_fault_says_where_and_what_to_do(text: str, fault: str) -> None:
    assert fault_of(text) == fault


def test_a_name_given_twice_names_both_places() -> None:
    (fault,) = loaded(a="heartbeats: {h: {within: 1h}}", b="heartbeats: {h: {within: 2h}}").errors
    assert (str(fault.place), fault.code) == ("b.yml:1:14", "duplicate-name")
    assert "a.yml:1:14" in fault.message


def test_a_namespace_that_fails_keeps_its_heartbeats() -> None:
    good = Sources({"a.yml": dedent(SHARED), "b.yml": dedent(TEAM)})
    broken = Sources({"a.yml": dedent(SHARED), "b.yml": dedent(TEAM).replace("1h", "1 hour")})
    kept = load(broken, unset, good).ruleset
    assert kept is not None
    assert kept.heartbeats["payments/ledger"].within_s == 3_600


def found(text: str) -> list[tuple[str, str]]:
    """What lint says of rules, as code and place."""
    findings: tuple[Finding, ...] = lint(ruled(rules=text), NOON)
    return [(finding.code, str(finding.place)) for finding in findings]


def test_a_chain_that_only_a_heartbeat_uses_is_used() -> None:
    chain = "chains: {c: {steps: [{page: {group: a}}]}}\n"
    assert found(chain) == [("unused-chain", "rules.yml:1:10")]
    assert found(chain + "heartbeats: {h: {within: 1h, chain: c}}") == []


def test_a_step_after_the_page_of_a_heartbeat_expires_is_remarked_on() -> None:
    chain = "chains: {c: {steps: [{page: {group: a}}, {after: 2h, page: {group: b}}]}}\n"
    assert found(chain + "heartbeats: {h: {within: 1h, chain: c, expires: 1h}}") == [
        ("late-step", "rules.yml:1:42")
    ]


def test_a_heartbeat_that_alertmanager_cannot_keep_up_with_is_remarked_on() -> None:
    assert found('heartbeats: {h: {within: 4m, matchers: [a="b"]}}') == [
        ("short-heartbeat", "rules.yml:1:14")
    ]
    assert found("heartbeats: {h: {within: 4m}}") == []
    assert found('heartbeats: {h: {within: 5m, matchers: [a="b"]}}') == []


def test_a_route_that_a_heartbeat_leaves_nothing_is_remarked_on_once() -> None:
    text = """\
        heartbeats: {h: {within: 1h, matchers: [alertname="Watchdog"]}}
        routes:
          - {name: some, matchers: [alertname=~"Watchdog|Other", x!=""]}
          - name: none
            matchers: [alertname="Watchdog", cluster="eu-1"]
            routes: [{name: inner, matchers: [x="y"]}]
          - name: outer
            matchers: [cluster="eu-1"]
            routes: [{name: below, matchers: [alertname="Watchdog"]}]
        """
    assert found(text) == [("shadowed-route", "rules.yml:4:5"), ("shadowed-route", "rules.yml:9:14")]


def test_a_heartbeat_that_an_earlier_one_takes_everything_from_is_remarked_on() -> None:
    text = """\
        heartbeats:
          all: {within: 1h, matchers: [alertname="Watchdog"]}
          eu-1: {within: 1h, matchers: [alertname="Watchdog", cluster="eu-1"]}
        """
    assert found(text) == [("shadowed-heartbeat", "rules.yml:3:3")]
    assert beaten(ruled(a=text), alertname="Watchdog", cluster="eu-1") == "all"


def test_explain_says_which_heartbeat_takes_an_alert_and_whom_it_pages_when_missing(rules: RuleSet) -> None:
    explained = explain(rules, {"alertname": "Watchdog", "cluster": "eu-1"}, NOON)
    text = as_text(explained, NOON)
    assert "taken       by heartbeat eu-1: nobody is paged while it comes" in text
    assert "after 5m    group managers" in text
    (decision,) = as_json(explained)["decisions"]  # type: ignore[misc]
    assert (decision["heartbeat"], decision["priority"], decision["timeline"]) == ("eu-1", "critical", [])


def test_explain_says_nothing_of_heartbeats_where_none_takes_the_alert(rules: RuleSet) -> None:
    (decision,) = as_json(explain(rules, {"alertname": "Other"}, NOON))["decisions"]  # type: ignore[misc]
    assert "heartbeat" not in decision
    assert taken(rules, alertname="Other") == ["default"]


CASES = """\
    cases:
      - name: the Watchdog wakes nobody
        labels: {alertname: Watchdog, cluster: eu-1}
        expect: {heartbeat: eu-1, routes: [], timeline: []}
      - name: other alerts are no beats
        labels: {alertname: DiskFull}
        expect: {heartbeat: null, routes: [default], missing_at: null}
      - name: Prometheus dies at night
        at: 2026-03-01T03:00:00Z
        heartbeat: {name: eu-1, stops: true}
        expect:
          heartbeat: eu-1
          missing_at: 2026-03-01T03:10:00Z
          priority: critical
          subject: "Heartbeat eu-1 is missing: nothing heard for 10m"
          timeline:
            - {at: 0s, page: {group: infra}}
            - {at: 5m, page: {group: managers}}
      - name: its alert resolves
        at: 2026-03-01T03:00:00Z
        heartbeat: {name: eu-1, resolves: true}
        expect: {missing_at: 2026-03-01T03:00:00Z, chain: infra}
      - name: the ledger fails
        at: 2026-03-01T03:00:00Z
        heartbeat: {name: payments/ledger, fails: true}
        expect: {missing_at: 2026-03-01T03:00:00Z, timeline: [{at: 0s, page: {group: payments}}]}
    """


def test_cases_can_say_what_follows_when_a_heartbeat_stops(rules: RuleSet) -> None:
    findings: list[Finding] = []
    cases = read_case_file(dedent(CASES), "a.test.yml", findings)
    assert findings == []
    assert [failure_text(outcome) for case in cases if not (outcome := run(case, rules)).passed] == []
    assert len(cases) == 5


def test_a_case_about_an_unknown_heartbeat_fails_and_says_which_there_are(rules: RuleSet) -> None:
    text = "cases: [{name: a, heartbeat: {name: eu-2, stops: true}, expect: {priority: low}}]"
    (case,) = read_case_file(text, "a.test.yml", [])
    outcome = run(case, rules)
    assert not outcome.passed
    assert 'Did you mean "eu-1"?' in failure_text(outcome)


def test_a_case_that_expects_another_time_fails_and_says_which_it_is(rules: RuleSet) -> None:
    text = "cases: [{name: a, at: 2026-03-01T03:00:00Z, heartbeat: {name: eu-1, stops: true}, "
    (case,) = read_case_file(text + "expect: {missing_at: 2026-03-01T03:05:00Z}}]", "a.test.yml", [])
    assert "got      2026-03-01T03:10:00Z" in failure_text(run(case, rules))


@pytest.mark.parametrize(
    ("case", "says"),
    [
        ("{name: a, heartbeat: {name: eu-1}, expect: {priority: low}}", "needs its name and one of"),
        ("{name: a, heartbeat: {stops: true}, expect: {priority: low}}", "needs its name and one of"),
        (
            "{name: a, heartbeat: {name: b, stops: true, fails: true}, expect: {priority: low}}",
            "needs its name and one of",
        ),
        (
            "{name: a, labels: {x: y}, heartbeat: {name: b, stops: true}, expect: {priority: low}}",
            "has no labels",
        ),
        ("{name: a, expect: {priority: low}}", "a case needs labels"),
    ],
)
def test_a_case_that_cannot_be_meant_is_refused(case: str, says: str) -> None:
    findings: list[Finding] = []
    assert read_case_file(f"cases: [{case}]", "a.test.yml", findings) == ()
    assert any(says in finding.message for finding in findings)
