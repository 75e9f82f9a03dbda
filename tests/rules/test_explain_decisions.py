"""What the rules do with an alert, in the names that scripts rely on."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta

import pytest

from rules.explain import as_json, as_text, decision_json, explain, timeline
from rules.load import load
from rules.model import RuleSet
from rules.texts import Sources
from tests.rules.making import NOON, explained, terminal

FIELDS = [
    "route", "file", "line", "suppressed", "held_until", "chain", "priority", "acknowledge",
    "repeat_interval_s", "expires_minutes", "resolve_hold_s", "reopen_within_s", "flap_limit", "subject",
    "timeline", "trace",
]  # fmt: skip

RULES = """\
defaults: {chain: triage, expires: 10m}
chains:
  triage:
    steps:
      - page: [{group: sre}, {user: jane@example.com}]
      - {after: 5m, page: {group: managers}}
      - {after: 10m, page: {group: All}}
time_intervals:
  office: [{times: [{start_time: "09:00", end_time: "17:00"}], location: Europe/London}]
  never: [{years: ["2001"]}]
routes:
  - {name: copy, matchers: [copy="yes"], continue: true, priority: low}
  - name: web
    matchers: [team="web"]
    routes:
      - {name: hours, matchers: [severity="warning"], active_time_intervals: [office]}
      - {name: dead, matchers: [severity="dead"], active_time_intervals: [never]}
      - {name: silent, matchers: [severity="info"], suppress: nobody reads these}
