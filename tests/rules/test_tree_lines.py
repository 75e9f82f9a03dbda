"""`rules tree` as text and as JSON: what is drawn, in which order, and what is left out."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from rules.drawing.lines import as_lines
from rules.drawing.parts import on_the_way, whole
from tests.rules.directory import EXAMPLES, rules
from tests.rules.test_cli_golden import expect_golden
from tests.rules.writing import NOON, ruled

ROUTES = """
    routes:
      - {name: first, matchers: [a="1"], continue: true}
      - name: second
        matchers: [b="2"]
        routes: [{name: inner, matchers: [c="3"]}]
    """


def test_the_examples_are_drawn_in_the_order_in_which_they_are_tried() -> None:
    result = rules("tree", EXAMPLES)

    assert result.exit_code == 0
    expect_golden("tree.text", result.output)


def test_no_line_is_wider_than_the_terminal() -> None:
    result = rules("tree", EXAMPLES, env={"COLUMNS": "60"})

    assert max(map(len, result.output.splitlines())) <= 60


def test_labels_draw_only_the_way_that_they_take() -> None:
    lines = as_lines(on_the_way(ruled(rules=ROUTES), {"a": "1", "b": "2", "c": "3"}, NOON), 80)

    assert [line.split()[1:3] for line in lines.splitlines() if "──" in line] == [
        ["●", "first"],
        ["second", "rules.yml:4"],
        ["●", "inner"],
    ]
    assert "what no route takes" not in lines


def test_labels_that_no_route_takes_draw_the_default_alone() -> None:
    parts = on_the_way(ruled(rules=ROUTES), {"d": "4"}, NOON)

    assert (parts.routes, parts.default is not None) == ((), True)


def test_labels_of_a_heartbeat_draw_it_alone() -> None:
    beating = ruled(rules='heartbeats: {eu: {matchers: [alertname="Watchdog"], within: 10m}}')

    parts = on_the_way(beating, {"alertname": "Watchdog"}, NOON)

    assert ([heartbeat.name for heartbeat in parts.heartbeats], parts.default) == (["eu"], None)


def test_a_namespace_is_drawn_alone() -> None:
    output = rules("tree", EXAMPLES, "--namespace", "payments").output

    assert "payments/stripe" in output
    assert "payments/nightly-export" in output
    assert "staging" not in output
    assert "default" not in output


def test_a_namespace_that_draws_nothing_is_a_wrong_command() -> None:
    result = rules("tree", EXAMPLES, "--namespace", "payment")

    assert result.exit_code == 2
    assert "these have: payments" in " ".join(result.output.split())


def test_labels_and_a_namespace_are_a_wrong_command() -> None:
    assert rules("tree", EXAMPLES, "a=b", "--namespace", "payments").exit_code == 2


def test_json_has_heartbeats_routes_chains_and_the_default() -> None:
    tree = json.loads(rules("tree", EXAMPLES, "--format", "json").output)

    assert [beat["name"] for beat in tree["heartbeats"]] == ["eu-1", "payments/nightly-export"]
    assert [route["name"] for route in tree["routes"]][:2] == ["staging", "payments/audit"]
    assert tree["default"]["chain"] == "triage"


def test_names_cannot_order_the_terminal_about() -> None:
    hostile = 'routes: [{name: x, matchers: ["a=\\"\\e[2J\\""], suppress: "\\e]0;owned\\a"}]'

    assert "\x1b" not in as_lines(whole(ruled(rules=hostile)), 80)


def test_rules_that_do_not_load_are_findings(tmp_path: Path) -> None:
    (tmp_path / "rules.yml").write_text("routes: [{}]", encoding="utf-8")

    result = rules("tree", tmp_path)

    assert result.exit_code == 1
    assert "[missing-key]" in result.stderr
    assert result.stdout == ""


@pytest.mark.parametrize("text", ["", "{}", "routes: []"])
def test_rules_without_routes_draw_the_default(text: str) -> None:
    assert "└── default" in as_lines(whole(ruled(rules=text)), 80)
