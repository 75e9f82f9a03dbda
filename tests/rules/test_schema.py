"""The JSON Schemas say what the loader says: of shape everything, of meaning nothing."""

from __future__ import annotations

import json
import re
from typing import Any

import jsonschema_rs
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from rules import assembly, cases, expectations
from rules.findings import LEVELS, Finding
from rules.load import load
from rules.loading import behaviour, chains, heartbeats, integrations, intervals, roster, routes
from rules.model import PRIORITIES
from rules.texts import Sources
from tests.rules.directory import EXAMPLES, FAULTY, rules
from tests.rules.from_schema import CASES, FOLDER, RULES, documents, refused, written
from tests.rules.goods import good_texts
from tests.rules.writing import unset

DEFINITIONS = RULES["definitions"]

# What only the loader sees: names that stand elsewhere, orders, languages in the language, and how long a
# duration may be.
MEANING = {
    "bad-contact",
    "bad-heartbeat",
    "bad-interval",
    "bad-matcher",
    "bad-name",
    "bad-steps",
    "bad-template",
    "bad-time",
    "duplicate-name",
    "out-of-bounds",
    "unknown-chain",
    "unknown-time-interval",
    "unknown-zone",
    "unlisted-namespace",
}
SHAPE = {
    "bad-duration",
    "bad-suppress",
    "bad-target",
    "bad-value",
    "empty-expect",
    "missing-key",
    "shared-only",
    "too-long",
    "unknown-key",
    "unknown-schedule",
    "wrong-type",
}

DOCUMENTS = documents(
    RULES,
    duration=st.sampled_from(["1m", "90s", "10m", "1h"]),
    text=st.sampled_from(["a text", "{{ labels.alertname }}", 5]),
)
CASE_FILES = documents(CASES, moment=st.just("2026-03-01T03:00:00Z"))


def found(text: str) -> tuple[Finding, ...]:
    return load(Sources({"rules.yml": text}), unset).errors


def found_in_cases(text: str) -> list[Finding]:
    findings: list[Finding] = []
    cases.read_case_file(text, "rules.test.yml", findings)
    return findings


@pytest.mark.parametrize("schema", [RULES, CASES], ids=["rules", "cases"])
def test_a_schema_is_one(schema: dict[str, Any]) -> None:
    jsonschema_rs.meta.validate(schema)


@pytest.mark.parametrize(("options", "name"), [((), "rules"), (("--cases",), "cases")])
def test_schema_prints_the_file_that_is_installed(options: tuple[str, ...], name: str) -> None:
    result = rules("schema", *options)

    assert result.exit_code == 0
    assert result.output == (FOLDER / f"{name}.schema.json").read_text(encoding="utf-8")


@pytest.mark.parametrize("schema", [RULES, CASES], ids=["rules", "cases"])
def test_every_key_is_described(schema: dict[str, Any]) -> None:
    assert [path for path, value in _properties(schema, "") if "description" not in value] == []


def _properties(schema: Any, path: str) -> list[tuple[str, dict[str, Any]]]:
    inner = (
        schema.items() if isinstance(schema, dict) else enumerate(schema) if isinstance(schema, list) else ()
    )
    found = [pair for key, value in inner for pair in _properties(value, f"{path}/{key}")]
    # `oneOf` names keys again, to say which go together.
    if isinstance(schema, dict) and "/oneOf/" not in path and isinstance(schema.get("properties"), dict):
        found += [(f"{path}/{name}", value) for name, value in schema["properties"].items()]
    return found


@pytest.mark.parametrize(
    ("known", "schema"),
    [
        (assembly.SHARED_SECTIONS, RULES),
        (routes.KEYS, DEFINITIONS["route"]),
        (heartbeats.KEYS, DEFINITIONS["heartbeat"]),
        (intervals.FIELDS, DEFINITIONS["interval"]),
        (integrations.KEYS, RULES["properties"]["integrations"]["additionalProperties"]),
        ({*behaviour.FIELDS, "stale_after", "burst"} - {"group_by"}, RULES["properties"]["defaults"]),
        (expectations.FIELDS, CASES["definitions"]["expectation"]),
        (cases._CASE, CASES["definitions"]["case"]),
        (cases._KINDS, CASES["definitions"]["target"]),
    ],
)
def test_the_schema_has_the_keys_that_the_loader_knows(known: Any, schema: dict[str, Any]) -> None:
    assert set(schema["properties"]) == set(known)


