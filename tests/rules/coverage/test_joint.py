"""What a sender's configuration and our rules make of each other, beyond the examples of the codes."""

from __future__ import annotations

import pytest

from tests.rules.coverage.covering import sender_of, summary_of
from tests.rules.writing import ruled

URL = "https://key:secret@pager.example.org/api/adapters/alertmanager?key=secret"
ALERTS = {
    "./alerts.yml": """
groups:
  - name: g
    rules:
      - {alert: Watchdog, expr: vector(1), labels: {severity: none}}
      - {alert: Down, expr: up == 0, labels: {severity: critical}}
      - {alert: Slow, expr: sum by (shop) (slow) > 1, labels: {severity: warning}}
"""
}
RULES = """
defaults: {chain: c}
chains: {c: {steps: [{page: {group: sre}}, {after: 5m, page: {group: all-hands}}]}}
heartbeats: {eu-1: {matchers: [alertname="Watchdog"], within: 10m}}
routes:
  - {name: shops, matchers: [shop=~".+"]}
"""


def found(
    route: str, receivers: str | None = None, rules: str = RULES, named: tuple[str, ...] = ()
) -> list[str]:
    """Return the findings of an alertmanager.yml with this route and our receiver `pp`."""
    ours = f"[{{name: pp, webhook_configs: [{{url: '{URL}'}}]}}, {{name: chat}}]"
    sender = sender_of(f"route: {route}\nreceivers: {receivers or ours}")
    summary = summary_of(ruled(a=rules), ALERTS, sender=sender, named=named)
    return [f"{each.place.line} {each.severity} {each.code}: {each.message}" for each in summary.findings]


def codes(lines: list[str]) -> list[str]:
    return sorted(line.split()[2].rstrip(":") for line in lines)


def test_a_sound_pair_has_no_findings() -> None:
    assert found("{receiver: pp, group_by: [alertname, shop], group_interval: 1m, repeat_interval: 5m}") == []


def test_the_heartbeats_route_alone_must_be_quick() -> None:
    quick = "{receiver: pp, matchers: [severity=none], group_interval: 1m, repeat_interval: 1m}"

    lines = found(f"{{receiver: pp, group_by: [shop], group_interval: 1m, routes: [{quick}]}}")

    assert lines == []


def test_a_slow_heartbeat_is_told_with_both_times() -> None:
    (line,) = found("{receiver: pp, group_by: [shop], group_interval: 2m, repeat_interval: 8m}")

    assert line.startswith(
        '1 error slow-heartbeat: heartbeat "eu-1" (a.yml:4:14) must come within 10m, but this route '
    )
    assert "group_interval, 10m: it pages although all is well" in line


def test_a_receiver_whose_url_is_elsewhere_is_asked_for() -> None:
    hidden = "[{name: pp, webhook_configs: [{url_file: /run/secrets/url}]}]"

    (line,) = [each for each in found("{receiver: pp}", hidden) if "rule-reaches" not in each]

    assert "no receiver posts to PingParrot" in line
    assert (
        'The addresses of "pp" are not in the file: if one of them is PingParrot, say so with --receiver.'
        in line
    )


def test_a_receiver_that_is_named_is_ours() -> None:
    hidden = "[{name: pp, webhook_configs: [{url_file: /run/secrets/url, max_alerts: 3}]}]"

    lines = found(
        "{receiver: pp, group_by: [shop], group_interval: 1m, repeat_interval: 5m}", hidden, named=("pp",)
    )

    assert codes(lines) == ["no-credentials", "truncated-alerts"]


def test_no_secret_of_a_url_is_told() -> None:
    url = "https://pager.example.org/hidden-path"
    lines = found("{receiver: pp}", f"[{{name: pp, webhook_configs: [{{url: '{url}'}}]}}]")
    lines += found("{receiver: chat}")

    assert lines
    assert not any("hidden" in line or "secret" in line for line in lines)


@pytest.mark.parametrize(
    "http",
    [
        "basic_auth: {username: u, password_file: f}",
        "authorization: {credentials_file: f}",
        "http_headers: {X-API-Key: {files: [f]}}",
        "bearer_token_file: f",
    ],
)
def test_every_way_to_give_a_key_is_one(http: str) -> None:
    plain = "https://pager.example.org/api/external/pages/"
    receivers = f"[{{name: pp, webhook_configs: [{{url: '{plain}', http_config: {{{http}}}}}]}}]"

    lines = found("{receiver: pp, group_by: [shop], group_interval: 1m, repeat_interval: 5m}", receivers)

    assert lines == []


def test_two_webhooks_of_one_receiver_come_twice() -> None:
    hook = f"{{url: '{URL}'}}"

    lines = found(
        "{receiver: pp, group_by: [shop], group_interval: 1m, repeat_interval: 5m}",
        f"[{{name: pp, webhook_configs: [{hook}, {hook}]}}]",
    )

    assert codes(lines) == ["posted-twice"]


def test_grouping_matters_only_to_routes_that_do_not_group_themselves() -> None:
    bundled = RULES.replace('[shop=~".+"]}', '[shop=~".+"], group_by: [shop]}')
    route = "{receiver: pp, group_by: [alertname], group_interval: 1m, repeat_interval: 5m}"

    assert codes(found(route)) == ["coarse-grouping"]
    assert found(route, rules=bundled) == []


def test_what_a_senders_route_fixes_is_not_mixed() -> None:
    route = '{receiver: chat, routes: [{receiver: pp, matchers: [shop="eu"], repeat_interval: 5m}]}'

    assert "coarse-grouping" not in codes(found(route))


def test_severities_chosen_in_the_rules_hold() -> None:
    chosen = RULES + "lint: {coarse-grouping: error, slow-heartbeat: off}\n"
    route = "{receiver: pp, group_by: [alertname], group_interval: 4m, repeat_interval: 4h}"

    lines = found(route, rules=chosen)

    assert [line.split(":")[0] for line in lines] == ["1 error coarse-grouping"]


def test_the_routes_that_keep_rules_from_us_are_counted() -> None:
    route = "{receiver: chat, routes: [{receiver: pp, matchers: [severity=critical]}]}"

    lines = [line for line in found(route) if "swallowed-rules" in line]

    assert len(lines) == 1
    assert (
        'this route sends 2 alerting rules to "chat" and not to PingParrot ("Watchdog", "Slow")' in lines[0]
    )
