"""alertmanager.yml, read: routes with what they inherit, receivers, hours, and what is wrong."""

from __future__ import annotations

from textwrap import dedent

import pytest

from rules.alertmanager.config import read_alertmanager
from rules.alertmanager.model import Sender, SenderRoute
from rules.findings import Finding

WHOLE = """\
global:
  resolve_timeout: 10m
  http_config: {basic_auth: {username: u, password: hunter2}}
templates: [/etc/alertmanager/*.tmpl]
route:
  receiver: sre
  group_by: [alertname, cluster]
  group_wait: 1m
  routes:
    - match: {team: payments, code: 500, empty: }
      match_re: {service: stripe|ledger}
      receiver: payments
      group_by: ['...']
      continue: yes
      mute_time_intervals: [weekends]
      routes:
        - matchers: ['severity="critical", env!~"dev.*"', '{region="eu"}']
          group_interval: 500ms
          active_time_intervals: [office]
    - receiver: "null"
      repeat_interval: 1d12h
receivers:
  - name: sre
    slack_configs: [{channel: '#sre'}, {channel: '#all'}]
  - name: payments
    email_configs:
      - to: 'Jane Smith <Jane@Example.com>, omar@example.com'
      - to: '{{ .GroupLabels.owner }}@example.com, jane@example.com'
    webhook_configs:
      - url: https://jane:hunter2@pager.example.org:8443/api/adapters/alertmanager?key=hunter2
        send_resolved: false
        max_alerts: 20
      - url_file: /etc/url
        http_config: {authorization: {type: X-API-Key, credentials: hunter2}}
      - url: http://127.0.0.1/
        http_config: {bearer_token: hunter2}
  - name: "null"
mute_time_intervals:
  - name: weekends
    time_intervals: [{weekdays: ['saturday', 'sunday']}]
time_intervals:
  - name: office
    time_intervals: [{times: [{start_time: 09:00, end_time: 17:00}], location: Europe/London}]
  - name: never
inhibit_rules:
  - source_match: {severity: critical}
    target_match_re: {severity: warning|info}
    target_matchers: [env="prod"]
    equal: [alertname]
"""


def sender(text: str, findings: list[Finding] | None = None) -> Sender:
    found: list[Finding] = [] if findings is None else findings
    read = read_alertmanager(dedent(text), "alertmanager.yml", found)
    assert read is not None, found
    return read


def faults(text: str) -> list[str]:
    found: list[Finding] = []
    assert read_alertmanager(dedent(text), "alertmanager.yml", found) is None
    return [f"{fault.place.line}:{fault.place.column}: {fault.message}" for fault in found]


def routes(root: SenderRoute) -> list[SenderRoute]:
    return [root, *(below for route in root.routes for below in routes(route))]


def test_matchers_are_read_in_every_spelling() -> None:
    written = [", ".join(map(str, route.matchers)) for route in routes(sender(WHOLE).root)]

    assert written == [
        "",
        'team="payments", code="500", empty="", service=~"stripe|ledger"',
        'severity="critical", env!~"dev.*", region="eu"',
        "",
    ]


def test_routes_inherit_receiver_grouping_and_times_but_no_hours() -> None:
    root, payments, critical, rest = routes(sender(WHOLE).root)

    assert [route.receiver for route in (root, payments, critical, rest)] == [
        "sre",
        "payments",
        "payments",
        "null",
    ]
    assert root.group_by == rest.group_by == ("alertname", "cluster")
    assert payments.group_by == critical.group_by == ("...",)
    assert [
        (route.group_wait_s, route.group_interval_s, route.repeat_interval_s)
        for route in (root, critical, rest)
    ] == [(60, 300, 14_400), (60, 0.5, 14_400), (60, 300, 129_600)]
    assert (payments.mute, payments.active) == (("weekends",), ())
    assert (critical.mute, critical.active) == ((), ("office",))
    assert [route.proceed for route in (root, payments, critical, rest)] == [False, True, False, False]


def test_each_route_says_where_it_stands_and_what_it_gives_itself() -> None:
    _, _, critical, rest = routes(sender(WHOLE).root)

    assert str(critical.place) == "alertmanager.yml:17:11"
    assert {key: place.line for key, place in critical.given.items()} == {
        "matchers": 17,
        "group_interval": 18,
        "active_time_intervals": 19,
    }
    assert set(rest.given) == {"receiver", "repeat_interval"}


def test_receivers_are_counted_by_kind_with_their_addresses() -> None:
    receivers = sender(WHOLE).receivers

    assert {name: dict(receiver.kinds) for name, receiver in receivers.items()} == {
        "sre": {"slack": 2},
        "payments": {"email": 2, "webhook": 3},
        "null": {},
    }
    assert receivers["payments"].emails == ("jane@example.com", "omar@example.com")