"""


@pytest.fixture(scope="module")
def ruleset() -> RuleSet:
    loaded = load(Sources({"rules.yml": RULES}), lambda _: None)
    assert loaded.ruleset is not None, loaded.findings
    return loaded.ruleset


def decide(ruleset: RuleSet, now: datetime = NOON, **labels: str) -> list[dict[str, object]]:
    decisions = json.loads(json.dumps(as_json(explain(ruleset, labels, now))))["decisions"]
    assert isinstance(decisions, list)
    return decisions


def test_a_decision_has_exactly_the_documented_fields() -> None:
    assert list(decision_json(explained(terminal()))) == FIELDS


def test_an_alert_that_no_route_takes_goes_to_the_default(ruleset: RuleSet) -> None:
    (decision,) = decide(ruleset, alertname="Up", instance="a:1")

    assert decision == {
        "route": "default",
        "file": "rules.yml",
        "line": 1,
        "suppressed": None,
        "held_until": None,
        "chain": "triage",
        "priority": "normal",
        "acknowledge": "any",
        "repeat_interval_s": 60,
        "expires_minutes": 10,
        "resolve_hold_s": 0,
        "reopen_within_s": 600,
        "flap_limit": 6,
        "subject": "Up on a:1",
        "timeline": [
            {"at_s": 0, "group": "sre"},
            {"at_s": 0, "user": "jane@example.com"},
            {"at_s": 300, "group": "managers"},
        ],
        "trace": [
            {
                "route": "default",
                "file": "rules.yml",
                "line": 1,
                "why": "no route takes it",
                "revision": ruleset.revision,
            }
        ],
    }


def test_every_route_that_takes_it_is_a_decision_in_order(ruleset: RuleSet) -> None:
    decisions = decide(ruleset, copy="yes", team="web")

    assert [(each["route"], each["priority"]) for each in decisions] == [("copy", "low"), ("web", "normal")]


def test_a_trace_names_every_route_that_was_entered(ruleset: RuleSet) -> None:
    (decision,) = decide(ruleset, team="web", severity="warning")

    trace = decision["trace"]
    assert isinstance(trace, list)
    assert [(each["route"], each["file"], each["line"], each["why"]) for each in trace] == [
        ("web", "rules.yml", 13, 'team="web"'),
        ("hours", "rules.yml", 16, 'severity="warning"'),
    ]


def test_a_held_alert_says_when_it_pages(ruleset: RuleSet) -> None:
    night = datetime(2026, 7, 6, 3, 0, tzinfo=UTC)

    (decision,) = decide(ruleset, night, team="web", severity="warning")

    assert decision["held_until"] == "2026-07-06T08:00:00Z"
    assert decision["timeline"]


def test_an_alert_whose_hours_never_come_pages_nobody(ruleset: RuleSet) -> None:
    (decision,) = decide(ruleset, team="web", severity="dead")

    assert (decision["held_until"], decision["timeline"]) == (None, [])


def test_a_suppressed_alert_gives_the_reason_and_pages_nobody(ruleset: RuleSet) -> None:
    (decision,) = decide(ruleset, team="web", severity="info")

    assert (decision["suppressed"], decision["chain"], decision["timeline"]) == (
        "nobody reads these",
        None,
        [],
    )


def test_steps_at_or_after_the_expiry_never_fire() -> None:
    assert [paged.at_s for paged in timeline(terminal(expires_s=900))] == [0, 300]
    assert [paged.at_s for paged in timeline(terminal(expires_s=901))] == [0, 300, 900, 900]
    assert [paged.at_s for paged in timeline(terminal(expires_s=None))] == [0, 300, 900, 900]


def test_a_template_that_fails_gives_the_plain_subject() -> None:
    text = 'defaults: {subject: "{{ 1 // (labels.zero | int) }}"}\n'
    loaded = load(Sources({"rules.yml": text}), lambda _: None)
    assert loaded.ruleset is not None, loaded.findings

    (decision,) = explain(loaded.ruleset, {"alertname": "Up", "instance": "a:1", "zero": "0"}, NOON)

    assert decision.subject == "Up on a:1"


def test_a_subject_is_one_line_of_200_characters(ruleset: RuleSet) -> None:
    (decision,) = explain(ruleset, {"alertname": "two\nlines " + "x" * 300}, NOON)

    assert decision.subject.startswith("two lines xxx")
    assert (len(decision.subject), decision.subject[-1]) == (200, "…")


def test_templates_do_not_see_our_own_labels() -> None:
    text = 'defaults: {subject: "{{ labels | length }} {{ integration }} {{ receiver }}"}\n'
    loaded = load(Sources({"rules.yml": text}), lambda _: None)
    assert loaded.ruleset is not None, loaded.findings
    labels = {
        "a": "b",
        "__integration__": "eu",
        "__receiver__": "web",
        "__adapter__": "api",
        "__group_key__": "k",
    }

    (decision,) = explain(loaded.ruleset, labels, NOON)

    assert decision.subject == "1 eu web"


def test_text_says_what_the_json_says(ruleset: RuleSet) -> None:
    night = datetime(2026, 3, 2, 3, 0, tzinfo=UTC)

    text = as_text(explain(ruleset, {"team": "web", "severity": "warning", "alertname": "Up"}, night), night)

    assert text == (
        f"hours  (rules.yml:16 @{ruleset.revision})\n"
        '  because     rules.yml:13  web: team="web"\n'
        '              rules.yml:16  hours: severity="warning"\n'
        "  held        until 2026-03-02T09:00:00Z, in 6h; nobody is paged if it ends before\n"
        "  subject     Up\n"
        "  priority    high\n"
        "  repeats     every 1m until somebody acknowledges, or 10m have passed\n"
        "  chain       triage\n"
        "  again       linked and counted for 10m after it ends; beyond 6 times in 1h one page until 10m of "
        "quiet\n"
        "  pages       at once     group sre, user jane@example.com\n"
        "              after 5m    group managers\n"
    )


def test_the_longer_hold_of_route_and_integration_counts() -> None:
    loaded = load(
        Sources(
            {
                "rules.yml": "integrations: {eu: {resolve_hold: 5m}}\n"
                "routes: [{name: a, resolve_hold: 2m, reopen_within: 0s}]\n"
            }
        ),
        lambda _: None,
    )
    assert loaded.ruleset is not None, loaded.findings

    (there,) = explain(loaded.ruleset, {"__integration__": "eu"}, NOON)
    (elsewhere,) = explain(loaded.ruleset, {"__integration__": "us"}, NOON)

    assert (there.resolve_hold_s, elsewhere.resolve_hold_s) == (300, 120)
    text = as_text([elsewhere], NOON)
    assert "  resolves    close the page once they have held for 2m\n" in text
    assert "  again       each firing stands alone\n" in text


def test_text_says_that_repeats_stop_and_that_hours_never_come(ruleset: RuleSet) -> None:
    never = explain(ruleset, {"team": "web", "severity": "dead"}, NOON)

    assert "held        nobody is paged: its hours never come\n" in as_text(never, NOON)
    assert "after 15m   group managers, group sre; then no repeats\n" in as_text(
        [explained(terminal())], NOON
    )


def test_a_held_page_opens_when_its_hours_come() -> None:
    later = NOON + timedelta(hours=21)

    assert explained(terminal(), held=True, held_until=later).opens_at == later
    assert explained(terminal()).opens_at == NOON
