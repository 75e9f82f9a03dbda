"""Grafana's provisioning files: rules, contact points, policies."""

from __future__ import annotations

from pathlib import Path
from textwrap import dedent

import pytest

from rules.coverage.gathering import Gathered
from rules.coverage.summary import Summary
from rules.coverage.wording import condition_of, consequence_of
from rules.model import RuleSet
from tests.rules.coverage.covering import summary_of
from tests.rules.writing import ruled

FIXTURES = Path(__file__).parents[2] / "fixtures" / "coverage"

RULE = "{uid: u, title: Slow checkout, condition: C, data: [], labels: {team: a, env: $ENV}}"


def gathered(text: str) -> Gathered:
    found = Gathered()
    found.add_grafana("./alerting.yml", dedent(text))
    return found


def group(rule: str = RULE, folder: str = "Payments", more: str = "") -> str:
    return f"apiVersion: 1\ngroups: [{{name: g, folder: {folder}, rules: [{rule}]}}]\n{dedent(more)}"


def becomes(summary: Summary) -> dict[str, list[str]]:
    return {
        each.rule.name: [
            f"{condition_of(outcome, each)} → {consequence_of(outcome, each, str)}"
            for outcome in each.outcomes
        ]
        for each in summary.covered
    }


def our_rules() -> RuleSet:
    return ruled(
        a="""
        defaults: {chain: c}
        chains: {c: {steps: [{page: {group: sre}}]}}
        routes:
          - {name: broken, matchers: ['alertname=~"Datasource.+"']}
          - {name: payments, matchers: [grafana_folder="Payments", __adapter__="grafana"]}
        """
    )


def test_a_rules_labels_name_and_folder_are_known() -> None:
    (rule,) = gathered(group()).provisioned.rules
    known = rule.ways[0].known

    assert (rule.name, rule.group, rule.place.line) == ("Slow checkout", "Payments/g", 2)
    assert known.value("alertname") == "Slow checkout"
    assert known.value("grafana_folder") == "Payments"
    assert known.value("team") == "a"
    assert known.value("env") is None
    assert known.value("anything") is None


def test_provisioning_inside_a_config_map_is_found() -> None:
    indented = "".join(f"    {line}\n" for line in group().splitlines())
    found = gathered(f"apiVersion: v1\nkind: ConfigMap\ndata:\n  alerting.yml: |\n{indented}")

    assert [(rule.name, rule.place.line) for rule in found.provisioned.rules] == [("Slow checkout", 6)]


def test_a_folder_within_another_one_is_not_known_by_its_label() -> None:
    (rule,) = gathered(group(folder="Payments/EU")).provisioned.rules

    assert rule.ways[0].known.value("grafana_folder") is None


@pytest.mark.parametrize(
    ("states", "names"),
    [
        ("", ["", "no data"]),
        ("noDataState: OK, ", [""]),
        ("noDataState: Alerting, execErrState: Error, ", ["", "error"]),
        ("noDataState: NoData, execErrState: Alerting, ", ["", "no data"]),
    ],
)
def test_a_rule_fires_otherwise_when_its_data_source_fails(states: str, names: list[str]) -> None:
    (rule,) = gathered(group(f"{{{states}{RULE[1:]}")).provisioned.rules

    assert [way.when for way in rule.ways] == names
    for way in rule.ways[1:]:
        assert way.known.value("rulename") == "Slow checkout"
        assert way.known.value("alertname") in ("DatasourceNoData", "DatasourceError")


def test_what_becomes_of_a_rule_says_when() -> None:
    summary = summary_of(our_rules(), {}, grafana={"./g.yml": group()})

    assert becomes(summary) == {
        "Slow checkout": [
            "when it fires → payments (a.yml:6:5): group sre at once".replace(":5)", ")"),
            "on no data → broken (a.yml:5): group sre at once",
        ]
    }


def test_policies_and_contact_points_decide_what_comes_here() -> None:
    summary = summary_of(
        our_rules(), {}, grafana={"./alerting.yml": (FIXTURES / "grafana/alerting.yml").read_text()}
    )

    assert becomes(summary) == {
        "Cart errors": ['always → goes to contact point "chat", not here'],
        "Slow checkout": [
            "when it fires → payments (a.yml:6): group sre at once",
            "on no data and on error → broken (a.yml:5): group sre at once",
        ],
    }
    assert summary.findings == ()


def test_an_organisation_without_policies_is_taken_to_post_here() -> None:
    found = {
        "./alerting.yml": (FIXTURES / "grafana/alerting.yml").read_text().replace("orgId: 1", "orgId: 2", 1)
    }

    summary = summary_of(our_rules(), {}, grafana=found)

    assert [each.kind for each in summary.covered] == ["people", "people"]


POLICIES = """
policies:
  - receiver: pager
    repeat_interval: 12h
    routes:
      - {receiver: chat, object_matchers: [[team, "=", a], [env, "=~", "dev|test"]], continue: true}
      - {matchers: [team="b"], match: {x: y}, match_re: {z: "1|2"}, group_wait: 5s, group_by: ["..."]}
      - {receiver: chat, object_matchers: [[team, "~", a]]}
"""


def test_policies_inherit_and_match_in_every_spelling() -> None:
    found = gathered(f"apiVersion: 1\n{POLICIES}")
    root = found.provisioned.policies[1]

    assert [list(map(str, route.matchers)) for route in root.routes] == [
        ['team="a"', 'env=~"dev|test"'],
        ['team="b"', 'x="y"', 'z=~"1|2"'],
        [],
    ]
    assert [(route.receiver, route.proceed) for route in root.routes[:2]] == [
        ("chat", True),
        ("pager", False),
    ]
    assert root.routes[1].repeat_interval_s == 12 * 3600
    assert root.routes[1].group_wait_s == 5
    assert [finding.message for finding in found.findings] == [
        "an object matcher must be [label, operator, value]: correct it."
    ]


POINT = """
contactPoints:
  - name: pager
    receivers:
      - uid: p
        type: webhook
        disableResolveMessage: true
        settings: {url: "https://p.example.org/api/external/pages", maxAlerts: 5}
policies: [{receiver: pager, group_by: [alertname]}]
"""


def test_contact_points_are_linted_as_receivers_are() -> None:
    summary = summary_of(our_rules(), {}, grafana={"./g.yml": group(more=POINT)})

    assert [(finding.code, finding.place.line) for finding in summary.findings] == [
        ("no-resolves", 7),
        ("truncated-alerts", 7),
        ("no-credentials", 7),
    ]


@pytest.mark.parametrize(
    "text",
    [
        "apiVersion: 1\ngroups: 3",
        "apiVersion: 1\ngroups: [{rules: [1, {title: [x]}]}]",
        "apiVersion: 1\ncontactPoints: [1, {name: x, receivers: [{type: webhook, settings: 4}]}]",
        "apiVersion: 1\npolicies: [1]",
        "apiVersion: 1\npolicies: [{routes: [{object_matchers: [1], matchers: ['(']}]}]",
        "apiVersion: v1\nkind: List",
        "apiVersion: [1]",
    ],
)
def test_what_is_something_else_breaks_nothing(text: str) -> None:
    assert gathered(text).provisioned.rules == []
