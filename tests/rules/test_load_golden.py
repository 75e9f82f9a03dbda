"""Faults as people read them: the place, what is wrong, and what to do."""

# ruff: noqa: E501 (messages are quoted whole)

from __future__ import annotations

import pytest

from tests.rules.writing import fault_of

CHAIN = "chains: {c: {steps: [{page: {group: sre}}]}}\n"


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ("rutes: []", 'rules.yml:1:1: a rule file has no key "rutes". Did you mean "routes"?'),
        (
            "routes:\n  - name: a\n    chian: c\n",
            'rules.yml:3:5: a route has no key "chian". Did you mean "chain"?',
        ),
        (
            CHAIN + "routes:\n  - name: a\n    chain: d\n",
            'rules.yml:4:12: chain "d" is not known here. Known: c.',
        ),
        (
            "chains:\n  triage: {steps: [{page: {group: sre}}]}\nroutes: [{name: a, chain: triagee}]\n",
            'rules.yml:3:27: chain "triagee" is not known here. Did you mean "triage"?',
        ),
        (
            "routes: [{matchers: [a=b]}]",
            "rules.yml:1:10: this route has no name: give it one, it is shown on its pages.",
        ),
        (
            "routes: [{name: a}, {name: a}]",
            'rules.yml:1:28: route "a" is already given at rules.yml:1:17: rename one of them.',
        ),
        (
            "routes: [{name: default}]",
            "rules.yml:1:17: route default is the one for alerts that no route takes: rename this one.",
        ),
        (
            "routes: [{name: a/b}]",
            'rules.yml:1:17: a route\'s name "a/b" must be one line, without a slash or spaces around it: rename it.',
        ),
        (
            "routes:\n  - name: a\n    matchers: [team]\n",
            "rules.yml:3:16: matcher team: it lacks an operator after team: write one of = != =~ !~.",
        ),
        (
            "routes:\n  - name: a\n    matchers: ['a=~\"(b\"']\n",
            'rules.yml:3:16: matcher a=~"(b": regular expression "(b" is not RE2\'s: missing ): (b. '
            r"Close the parenthesis, or write \( for one in the value.",
        ),
        (
            "routes: [{name: a, matchers: {team: x}}]",
            'rules.yml:1:30: matchers must be a list of matchers, but is a mapping: write [team="x"].',
        ),
        (
            "routes: [{name: a, continue: yes}]",
            'rules.yml:1:30: continue must be true or false, unquoted, but is "yes".',
        ),
        (
            "defaults: {repeat_interval: 10s}",
            'rules.yml:1:29: repeat_interval must be from 30s to 1h, but is "10s".',
        ),
        (
            "defaults: {repeat_interval: 60}",
            'rules.yml:1:29: repeat_interval must be a duration from 30s to 1h (such as 90s, 1h30m), but is "60": add its unit, such as 60m.',
        ),
        (
            "defaults: {expires: 2d}",
            'rules.yml:1:21: expires must be from 1m to 24h, or never, but is "2d".',
        ),
        (
            "defaults: {resolve_hold: 2h}",
            'rules.yml:1:26: resolve_hold must be from 0s to 1h, but is "2h".',
        ),
        (
            "routes: [{name: a, reopen_within: never}]",
            'rules.yml:1:35: reopen_within must be a duration from 0s to 1h (such as 90s, 1h30m), but is "never".',
        ),
        (
            "defaults: {flap_limit: 1}",
            "rules.yml:1:24: flap_limit must be from 2 to 60, but is 1.",
        ),
        (
            "defaults: {flap_limit: often}",
            'rules.yml:1:24: flap_limit must be a whole number from 2 to 60, but is "often".',
        ),
        (
            "defaults: {burst: -1}",
            'rules.yml:1:19: burst must be a whole number from 0 to 1000, but is "-1".',
        ),
        (
            "integrations: {eu: {resolve_hold: 2h}}",
            'rules.yml:1:35: resolve_hold must be from 0s to 1h, but is "2h".',
        ),
        (
            "integrations: {eu: {}}",
            "rules.yml:1:16: integration eu says nothing: give its resolve_hold.",
        ),
        (
            "integrations: {eu: {hold: 5m}}",
            'rules.yml:1:21: an integration has no key "hold". Known: resolve_hold.',
        ),
        (
            "routes: [{name: a, acknowledge: some}]",
            'rules.yml:1:33: acknowledge must be one of any, all, but is "some".',
        ),
        (
            "routes: [{name: a, priority: urgent}]",
            'rules.yml:1:30: priority must be one of low, normal, high, critical, but is "urgent".',
        ),
        (
            "routes: [{name: a, priority: {label: severity}}]",
            "rules.yml:1:30: a priority lookup needs label and values: {label: severity, values: {…}}.",
        ),
        (
            "routes: [{name: a, group_by: []}]",
            "rules.yml:1:30: group_by must name 1 to 32 labels: leave it out to keep the sender's own grouping.",
        ),
        (
            "routes: [{name: a, suppress: enough, active_time_intervals: []}]",
            "rules.yml:1:61: a route with suppress pages nobody: remove its active_time_intervals.",
        ),
        (
            "routes: [{name: a, suppress: true}]",
            "rules.yml:1:30: suppress is the reason, shown to people: write it as a text.",
        ),
        (
            "routes: [{name: a, active_time_intervals: [ofice]}]",
            'rules.yml:1:44: time interval "ofice" is not known here. Write it under time_intervals, or correct the name.',
        ),
        (
            "defaults:\n  message: |\n    all good\n    {{ nope }}\n",
            "rules.yml:4:12: template message: there is no variable nope. Known: alerts, annotations, "
            "common_annotations, common_labels, external_url, group_labels, integration, labels, receiver, route.",
        ),
        (
            "defaults: {subject: '{{ labels.a | upper }'}",
            "rules.yml:1:21: template subject: unexpected '}': close with }}.",
        ),
        (
            "chains: {c: {steps: []}}",
            "rules.yml:1:21: chain c must have 1 to 50 steps, but has 0.",
        ),
        (
            "chains: {c: {steps: }}\nroutes: [{name: a, chain: c}]",
            "rules.yml:1:21: chain c must have 1 to 50 steps, but has 0.",
        ),
        (
            "chains: {c: {}}",
            "rules.yml:1:10: chain c has no steps: write steps: [{page: …}].",
        ),
        (
            "chains: {c: {steps: [{after: 5m, page: {group: g}}]}}",
            "rules.yml:1:30: the first step pages at once: remove its after.",
        ),
        (
            "chains: {c: {steps: [{page: {group: g}}, {page: {group: h}}]}}",
            "rules.yml:1:42: this step has no after: write how long after the first page it comes.",
        ),
        (
            "chains: {c: {steps: [{page: {group: g}}, {after: 30s, page: {group: h}}]}}",
            'rules.yml:1:50: after must be from 1m to 30d, but is "30s".',
        ),
        (
            "chains:\n  c:\n    steps:\n      - page: {group: g}\n      - {after: 9m, page: {group: h}}\n"
            "      - {after: 5m, page: {group: i}}\n",
            "rules.yml:6:9: this step comes before the one above it: order them by after, counted from the first page.",
        ),
        (
            "chains: {c: {steps: [{page: {schedule: primary}}]}}",
            'rules.yml:1:40: schedule "primary" is not known: page a group or a user instead.',
        ),
        (
            "chains: {c: {steps: [{page: {user: jane}}]}}",
            'rules.yml:1:36: a user is paged by e-mail, but this is "jane": write the address.',
        ),
        (
            "chains: {c: {steps: [{page: {user: a@b, group: g}}]}}",
            "rules.yml:1:29: one target is one of user, group, schedule: write a list of several.",
        ),
        (
            "time_intervals: {t: [{weekdays: ['friday:monday']}]}",
            'rules.yml:1:34: "friday:monday" is not a range: friday comes after monday, weeks start on sunday: '
            "write two ranges.",
        ),
        (
            "time_intervals: {t: [{times: [{start_time: 9:00, end_time: 17:00}]}]}",
            'rules.yml:1:44: start_time "9:00" is not a time of day: write HH:MM from 00:00 to 24:00.',
        ),
        (
            "time_intervals: {t: [{location: Europe/Lundon}]}",
            'rules.yml:1:33: location "Europe/Lundon" is not a time zone: write an IANA name such as Europe/London. '
            'Did you mean "Europe/London"?',
        ),
        (
            "namespace: payments\ndefaults: {}\n",
            "rules.yml:2:1: defaults stands in shared files only: move it to one.",
        ),
        ("users: [{name: Jane}]", "rules.yml:1:9: this user has no email: people are known by theirs."),
        ("groups: {all: {}}", "rules.yml:1:10: group All always holds everybody: choose another name."),
        (
            "groups: {g: {members: [jane]}}",
            'rules.yml:1:24: "jane" is not an e-mail address: correct it.',
        ),
    ],
)
def test_a_fault_says_where_which_value_and_what_to_do(text: str, fault: str) -> None:
    assert fault_of(text) == fault
