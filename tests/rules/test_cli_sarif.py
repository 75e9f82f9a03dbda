"""The log holds to SARIF 2.1.0 (OASIS), as far as ours uses it: no property unknown, none missing."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from rules.codes import every_code
from tests.rules.directory import FAULTY, GOOD, rules, write

Shape = dict[str, Any]

# The objects of the schema that ours uses: property, type or shape, required; nothing else may be there.
MESSAGE: Shape = {"text": (str, True)}
REGION: Shape = {"startLine": (int, True), "startColumn": (int, True)}
LOCATION: Shape = {
    "physicalLocation": ({"artifactLocation": ({"uri": (str, True)}, True), "region": (REGION, True)}, True)
}
HELP: Shape = {"text": (str, True), "markdown": (str, True)}
RULE: Shape = {
    "id": (str, True),
    "shortDescription": (MESSAGE, True),
    "fullDescription": (MESSAGE, True),
    "help": (HELP, True),
    "helpUri": (str, True),
    "defaultConfiguration": ({"level": (str, True)}, True),
}
DRIVER: Shape = {"name": (str, True), "rules": ([RULE], True)}
RESULT: Shape = {
    "ruleId": (str, True),
    "ruleIndex": (int, True),
    "level": (str, True),
    "message": (MESSAGE, True),
    "locations": ([LOCATION], True),
}
RUN: Shape = {
    "tool": ({"driver": (DRIVER, True)}, True),
    "columnKind": (str, True),
    "results": ([RESULT], True),
}
LOG: Shape = {"$schema": (str, True), "version": (str, True), "runs": ([RUN], True)}


def check_shape(value: object, shape: object, where: str = "log") -> None:
    if isinstance(shape, list):
        assert isinstance(value, list), where
        for index, item in enumerate(value):
            check_shape(item, shape[0], f"{where}[{index}]")
    elif isinstance(shape, dict):
        assert isinstance(value, dict), where
        assert set(value) <= set(shape), f"{where}: {set(value) - set(shape)} is not in the schema"
        for name, (inner, required) in shape.items():
            assert not required or name in value, f"{where}.{name} is missing"
            if name in value:
                check_shape(value[name], inner, f"{where}.{name}")
    else:
        assert type(value) is shape, where


@pytest.fixture(params=["faulty", "good"])
def log(request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Shape:
    write(tmp_path, FAULTY if request.param == "faulty" else GOOD)
    monkeypatch.chdir(tmp_path.parent)
    parsed: Shape = json.loads(rules("check", tmp_path.name, "--format", "sarif").output)
    return parsed


def test_the_log_has_the_schemas_shape(log: Shape) -> None:
    check_shape(log, LOG)
    assert log["version"] == "2.1.0"
    assert log["$schema"].endswith("sarif-2.1.0.json")


def test_every_result_names_its_rule(log: Shape) -> None:
    for run in log["runs"]:
        ids = [rule["id"] for rule in run["tool"]["driver"]["rules"]]
        assert len(ids) == len(set(ids))
        assert run["columnKind"] in ("utf16CodeUnits", "unicodeCodePoints")
        for result in run["results"]:
            assert ids[result["ruleIndex"]] == result["ruleId"]
            assert result["ruleId"] in every_code()
            assert result["level"] in ("none", "note", "warning", "error")


def test_every_place_is_a_relative_uri_and_counts_from_one(log: Shape) -> None:
    for result in log["runs"][0]["results"]:
        (location,) = result["locations"]
        physical = location["physicalLocation"]
        assert not physical["artifactLocation"]["uri"].startswith(("/", "file:"))
        assert " " not in physical["artifactLocation"]["uri"]
        assert min(physical["region"].values()) >= 1


def test_good_rules_make_a_log_without_results(tmp_path: Path) -> None:
    write(tmp_path, GOOD)

    (run,) = json.loads(rules("check", tmp_path, "--format", "sarif").output)["runs"]

    assert run["results"] == []


def test_an_absolute_path_is_a_file_uri(tmp_path: Path) -> None:
    write(tmp_path, FAULTY)

    (run,) = json.loads(rules("check", tmp_path, "--format", "sarif").output)["runs"]

    uri = run["results"][0]["locations"][0]["physicalLocation"]["artifactLocation"]["uri"]
    assert uri == (tmp_path / "payments.yml").as_uri()