@pytest.mark.parametrize(
    ("bound", "given"),
    [
        (chains.MAX_STEPS, DEFINITIONS["chain"]["properties"]["steps"]["maxItems"]),
        (chains.MAX_TARGETS, DEFINITIONS["laterStep"]["properties"]["page"]["anyOf"][1]["maxItems"]),
        (behaviour.MAX_LABELS, DEFINITIONS["route"]["properties"]["group_by"]["maxItems"]),
        (intervals.MAX_INTERVALS, RULES["properties"]["time_intervals"]["additionalProperties"]["maxItems"]),
        (intervals.MAX_RANGES, DEFINITIONS["interval"]["properties"]["months"]["maxItems"]),
        (roster.MAX_CONTACTS, DEFINITIONS["user"]["properties"]["contacts"]["maxItems"]),
        (roster.MAX_MEMBERS, DEFINITIONS["group"]["properties"]["members"]["maxItems"]),
        (heartbeats.MAX_HEARTBEATS, RULES["properties"]["heartbeats"]["maxProperties"]),
        (list(LEVELS), RULES["properties"]["lint"]["additionalProperties"]["enum"]),
        (list(PRIORITIES), DEFINITIONS["priorityName"]["enum"]),
    ],
)
def test_the_schema_has_the_bounds_of_the_loader(bound: Any, given: Any) -> None:
    assert given == bound


def test_the_defaults_that_are_shown_are_those_built_in() -> None:
    shown = {
        name: key["default"]
        for name, key in RULES["properties"]["defaults"]["properties"].items()
        if "default" in key
    }

    built_in, given = (
        load(Sources({"rules.yml": text}), unset).ruleset for text in ("{}", json.dumps({"defaults": shown}))
    )

    assert built_in is not None
    assert given is not None
    mine, theirs = built_in.terminals["default"], given.terminals["default"]
    for name in behaviour.Behaviour.__slots__:
        if name not in ("chain", "message"):
            assert getattr(mine, name) == getattr(theirs, name)
    assert (built_in.stale_after_s, built_in.burst) == (given.stale_after_s, given.burst)


@pytest.mark.parametrize(("name", "text"), good_texts())
def test_what_is_written_in_this_repository_is_taken(name: str, text: str) -> None:
    assert refused(CASES if ".test." in name else RULES, text) == []


def test_a_typing_error_is_refused() -> None:
    assert refused(RULES, FAULTY["web, eu.yml"]) != []


@given(DOCUMENTS)
@settings(suppress_health_check=list(HealthCheck))
def test_what_the_schema_takes_has_no_fault_of_shape(document: Any) -> None:
    text = written(document)

    assert refused(RULES, text) == []
    assert {finding.code for finding in found(text)} <= MEANING


@given(CASE_FILES)
@settings(suppress_health_check=list(HealthCheck))
def test_case_files_that_the_schema_takes_have_no_fault_of_shape(document: Any) -> None:
    text = written(document)

    assert refused(CASES, text) == []
    assert {finding.code for finding in found_in_cases(text)} <= MEANING


OTHERS = (
    None,
    True,
    5,
    -1,
    "",
    "a b",
    "never",
    [],
    {},
    ["a"],
    {"a": "b"},
    [None],
    {"name": "x"},
    10**6,
    "x" * 2100,
)


def _places(value: Any) -> list[tuple[Any, Any]]:
    """Return every container with a key or index in it."""
    keys = (
        list(value) if isinstance(value, dict) else list(range(len(value))) if isinstance(value, list) else []
    )
    return [(value, key) for key in keys] + [place for key in keys for place in _places(value[key])]


