"""`pingparrot rules import` as its users call it."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.rules.directory import rules

CONFIG = """\
route:
  receiver: sre
  group_by: [alertname]
  routes:
    - {receiver: payments, match: {team: payments}}
    - {receiver: payments, match: {team: payments, severity: critical}}
receivers:
  - name: sre
    slack_configs: [{api_url: https://hooks.slack.com/services/hunter2}]
  - name: payments
    webhook_configs: [{url: https://x:hunter2@example.com/hunter2}]
"""


@pytest.fixture
def config(tmp_path: Path) -> Path:
    path = tmp_path / "alertmanager.yml"
    path.write_text(CONFIG)
    return path


def test_it_writes_rules_and_cases_that_check_and_pass(config: Path, tmp_path: Path) -> None:
    folder = tmp_path / "rules"

    done = rules("import", config, "--output", folder)

    assert done.exit_code == 0
    assert "2 routes, 2 chains, 0 time intervals, 2 cases.\n" in done.stdout
    assert "Routes alike: proved for all labels (2 sorts of alerts).\n" in done.stdout
    assert "alertmanager.yml:6: no alert comes to this route, since others take all of its alerts.\n" in (
        done.stdout
    )
    assert "- alertmanager.yml:3: group_by [alertname]: Alertmanager goes on grouping.\n" in done.stdout
    assert rules("check", folder).exit_code == 0
    assert rules("test", folder).exit_code == 0


def test_it_tells_what_to_add_to_alertmanager_so_that_nothing_else_changes(
    config: Path, tmp_path: Path
) -> None:
    done = rules("import", config, "--output", tmp_path / "rules")

    assert (
        """\
route:
  routes:
    - receiver: pingparrot   # the first of all routes
      continue: true
    # … the routes that are there …
    - receiver: sre   # the last of all: what the topmost one answered
receivers:
  - name: pingparrot
    webhook_configs:
      - url: https://pager.example.org/api/adapters/alertmanager
"""
        in done.stdout
    )


def test_it_says_which_receiver_posts_here_already(config: Path, tmp_path: Path) -> None:
    config.write_text(CONFIG.replace("example.com/hunter2", "pager/api/adapters/alertmanager"))

    done = rules("import", config, "--output", tmp_path / "rules")

    assert "Alertmanager posts here already, by receiver payments" in done.stdout
    assert "key create" not in done.stdout


def test_no_secret_is_printed(config: Path) -> None:
    for form in ("text", "json"):
        done = rules("import", config, "--output", "-", "--format", form)
        assert done.exit_code == 0
        assert "hunter2" not in done.output


def test_a_dash_prints_the_rules_and_nothing_else(config: Path) -> None:
    done = rules("import", config, "--output", "-")

    assert done.stdout.startswith("# Made from alertmanager.yml by `pingparrot rules import`")
    assert "Next:" not in done.stdout
    assert "Next:" in done.stderr


def test_json_says_all_that_text_says(config: Path, tmp_path: Path) -> None:
    done = rules("import", config, "--output", tmp_path / "rules", "--format", "json")

    said = json.loads(done.stdout)
    assert said["files"] == [
        (tmp_path / "rules" / name).as_posix() for name in ("imported.yml", "imported.test.yml")
    ]
    assert [(route["name"], route["line"], route["receiver"]) for route in said["routes"]] == [
        ("payments", 5, "payments"),
        ("payments-critical", 6, "payments"),
    ]
    assert said["receivers"][0] == {"name": "sre", "chain": "sre", "page": [{"group": "sre"}]}
    assert said["routes_alike"] == "proved"
    assert said["unreached"] == [{"file": "alertmanager.yml", "line": 6}]
    assert said["not_carried_over"][0] == {
        "file": "alertmanager.yml",
        "line": 3,
        "subject": "group_by",
        "message": "group_by [alertname]: Alertmanager goes on grouping.",
    }


def test_people_are_chosen_for_receivers(config: Path, tmp_path: Path) -> None:
    choices = ("--receiver", "sre=group:ops,user:jane@example.com", "--receiver", "payments=suppress")

    done = rules("import", config, "--output", tmp_path / "rules", *choices)

    written = (tmp_path / "rules" / "imported.yml").read_text()
    assert done.exit_code == 0
    assert "sre: {steps: [{page: [{group: ops}, {user: jane@example.com}]}]}" in written
    assert "suppress: receiver payments of Alertmanager is to page nobody\n" in written


def test_where_everything_is_suppressed_it_says_so(config: Path) -> None:
    config.write_text("route: {receiver: a}\nreceivers: [{name: a}]")

    assert "No receiver notifies anybody" in rules("import", config, "--output", "-").stderr


def test_what_is_there_is_only_overwritten_by_force(config: Path, tmp_path: Path) -> None:
    folder = tmp_path / "rules"
    rules("import", config, "--output", folder)
    (folder / "imported.yml").write_text("# mine\n")

    refused = rules("import", config, "--output", folder)
    kept = (folder / "imported.yml").read_text()
    forced = rules("import", config, "--output", folder, "--force")

    assert refused.exit_code == 2
    assert "imported.yml is there already: choose another --output, or --force." in refused.stderr.replace(
        "\n", " "
    )
    assert kept == "# mine\n"
    assert forced.exit_code == 0


def test_rules_that_do_not_load_beside_what_is_there_are_not_written(config: Path, tmp_path: Path) -> None:
    folder = tmp_path / "rules"
    folder.mkdir()
    (folder / "shared.yml").write_text("defaults: {repeat_interval: 2m}\n")

    done = rules("import", config, "--output", folder)

    assert done.exit_code == 1
    assert "defaults are already given" in done.stderr
    assert "Nothing is written." in done.stderr
    assert not (folder / "imported.yml").exists()


def test_faults_are_told_without_the_line_that_may_hold_a_secret(config: Path) -> None:
    config.write_text(CONFIG.replace("receiver: sre\n", "receiver: src\n").replace("api_url: ", "api_url: {"))

    done = rules("import", config, "--output", "-")

    assert done.exit_code == 1
    assert done.stderr.startswith("alertmanager.yml:9:")
    assert "hunter2" not in done.output


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("nowhere.yml",), "cannot be read"),
        (("CONFIG", "--receiver", "sre"), "must be"),
        (("CONFIG", "--receiver", "sr=suppress"), "Did you mean"),
    ],
)
def test_a_wrong_command_exits_2(config: Path, words: tuple[str, ...], said: str) -> None:
    done = rules("import", *(config if word == "CONFIG" else word for word in words), "--output", "-")

    assert done.exit_code == 2
    assert said in done.stderr
