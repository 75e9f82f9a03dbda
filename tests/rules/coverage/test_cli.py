"""`rules coverage` as people and CI call it."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.rules.directory import rules

FIXTURES = Path(__file__).parents[2] / "fixtures" / "coverage"
GOLDEN = Path(__file__).parents[1] / "golden"
WHOLE = (
    "coverage",
    "rules",
    "--prometheus",
    "prometheus/prometheus.yml",
    "--prometheus",
    "kubernetes.yml",
    "--alertmanager",
    "alertmanager.yml",
    "--grafana",
    "grafana",
)


@pytest.fixture(autouse=True)
def _beside_the_fixtures(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(FIXTURES)


@pytest.mark.parametrize(
    ("form", "file"),
    [
        ("text", "coverage.text"),
        ("markdown", "coverage.md"),
        ("json", "coverage.json"),
        ("github", "coverage.github"),
    ],
)
def test_every_format_is_as_it_was(form: str, file: str) -> None:
    result = rules(*WHOLE, "--format", form)

    assert result.output == (GOLDEN / file).read_text(encoding="utf-8")
    assert result.exit_code == 1


def test_the_summary_comes_first() -> None:
    assert rules(*WHOLE).output.splitlines()[0] == (
        "12 alerting rules: 1 reach people, 1 beat a heartbeat, 6 depend on labels, "
        "1 only the default chain, 2 swallowed before they get here, 1 nobody"
    )


@pytest.mark.parametrize(
    ("fail_on", "code", "failing"),
    [
        ('severity=~"critical|page"', 1, ["LedgerBehind"]),
        ("any", 1, ["Cart errors", "IndexStale", "LedgerBehind"]),
        ("never", 0, []),
        ("severity=info", 1, ["IndexStale"]),
        ('alertname="Nothing"', 0, []),
    ],
)
def test_which_rules_must_reach_somebody_can_be_chosen(fail_on: str, code: int, failing: list[str]) -> None:
    result = rules(*WHOLE, "--fail-on", fail_on, "--format", "json")

    messages = [
        found["message"]
        for found in json.loads(result.output)["findings"]
        if found["code"] == "rule-reaches-nobody"
    ]
    assert result.exit_code == code
    assert sorted(message.split('"')[1] for message in messages) == failing


def test_without_an_alertmanager_all_alerts_come_here() -> None:
    result = rules(
        "coverage", "rules", "--prometheus", "prometheus/rules/*.yml", "--external-label", "cluster=us-1"
    )

    assert "IndexStale" in result.output
    assert "swallowed" not in result.output
    assert "beats us-1 (rules/00-shared.yml:19)" in result.output
    assert (
        "no alerting rule given here beats these heartbeats\n  rules/00-shared.yml:18  eu-1" in result.output
    )


def test_routes_that_no_rule_reaches_are_listed() -> None:
    result = rules("coverage", "rules", "--prometheus", "prometheus/rules/applications.yml")

    assert (
        "no alerting rule given here reaches these routes\n  rules/00-shared.yml:27  nodes" in result.output
    )


def test_an_integration_decides_what_its_alerts_meet(tmp_path: Path) -> None:
    (tmp_path / "rules.yml").write_text(
        "defaults: {chain: c}\nchains: {c: {steps: [{page: {group: sre}}]}}\n"
        "routes:\n  - {name: eu, matchers: [__integration__=prometheus-eu]}\n"
    )
    (tmp_path / "alerts.yml").write_text("groups: [{name: g, rules: [{alert: A, expr: vector(1)}]}]")
    command = ("coverage", tmp_path / "rules.yml", "--prometheus", tmp_path / "alerts.yml")

    assert '__integration__="prometheus-eu"  eu (' in rules(*command).output
    assert "always  eu (" in rules(*command, "--integration", "prometheus-eu").output
    assert "always  the default chain" in rules(*command, "--integration", "other").output


def test_a_file_that_is_named_twice_is_read_once() -> None:
    result = rules(
        "coverage",
        "rules",
        "--prometheus",
        "prometheus",
        "--prometheus",
        "../coverage/prometheus/prometheus.yml",
    )

    assert result.output.startswith("8 alerting rules: ")


def test_files_of_a_prometheus_yml_outside_of_its_directory_are_not_read(tmp_path: Path) -> None:
    (tmp_path / "secret.yml").write_text("groups: [{name: g, rules: [{alert: Secret, expr: up}]}]")
    config = tmp_path / "in" / "prometheus.yml"
    config.parent.mkdir()
    config.write_text(f"rule_files: [../secret.yml, '{tmp_path}/*.yml', /etc/nowhere/*.yml]")

    result = rules("coverage", "rules", "--prometheus", config)

    assert "Secret" not in result.output
    assert result.output.count("[unread-rule-files]") == 3
    assert result.exit_code == 0


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (("--prometheus", "rules"), "there are no alerting rules in 2 files."),
        ((), "name alerting rules: --prometheus, --grafana, or both"),
        (("--prometheus", "nowhere/*.yml"), "nowhere/*.yml: no file is named so"),
        (("--prometheus", "nowhere.yml"), "there is no such file"),
        (("--prometheus", "kubernetes.yml", "--alertmanager", "nowhere.yml"), "nowhere.yml: cannot be read"),
        (("--prometheus", "kubernetes.yml", "--fail-on", "("), "Or say any, or never."),
        (("--prometheus", "kubernetes.yml", "--external-label", "x"), "must be written as name=value"),
    ],
)
def test_a_wrong_command_says_what_to_do(words: tuple[str, ...], told: str) -> None:
    result = rules("coverage", "rules", *words)

    assert result.exit_code == 2
    assert told in " ".join(result.output.replace("│", " ").split())


def test_a_mistyped_receiver_is_corrected() -> None:
    result = rules(*WHOLE, "--receiver", "pingparot")

    assert result.exit_code == 2
    assert 'Did you mean "pingparrot"?' in " ".join(result.output.replace("│", " ").split())


def test_an_alertmanager_with_faults_is_shown_instead(tmp_path: Path) -> None:
    (tmp_path / "am.yml").write_text("route: {receiver: chat}\nreceivers: []")

    result = rules(
        "coverage", "rules", "--prometheus", "kubernetes.yml", "--alertmanager", tmp_path / "am.yml"
    )

    assert result.exit_code == 1
    assert "[unknown-receiver]" in result.output
    assert "alerting rules" not in result.output


def test_rules_with_faults_are_shown_instead(tmp_path: Path) -> None:
    (tmp_path / "rules.yml").write_text("routes: [{name: a, chian: b}]")

    result = rules("coverage", tmp_path, "--prometheus", "kubernetes.yml")

    assert result.exit_code == 1
    assert 'Did you mean "chain"?' in result.output


def test_files_that_cannot_be_read_fail_and_the_others_go_on(tmp_path: Path) -> None:
    (tmp_path / "a.yml").write_text("groups: [{name: g, rules: [{alert: A, expr: up}]}]")
    (tmp_path / "b.yml").write_bytes(b"alert: \xff")
    (tmp_path / "c.yml").write_text("alert: [")

    result = rules("coverage", "rules", "--prometheus", tmp_path)

    assert result.exit_code == 1
    assert result.output.startswith("1 alerting rule: ")
    assert "[unreadable]" in result.output
    assert "[bad-yaml]" in result.output


def test_what_rules_are_called_gives_no_orders_to_a_terminal(tmp_path: Path) -> None:
    name = json.dumps("\x1b[2J|`@all <b>")
    (tmp_path / "a.yml").write_text(f"groups: [{{name: g, rules: [{{alert: {name}, expr: up}}]}}]")
    command = ("coverage", "rules", "--prometheus", tmp_path)

    assert "\x1b" not in rules(*command).output
    assert "\\|\\`\\@all &lt;b&gt;" in rules(*command, "--format", "markdown").output
