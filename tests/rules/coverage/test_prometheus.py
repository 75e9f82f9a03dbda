"""Rule files, Kubernetes objects, prometheus.yml: what is known of the labels of their alerts."""

from __future__ import annotations

import subprocess
from pathlib import Path
from textwrap import dedent

import pytest

from rules.coverage.alerting import AlertingRule
from rules.coverage.gathering import Gathered
from rules.coverage.knowledge import Knowledge

FIXTURES = Path(__file__).parents[2] / "fixtures" / "coverage"


def gathered(*texts: str, **external: str) -> tuple[tuple[AlertingRule, ...], list[str]]:
    found = Gathered()
    for number, text in enumerate(texts):
        found.add_prometheus(f"./{number}.yml", dedent(text))
    rules = found.sent(external)
    return rules, [f"{each.place}: {each.message} [{each.code}]" for each in found.findings]


def known_of(rule: str, *others: str, **external: str) -> Knowledge:
    """Return what is known of the only rule's alerts."""
    (only,), faults = gathered(f"groups: [{{name: g, rules: [{rule}]}}]", *others, **external)
    assert faults == []
    (way,) = only.ways
    return way.known


def test_a_rules_own_labels_win_over_what_its_expression_says() -> None:
    known = known_of('{alert: Down, expr: \'up{team="a", env="prod"}\', labels: {team: b}}')

    assert known.value("team") == "b"
    assert known.value("env") == "prod"
    assert known.value("alertname") == "Down"
    assert known.value("__name__") == ""


def test_a_template_fills_in_what_nobody_knows() -> None:
    known = known_of('{alert: Down, expr: up, labels: {team: "{{ $labels.owner }}-oncall"}}')

    assert known.value("team") is None


def test_a_template_that_copies_a_label_has_what_is_known_of_it() -> None:
    known = known_of(
        '{alert: Down, expr: \'sum by (owner) (up{owner=~"a|b"})\', labels: {team: "{{ $labels.owner }}"}}'
    )

    assert known.allows({"alertname": "Down", "owner": "a", "team": "a"})
    assert not known.allows({"alertname": "Down", "owner": "a", "team": "c"})


def test_an_empty_label_removes_one() -> None:
    assert known_of('{alert: Down, expr: \'up{team="a"}\', labels: {team: ""}}').value("team") == ""


def test_labels_of_a_group_hold_where_a_rule_has_none() -> None:
    (first, second), _ = gathered(
        """
        groups:
          - name: g
            labels: {team: a, env: prod}
            rules:
              - {alert: One, expr: up}
              - {alert: Two, expr: up, labels: {team: b}}
        """
    )

    assert first.ways[0].known.value("team") == "a"
    assert second.ways[0].known.value("team") == "b"
    assert second.labels == {"team": "b", "env": "prod"}


def test_external_labels_are_added_where_an_alert_has_none() -> None:
    known = known_of(
        "{alert: Down, expr: 'sum by (env) (up)', labels: {team: a}}", cluster="eu", team="z", env="x"
    )

    assert known.value("cluster") == "eu"
    assert known.value("team") == "a"
    assert known.value("env") is None
    assert not known.allows({"alertname": "Down", "team": "a", "cluster": "eu"})


def test_external_labels_alone_make_a_prometheus_yml() -> None:
    known = known_of("{alert: Down, expr: vector(1)}", "global: {external_labels: {cluster: eu}}")

    assert known.value("cluster") == "eu"


CONFIGURATION = """
global: {external_labels: {cluster: eu, replica: "$HOSTNAME", tier: prod}}
alerting:
  alert_relabel_configs:
    - {action: labeldrop, regex: "replica|tier"}
    - {source_labels: [job], target_label: team}
  alertmanagers:
    - alert_relabel_configs: [{source_labels: [env], regex: dev, action: drop}]
"""


def test_relabeling_makes_unknown_what_it_writes_and_absent_what_it_drops() -> None:
    (rule,), faults = gathered(
        "groups: [{name: g, rules: [{alert: Down, expr: vector(1), labels: {team: a}}]}]", CONFIGURATION
    )
    known = rule.ways[0].known

    assert known.value("cluster") == "eu"
    assert known.value("replica") == ""
    assert known.value("tier") == ""
    assert known.value("team") is None
    assert [fault.partition(": ")[2] for fault in faults] == [
        "alert_relabel_configs drop some alerts here (drop), which never come: what is said of their rules "
        "holds for those that are kept. [relabeling-drops]"
    ]


def test_a_relabeling_of_any_label_leaves_nothing_known() -> None:
    mapped = "alerting: {alert_relabel_configs: [{action: labelmap, regex: 'x_(.+)'}]}"
    (rule,), _ = gathered("groups: [{name: g, rules: [{alert: Down, expr: vector(1)}]}]", mapped)

    assert rule.ways[0].known.value("alertname") is None


