"""values.yaml, its schema and the README's table say the same."""

from __future__ import annotations

import json
import tomllib
from collections.abc import Iterator
from typing import Any

import yaml

from tests.docs.pages import ROOT
from tests.helm.values_table import CHART, README, VALUES, documented, readme

SCHEMA: dict[str, Any] = json.loads((CHART / "values.schema.json").read_text(encoding="utf-8"))
WITHOUT_DEFAULTS = {"global"}  # Helm puts it into the values of every chart
WHOLE = {"#/$defs/resources", "#/$defs/probe", "#/$defs/strategy"}  # Kubernetes' own shapes: one row each


def resolved(schema: dict[str, Any]) -> dict[str, Any]:
    name = schema.get("$ref", "").removeprefix("#/$defs/")
    return SCHEMA["$defs"][name] if name else schema


def leaves(values: Any, schema: dict[str, Any], path: str = "") -> Iterator[str]:
    """The paths of values that stand for themselves: what the schema gives properties is opened."""
    properties = resolved(schema).get("properties")
    if properties is None or schema.get("$ref") in WHOLE:
        yield path
        return
    for name in values:
        yield from leaves(values[name], properties[name], f"{path}.{name}".lstrip("."))


def objects(schema: Any, path: str = "") -> Iterator[tuple[str, dict[str, Any]]]:
    """Every schema of an object with properties of its own, without the conditions between values."""
    if isinstance(schema, dict):
        if schema.get("type") == "object" and "properties" in schema:
            yield path, schema
        for name, inner in schema.items():
            if name not in ("if", "then", "else", "allOf"):
                yield from objects(inner, f"{path}/{name}")


def test_the_table_is_what_the_values_say() -> None:
    assert README.read_text(encoding="utf-8") == readme(), "write it anew: python -m tests.helm.values_table"


def test_every_value_is_documented_once() -> None:
    text = VALUES.read_text(encoding="utf-8")
    paths = [path for path, _ in documented(text)]
    assert sorted(paths) == sorted(leaves(yaml.safe_load(text), SCHEMA))


def test_the_schema_knows_the_values_that_have_defaults_and_no_others() -> None:
    values = yaml.safe_load(VALUES.read_text(encoding="utf-8"))
    assert set(SCHEMA["properties"]) - WITHOUT_DEFAULTS == set(values)
    for name, schema in SCHEMA["properties"].items():
        properties = resolved(schema).get("properties")
        if properties and schema.get("$ref") not in WHOLE:
            assert set(properties) == set(values[name]), name


def test_the_chart_installs_the_version_that_is_built() -> None:
    chart = yaml.safe_load((CHART / "Chart.yaml").read_text(encoding="utf-8"))
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    assert chart["appVersion"] == project["version"]


def test_no_object_of_the_schema_lets_a_typo_pass() -> None:
    open_ones = [path for path, schema in objects(SCHEMA) if schema.get("additionalProperties") is not False]
    assert open_ones == []