def test_webhooks_keep_where_they_post_to_and_no_secret() -> None:
    read = sender(WHOLE)
    first, second, third = read.receivers["payments"].webhooks

    assert first.url == "https://pager.example.org:8443/api/adapters/alertmanager"
    assert (first.send_resolved, first.max_alerts, first.auth) == (False, 20, "basic")
    assert (second.url, second.send_resolved, second.max_alerts, second.auth) == (None, True, 0, "X-API-Key")
    assert third.auth == "Bearer"
    assert "hunter2" not in repr(read) + str(first.url)
    assert "pager.example.org" not in repr(read.receivers)


def test_hours_of_both_sections_are_read() -> None:
    intervals = sender(WHOLE).intervals

    assert list(intervals) == ["weekends", "office", "never"]
    assert intervals["office"].intervals[0].times == ((540, 1020),)
    assert intervals["never"].intervals == intervals["never"].entries == ()


def test_inhibitions_timeout_and_templates_are_kept() -> None:
    read = sender(WHOLE)
    (rule,) = read.inhibit_rules

    assert list(map(str, rule.source)) == ['severity="critical"']
    assert list(map(str, rule.target)) == ['severity=~"warning|info"', 'env="prod"']
    assert rule.equal == ("alertname",)
    assert read.resolve_timeout_s == 600
    assert read.templates == ("/etc/alertmanager/*.tmpl",)


def test_anchors_aliases_and_merges_are_read() -> None:
    read = sender(
        """\
        x: &quick {group_wait: 5s, receiver: sre}
        route:
          receiver: sre
          routes:
            - <<: *quick
              matchers: [team="a"]
        receivers: [{name: sre}]
        """
    )

    assert read.root.routes[0].group_wait_s == 5


def test_a_key_of_a_newer_version_is_noted_and_passed_over() -> None:
    findings: list[Finding] = []
    sender("route: {receiver: a, routes: [{recever: a}]}\nreceivers: [{name: a, shiny: 2}]", findings)

    assert [(finding.severity, finding.message) for finding in findings] == [
        (
            "warning",
            'a route has a key "recever" that is not known here, so it is passed over. '
            'Did you mean "receiver"?',
        ),
        ("warning", 'a receiver has a key "shiny" that is not known here, so it is passed over.'),
    ]


def test_a_matcher_that_two_parsers_read_differently_is_taken_as_alertmanager_takes_it() -> None:
    findings: list[Finding] = []
    root = sender(
        """\
        route: {receiver: a, routes: [{matchers: ['a="\\x62"']}]}
        receivers: [{name: a}]
        """,
        findings,
    ).root

    assert root.routes[0].matchers[0].value == "\\x62"
    assert [finding.severity for finding in findings] == ["warning"]


@pytest.mark.parametrize(
    ("text", "messages"),
    [
        ("", ["1:1: holds no Alertmanager configuration: a mapping with a route and receivers is missing."]),
        ("receivers: [{name: a}]", ["1:1: there is no route: write one with a receiver."]),
        (
            "route: {receiver: sre-pagr}\nreceivers: [{name: sre-pager}]",
            ['1:19: receiver "sre-pagr" is not among the receivers. Did you mean "sre-pager"?'],
        ),
        (
            "route: {matchers: [a=b], continue: true}\nreceivers: []",
            [
                "1:8: the topmost route names no receiver: give it one.",
                "1:19: the topmost route takes every alert: remove its matchers.",
                "1:36: the topmost route takes every alert: remove its continue.",
            ],
        ),
        (
            "route: {receiver: a, group_wait: 30, group_interval: 0s, group_by: [x, x], routes: [b]}\n"
            "receivers: [{name: a}, {name: a}, {}, 7]",
            [
                '1:34: group_wait must be a duration (such as 5m), but is "30".',
                "1:54: group_interval must be longer than 0s.",
                "1:68: group_by names a label twice: remove one.",
                "1:85: a route must be a mapping: - receiver: …",
                '2:24: receiver "a" is already given at alertmanager.yml:2:13: rename one of them.',
                "2:35: this receiver has no name: give it one.",
                "2:39: a receiver must be a mapping: - name: …",
            ],
        ),
        (
            "route: {receiver: a, routes: [{\nmute_time_intervals: [nigths], match_re: {b: '(', c: },\n"
            "matchers: [d]}]}\n"
            "receivers: [{name: a}]\n"
            "time_intervals: [{name: nights, time_intervals: [\n"
            "{times: [{start_time: '22:00', end_time: '06:00'}]}]}]",
            [
                '2:23: time interval "nigths" is not among the time_intervals. Did you mean "nights"?',
                '2:43: matcher of "b": regular expression "(" is not RE2\'s: missing ): (. '
                r"Close the parenthesis, or write \( for one in the value.",
                '2:54: the expression of c is missing: write one, or "" for none.',
                '3:12: matcher "d": it lacks an operator after d: write one of = != =~ !~.',
                "6:10: start_time must be before end_time: split what goes over midnight into two ranges.",
            ],
        ),
    ],
)
def test_faults_say_where_and_what_to_do(text: str, messages: list[str]) -> None:
    assert faults(text) == messages