def test_two_configurations_are_refused() -> None:
    _, faults = gathered(CONFIGURATION.split("alerting")[0] + "rule_files: []", CONFIGURATION)

    assert any("is a second prometheus.yml, after ./0.yml" in fault for fault in faults)


def test_kubernetes_objects_are_found_in_lists_and_in_later_documents() -> None:
    text = (FIXTURES / "kubernetes.yml").read_text()

    rules, faults = gathered(text)

    assert [(rule.name, rule.group, rule.place.line) for rule in rules] == [
        ("PodCrashLooping", "pods", 11),
        ("VolumeFull", "volumes", 27),
    ]
    assert faults == []


def test_aliases_are_read() -> None:
    rules, faults = gathered((FIXTURES / "prometheus/rules/nodes.yml").read_text())

    assert [(rule.name, rule.labels.get("severity")) for rule in rules] == [
        ("DiskFull", "warning"),
        ("ClockSkew", "warning"),
        ("Watchdog", "none"),
        ("TargetDown", "warning"),
    ]
    assert faults == []


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ("groups: [{rules: [{alert: A}]}]", '0.yml:1:19: alerting rule "A" has no expr: correct it'),
        ("groups: [{rules: [{alert: '', expr: up}]}]", "0.yml:1:19: an alerting rule has no name"),
        (
            "groups: [{rules: [{expr: up}, {alert: A, expr: up}]}]",
            "0.yml:1:19: a rule has neither alert nor record",
        ),
        (
            "groups: [{rules: [{alert: A, expr: up, labels: [a]}]}]",
            "labels must be a mapping, but are a list",
        ),
        ("alert: [", "0.yml:1:9: is not YAML"),
        ("alert: {{ .Values.alert }}", "Render a template first (helm template)."),
        ("alert: *nowhere", "alias *nowhere has no anchor"),
    ],
)
def test_faults_say_where_and_what_to_do(text: str, fault: str) -> None:
    _, faults = gathered(text)

    assert len(faults) == 1
    assert fault in faults[0]


def test_a_billion_laughs_are_refused() -> None:
    lines = ["alert: &a0 [x, x, x, x, x, x, x, x, x, x]"]
    lines += [f"alert{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 10)}]" for n in range(1, 12)]

    _, faults = gathered("\n".join(lines))

    assert len(faults) == 1
    assert "once aliases are filled in" in faults[0]


WITHIN = """
apiVersion: v1
kind: ConfigMap
data:
  readme: |
    groups: of [rules
  rules.yml: |
    groups:
      - name: g
        rules:
          - alert: Inside
            expr: up == 0
"""
VALUES = """
additionalPrometheusRulesMap:
  mine: {groups: [{name: m, rules: [{alert: Mapped, expr: up}]}]}
serverFiles:
  alerting_rules.yml:
    groups:
      - {name: s, rules: [{alert: Served, expr: up}]}
groups: {admin: [alert]}
"""


def test_rules_are_found_in_config_maps_and_helm_values() -> None:
    rules, faults = gathered(WITHIN, VALUES)

    assert [(rule.name, rule.place.file, rule.place.line) for rule in rules] == [
        ("Inside", "./0.yml", 11),
        ("Mapped", "./1.yml", 3),
        ("Served", "./1.yml", 7),
    ]
    assert faults == []


def test_aliases_of_one_text_are_looked_into_once() -> None:
    aliases = "\n".join(f"  c{number}: *text" for number in range(2000))
    text = f"data:\n  a: &text |\n    groups: [{{name: g, rules: [{{alert: A, expr: up}}]}}]\n{aliases}\n"

    rules, _ = gathered(text)

    assert len(rules) == 1


@pytest.mark.parametrize(
    "text",
    [
        "",
        "just a text with alert",
        "[alert, 1]",
        "groups: alert",
        "groups: [alert, [1], {rules: 1}, {rules: {}}]",
        "kind: List\nitems: [alert, 1, {kind: PrometheusRule, spec: 1}]",
        "{kind: [alert], groups: 1}",
        "{rule_files: 1, alerting: [alert], global: {external_labels: 3}}",
        "{alerting: {alert_relabel_configs: [{}, 1], alertmanagers: [1]}}",
    ],
)
def test_what_is_something_else_is_passed_over(text: str) -> None:
    rules, _ = gathered(text)

    assert rules == ()


@pytest.mark.slow
def test_promtool_takes_the_fixtures(promtool: str) -> None:
    files = sorted(map(str, (FIXTURES / "prometheus/rules").glob("*.yml")))

    rules = subprocess.run([promtool, "check", "rules", *files], check=False, timeout=60)
    config = subprocess.run(
        [promtool, "check", "config", str(FIXTURES / "prometheus/prometheus.yml")], check=False, timeout=60
    )

    assert (rules.returncode, config.returncode) == (0, 0)
