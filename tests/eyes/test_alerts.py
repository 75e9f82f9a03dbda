"""The alerts about the pager itself: each fires when it should, and names only what exists."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.docs.pages import ROOT, anchors
from tests.docs.test_metrics import served
from tests.eyes.promql import OF_TARGETS, faults, labels_served, names, promtool

HERE = Path(__file__).parent
PATH = ROOT / "helm" / "pingparrot" / "files" / "alerts.yaml"
CASES = sorted(HERE.glob("*.test.yaml"))
ALERTS = [rule for group in yaml.safe_load(PATH.read_text("utf-8"))["groups"] for rule in group["rules"]]

each_alert = pytest.mark.parametrize("alert", ALERTS, ids=lambda alert: str(alert["alert"]))


def test_promtool_takes_the_file() -> None:
    assert f"{len(ALERTS)} rules found" in promtool("check", "rules", PATH)


@pytest.mark.parametrize("cases", CASES, ids=lambda path: path.name)
def test_alerts_fire_and_are_quiet_as_their_cases_say(cases: Path) -> None:
    promtool("test", "rules", cases)


@each_alert
def test_each_alert_has_a_case_in_which_it_fires_and_one_in_which_it_does_not(alert: dict[str, Any]) -> None:
    tests = [test for path in CASES for test in yaml.safe_load(path.read_text("utf-8"))["tests"]]
    selector = f'ALERTS{{alertname="{alert["alert"]}", alertstate="firing"}}'
    fired = {
        bool(case["exp_samples"])
        for test in tests
        for case in test["promql_expr_test"]
        if case["expr"] == selector
    }
    assert fired == {True, False}


@each_alert
def test_each_alert_names_metrics_and_labels_that_exist(alert: dict[str, Any]) -> None:
    assert faults(alert["expr"]) == []


@each_alert
def test_each_alert_says_what_is_wrong_and_where_to_read_on(alert: dict[str, Any]) -> None:
    assert alert["labels"].keys() == {"severity"}
    assert alert["labels"]["severity"] in ("critical", "warning", "info")
    assert alert["annotations"].keys() == {"summary", "description", "runbook_url"}
    document, _, anchor = alert["annotations"]["runbook_url"].partition("#")
    assert document == "docs/runbook.md"
    assert anchor in anchors(ROOT / document)


@each_alert
def test_each_alert_speaks_of_labels_only_that_it_has(alert: dict[str, Any]) -> None:
    said = " ".join(alert["annotations"].values())
    spoken = set(re.findall(r"\$labels\.(\w+)", said))
    known = names(alert["expr"])
    kept = known.grouped or set.intersection(*(labels_served()[metric] for metric in known.metrics))
    whole = "on (" in alert["expr"] and alert["expr"].startswith("up{")  # a vector as scraped
    assert spoken <= kept | (OF_TARGETS if whole else set())


def test_no_metric_has_a_label_that_prometheus_gives_to_targets() -> None:
    given = OF_TARGETS | {"pod", "container", "endpoint", "node"}
    assert {label for _, labels in served().values() for label in labels} & given == set()
