"""The OpenAPI document: valid, complete, and true of what is served."""

from __future__ import annotations

from typing import Any

import pytest
import schemathesis
from hypothesis import HealthCheck, given, settings
from schemathesis import Case, GenerationMode
from schemathesis.specs.openapi.checks import negative_data_rejection, positive_data_acceptance

from router.api.operation import Operation
from router.api.routes import OPERATIONS
from router.store.credentials import create_token
from tests.api.house import START, House


def test_the_document_is_served_without_credentials(sqlite_house: House) -> None:
    answer = sqlite_house.get("/api/openapi.json")
    assert answer.status_code == 200
    document = answer.json()
    assert document["openapi"] == "3.1.0"
    described = {(method.upper(), path) for path, methods in document["paths"].items() for method in methods}
    assert described == {(operation.method, operation.path) for operation in OPERATIONS}


def test_every_operation_is_summed_up(sqlite_house: House) -> None:
    document = sqlite_house.get("/api/openapi.json").json()
    for path, methods in document["paths"].items():
        for method, operation in methods.items():
            assert operation["summary"].endswith("."), (method, path)
            assert len(operation["summary"]) < 160


def fuzzed() -> list[Any]:
    """Every operation with data that is right, and with wrong data where there is anything to get wrong."""
    found = []
    for operation in OPERATIONS:
        name = f"{operation.method} {operation.path}"
        found.append(pytest.param(operation, GenerationMode.POSITIVE, id=f"{name} right"))
        if operation.body or operation.query or "{" in operation.path:
            found.append(pytest.param(operation, GenerationMode.NEGATIVE, id=f"{name} wrong"))
    return found


@pytest.mark.parametrize(("operation", "mode"), fuzzed())
def test_what_is_served_is_what_is_described(
    sqlite_house: House, operation: Operation, mode: GenerationMode
) -> None:
    schema = schemathesis.openapi.from_asgi("/api/openapi.json", sqlite_house.client.app)
    described = schema[operation.path][operation.method]
    token = sqlite_house.write(lambda connection: create_token(connection, sqlite_house.alice, "fuzz", START))
    headers = {
        "public": {},
        "key": {"X-API-Key": sqlite_house.keys["generic"]},
    }.get(operation.access, {"Authorization": f"Bearer {token}"})

    # What is well-formed may still point to nobody, and is then refused.
    excluded = [positive_data_acceptance]
    if operation.query is not None:
        # An unknown parameter of an address is passed over, and an empty one is as absent.
        excluded.append(negative_data_rejection)

    @settings(
        max_examples=15,
        derandomize=True,  # rarely, a text too long fits once it is cleaned: always the same examples
        deadline=None,
        database=None,
        suppress_health_check=list(HealthCheck),
    )
    @given(case=described.as_strategy(generation_mode=mode))
    def fuzz(case: Case) -> None:
        case.call_and_validate(headers=headers, excluded_checks=excluded)

    fuzz()