def _spoilt(document: Any, data: st.DataObject) -> Any:
    """Return the document with one thing taken away, renamed, put in or put in its place."""
    copy = json.loads(json.dumps(document))
    places = _places(copy)
    if not places:
        return data.draw(st.sampled_from(OTHERS))
    container, key = data.draw(st.sampled_from(places))
    act = data.draw(st.sampled_from(["remove", "rename", "add", "replace", "replace"]))
    if act == "replace":
        container[key] = data.draw(st.sampled_from(OTHERS))
    elif act == "remove" or isinstance(container, list):
        del container[key]
    elif act == "rename":
        container[data.draw(st.sampled_from(["nmae", "name", "user", "schedule", "suppress"]))] = (
            container.pop(key)
        )
    else:
        container[data.draw(st.sampled_from(["chain", "page", "at", "within"]))] = data.draw(
            st.sampled_from(OTHERS)
        )
    return copy


EXAMPLE = json.loads(
    json.dumps(
        {
            "defaults": {
                "chain": "c",
                "priority": {"label": "a", "values": {"b": "high"}},
                "expires": "never",
                "burst": 3,
            },
            "lint": {"unused-chain": "off"},
            "integrations": {"eu": {"resolve_hold": "5m"}},
            "namespaces": {"payments": ['team="a"']},
            "users": [{"email": "a@b", "admin": False, "contacts": ["ntfy://h/t"]}],
            "groups": {"g": {"members": ["a@b"], "description": "d"}},
            "chains": {
                "c": {
                    "steps": [
                        {"page": {"group": "g"}},
                        {"after": "5m", "page": [{"user": "a@b"}], "repeat": False},
                    ]
                }
            },
            "time_intervals": {
                "t": [
                    {
                        "times": [{"start_time": "09:00", "end_time": "17:00"}],
                        "weekdays": ["monday"],
                        "days_of_month": ["1:5"],
                        "months": [1],
                        "years": [2026],
                        "location": "UTC",
                    }
                ]
            },
            "heartbeats": {"h": {"matchers": ['a="b"'], "within": "10m", "priority": "high"}},
            "routes": [
                {
                    "name": "a",
                    "matchers": ['a="b"'],
                    "continue": True,
                    "group_by": ["a"],
                    "flap_limit": 5,
                    "routes": [
                        {"name": "b", "active_time_intervals": ["t"], "subject": "s", "acknowledge": "all"}
                    ],
                },
                {"name": "c", "suppress": "why"},
            ],
        }
    )
)
CASE_EXAMPLE = {
    "cases": [
        {
            "name": "a",
            "at": "2026-03-01T03:00:00Z",
            "labels": {"a": "b"},
            "expect": {
                "routes": ["a"],
                "priority": ["low", None],
                "held_until": None,
                "timeline": [{"at": "0s", "page": {"group": "g"}}, {"at": "5m", "page": [{"user": "a@b"}]}],
            },
        },
        {
            "name": "b",
            "heartbeat": {"name": "h", "stops": True},
            "expect": {"missing_at": "2026-03-01T03:10:00Z", "line": 3},
        },
    ]
}


@given(st.data())
@settings(max_examples=400, suppress_health_check=list(HealthCheck))
def test_the_schema_refuses_every_fault_of_shape(data: st.DataObject) -> None:
    text = written(_spoilt(EXAMPLE, data))

    faults = [finding for finding in found(text) if finding.code in SHAPE]

    assert not faults or refused(RULES, text), (text, faults)


@given(st.data())
@settings(max_examples=400, suppress_health_check=list(HealthCheck))
def test_the_schema_refuses_every_fault_of_shape_in_cases(data: st.DataObject) -> None:
    text = written(_spoilt(CASE_EXAMPLE, data))

    faults = [finding for finding in found_in_cases(text) if finding.code in SHAPE]

    assert not faults or refused(CASES, text), (text, faults)


@pytest.mark.parametrize("path", sorted(EXAMPLES.iterdir()), ids=lambda path: path.name)
def test_an_example_names_its_schema(path: Any) -> None:
    first = path.read_text(encoding="utf-8").splitlines()[0]

    named = re.fullmatch(r"# yaml-language-server: \$schema=(\S+)", first)

    assert named is not None
    assert (
        path.parent / named[1]
    ).resolve() == FOLDER / f"{'cases' if '.test.' in path.name else 'rules'}.schema.json"
