"""The Grafana dashboard: current, importable by any Grafana, and asking only for what exists."""

from __future__ import annotations

import json
from collections.abc import Iterator
from itertools import combinations
from pathlib import Path
from typing import Any

from scripts import dashboard
from tests.docs.test_metrics import served
from tests.eyes.promql import check_parse, faults, names

SHOWN = json.loads(dashboard.TARGET.read_text("utf-8"))
PANELS = [panel for panel in SHOWN["panels"] if panel["type"] != "row"]


def expressions() -> list[str]:
    """Return every expression, with Grafana's variables filled in."""
    filled = []
    for panel in PANELS:
        for target in panel["targets"]:
            expr = target["expr"].replace("$__rate_interval", "5m").replace("$__range", "6h")
            filled.append(expr.replace("$namespace", ".*"))
    return filled


def test_the_file_is_what_the_script_writes() -> None:
    assert dashboard.TARGET.read_text("utf-8") == dashboard.text(), "run: python -m scripts.dashboard"


def test_every_expression_parses(tmp_path: Path) -> None:
    assert not [expr for expr in expressions() if "$" in expr]
    check_parse(expressions(), tmp_path)


def test_every_expression_names_metrics_and_labels_that_exist() -> None:
    assert [fault for expr in expressions() for fault in faults(expr)] == []


def test_legends_speak_of_labels_that_their_series_have() -> None:
    for panel in PANELS:
        for target in panel["targets"]:
            spoken = {part.split("}}")[0] for part in target["legendFormat"].split("{{")[1:]}
            assert spoken <= names(target["expr"]).grouped | {"instance"}, target


def test_every_metric_is_on_the_dashboard() -> None:
    shown = {metric.removesuffix("_bucket") for expr in expressions() for metric in names(expr).metrics}
    assert set(served()) - shown == set()


def test_any_grafana_can_import_it() -> None:
    assert [variable["name"] for variable in SHOWN["templating"]["list"]] == ["datasource", "namespace"]
    assert "id" not in {key for value in _mappings(SHOWN) for key in value}
    assert {value["uid"] for value in _mappings(SHOWN) if value.get("type") == "prometheus"} == {
        "${datasource}"
    }


def test_no_panel_lies_upon_another() -> None:
    places = [panel["gridPos"] for panel in SHOWN["panels"]]
    for one, other in combinations(places, 2):
        beside = one["x"] + one["w"] <= other["x"] or other["x"] + other["w"] <= one["x"]
        apart = one["y"] + one["h"] <= other["y"] or other["y"] + other["h"] <= one["y"]
        assert beside or apart, (one, other)
    assert max(place["x"] + place["w"] for place in places) <= 24


def _mappings(value: Any) -> Iterator[dict[str, Any]]:
    if isinstance(value, dict):
        yield value
        for inner in value.values():
            yield from _mappings(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from _mappings(inner)
