"""docs/api.md and the route table name the same endpoints, fields and kinds of events."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any, get_args

import pytest

from router.api.routes import OPERATIONS, document
from router.store.audit import Act
from tests.docs.pages import ROOT, blocks, ticked

PAGE = ROOT / "docs" / "api.md"
_ENDPOINT = re.compile(r"`([A-Z]+) (/api/[^`?]*)`")
_EVENT = re.compile(r"\bEvent\(\s*\"(\w+)\"")
_REASON = re.compile(r"^ClosedReason = Literal\[(.*)\]$", re.MULTILINE)


def test_every_endpoint_is_listed_and_nothing_else() -> None:
    listed = set(_ENDPOINT.findall(PAGE.read_text("utf-8")))
    adapters = {(method, path) for method, path in listed if path.startswith("/api/adapters/")}
    assert listed - adapters == {(operation.method, operation.path) for operation in OPERATIONS}


def fields(schema: Any) -> Iterator[str]:
    if isinstance(schema, dict):
        yield from schema.get("properties", ())
        for value in schema.values():
            yield from fields(value)


@pytest.mark.parametrize("name", sorted(document()["components"]["schemas"]))
def test_every_field_is_named(name: str) -> None:
    text = " ".join([*ticked(PAGE), *blocks(PAGE, "json")])
    schema = document()["components"]["schemas"][name]
    missing = [field for field in fields(schema) if not re.search(rf"\b{field}\b", text)]
    assert missing == [] or name == "LinkAnswer"  # Laravel's


def test_every_parameter_is_named() -> None:
    text = " ".join(ticked(PAGE))
    for methods in document()["paths"].values():
        for operation in methods.values():
            for parameter in operation.get("parameters", ()):
                assert re.search(rf"\b{parameter['name']}\b", text), parameter["name"]


def test_every_kind_of_event_is_explained() -> None:
    kinds: set[str] = set()
    for source in (ROOT / "router").rglob("*.py"):
        kinds |= set(_EVENT.findall(source.read_text("utf-8")))
    assert {"created", "acknowledged", "delivered"} <= kinds
    assert kinds - set(ticked(PAGE)) == set()


def test_every_reason_for_closing_is_explained() -> None:
    source = (ROOT / "router" / "lifecycle" / "model.py").read_text("utf-8")
    (reasons,) = _REASON.findall(source)
    assert set(re.findall(r"\"(\w+)\"", reasons)) - set(ticked(PAGE)) == set()


def test_every_act_of_the_audit_log_is_explained() -> None:
    assert set(get_args(Act)) - set(ticked(PAGE)) == set()
