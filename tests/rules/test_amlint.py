"""docs/rules-amlint.md: every check of amlint has its row, and what is said to be found is."""

from __future__ import annotations

import re

import pytest

from tests.docs.pages import ROOT
from tests.rules.test_codes import found_in

PAGE = (ROOT / "docs" / "rules-amlint.md").read_text(encoding="utf-8")

# What `amlint explain` lists, 0.8.5.
CHECKS = [
    "alert-hits-default-receiver",
    "bad-match-label",
    "bad-matcher",
    "bad-regex",
    "bad-template",
    "bad-template-file",
    "bad-time-interval",
    "circular-inhibition",
    "deep-nesting",
    "deprecated-match",
    "deprecated-mute-time-intervals",
    "discord-no-webhook-url",
    "duplicate-receiver",
    "email-no-smarthost",
    "empty-receiver",
    "global-resolve-timeout-missing",
    "grafana-contact-point",
    "groupby-ellipsis",
    "inhibit-no-equal",
    "inhibit-same-match",
    "inhibit-unknown-alertname",
    "invalid-root-route",
    "msteams-no-webhook-url",
    "no-root-route",
    "opsgenie-no-api-key",
    "pagerduty-no-routing-key",
    "plaintext-secret",
    "repeat-before-group",
    "route-always-muted",
    "route-match-collision",
    "route-unknown-alertname",
    "shadowed-route",
    "slack-no-api-url",
    "sns-no-target",
    "stripped-brace",
    "telegram-no-bot-token",
    "template-file-missing",
    "template-unknown-field",
    "time-interval-never-active",
    "undefined-receiver",
    "undefined-template",
    "undefined-time-interval",
    "unreachable-route",
    "unused-receiver",
    "useless-continue",
    "victorops-no-api-key",
    "wait-exceeds-interval",
    "webhook-no-url",
    "wechat-no-corp-id",
]

FAULTS = {
    "invalid-root-route": 'defaults: {matchers: [team="infra"]}',
    "undefined-receiver": "routes: [{name: a, chain: pager-team}]",
    "groupby-ellipsis": "routes: [{name: a, group_by: ['...', alertname]}]",
    "bad-regex": "routes: [{name: a, matchers: ['service=~\"auth([\"']}]",
    "bad-matcher": "routes: [{name: a, matchers: ['service=api,,env=prod']}]",
    "unreachable-route": "routes: [{name: all}, {name: a, matchers: [severity=critical]}]",
    "route-match-collision": "routes: [{name: a, matchers: [x=y]}, {name: b, matchers: [x=y]}]",
    "shadowed-route": (
        "routes: [{name: a, matchers: ['s=~\"warning|critical\"']}, {name: b, matchers: [s=critical]}]"
    ),
    "stripped-brace": "routes:\n  - name: a\n    matchers:\n      - code=~[0-9]{3}\n",
    "useless-continue": "routes: [{name: a, matchers: [env=prod], continue: true}]",
    "deep-nesting": (
        "routes: [{name: a, routes: [{name: b, routes: [{name: c, routes: [{name: d, "
        "routes: [{name: e, routes: [{name: f}]}]}]}]}]}]"
    ),
    "deprecated-match": "routes: [{name: a, match: {team: infra}}]",
    "duplicate-receiver": (
        "# a.yml\nchains: {slack: {steps: [{page: {group: a}}]}}\n"
        "# b.yml\nchains: {slack: {steps: [{page: {group: b}}]}}\ndefaults: {chain: slack}\n"
    ),
    "empty-receiver": (
        "groups: {a: {members: [jane@example.com]}, b: {}}\n"
        "chains: {c: {steps: [{page: [{group: a}, {group: b}]}]}}\ndefaults: {chain: c}\n"
    ),
    "unused-receiver": "chains: {old-pager: {steps: [{page: {group: a}}]}}",
    "webhook-no-url": "users: [{email: jane@example.com, contacts: [webhook]}]",
    "plaintext-secret": "users: [{email: jane@example.com, contacts: ['mailto://jane:hunter2@example.com']}]",
    "undefined-time-interval": "routes: [{name: a, mute_time_intervals: [maintenance]}]",
    "deprecated-mute-time-intervals": "mute_time_intervals: [{name: maintenance}]",
    "bad-time-interval": "time_intervals: {a: [{weekdays: ['friday:monday']}]}",
    "time-interval-never-active": (
        "time_intervals: {a: [{days_of_month: ['30'], months: [february]}]}\n"
        "routes: [{name: r, mute_time_intervals: [a]}]"
    ),
    "route-always-muted": (
        "time_intervals: {a: [{weekdays: ['monday:saturday']}, {weekdays: [sunday]}]}\n"
        "routes: [{name: r, mute_time_intervals: [a]}]"
    ),
    "bad-template": "defaults: {subject: '{{ labels.alertname'}",
    "undefined-template": "defaults: {subject: '{% include \"title\" %}'}",
    "template-unknown-field": "defaults: {subject: '{{ alerts[0].Labels }}'}",
}


def rows(heading: str) -> dict[str, str]:
    """Return the first code that each row below a heading names, empty without one."""
    section = PAGE.partition(f"## {heading}\n")[2].partition("\n## ")[0]
    return {
        name: next(iter(re.findall(r"\[`([a-z-]+)`\]", said)), "")
        for name, said in re.findall(r"^\| `([a-z-]+)` \| (.*) \|$", section, re.MULTILINE)
    }


def test_every_check_has_one_row() -> None:
    named = re.findall(r"^\| `([a-z-]+)` \|", PAGE, re.MULTILINE)

    assert len(CHECKS) == 49
    assert sorted(named) == sorted(CHECKS)
    assert rows("Found by `rules check`").keys() == FAULTS.keys()


@pytest.mark.parametrize("check", sorted(FAULTS))
def test_a_fault_that_amlint_finds_is_found(check: str) -> None:
    code = rows("Found by `rules check`")[check]

    assert code in {found.code for found in found_in(FAULTS[check])}
