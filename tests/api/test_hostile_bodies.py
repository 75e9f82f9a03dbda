"""Whatever is posted, to whichever endpoint: a JSON error, never a 500, never a traceback."""

from __future__ import annotations

import json
from contextlib import suppress

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from router.api.body import decode_object
from router.api.operation import Operation
from router.api.routes import OPERATIONS
from router.api.schemas import AcknowledgeBody, LoginBody, SendBody
from router.api.validation import check
from router.commands.refusals import Invalid
from tests.api.house import House

POSTS = [operation for operation in OPERATIONS if operation.body is not None]

BROKEN = {
    "truncated": b'{"subject": "x',
    "trailing": b'{"subject": "x"} y',
    "single quotes": b"{'subject': 'x'}",
    "form": b"subject=x&message=y",
    "invalid utf-8": b'{"subject": "\xff\xfe"}',
    "utf-16": '{"subject": "x"}'.encode("utf-16"),
    "lone surrogate": b'{"subject": "\\ud800"}',
    "deep arrays": b"[" * 200_000,
    "deep objects": b'{"a":' * 100_000,
    "deep and closed": b'{"a":' + b"[" * 50_000 + b"]" * 50_000 + b"}",
    "nan": b'{"repeat_interval_s": NaN}',
    "infinity": b'{"repeat_interval_s": -Infinity}',
    "digits": b'{"repeat_interval_s": ' + b"9" * 100_000 + b"}",
    "nul": b"\x00",
    "array": b"[]",
    "string": b'"x"',
    "number": b"5",
    "null": b"null",
    "true": b"true",
    "random": bytes(range(256)),
}

ODD = {
    "empty": b"",
    "white space": b" \n\t ",
    "empty object": b"{}",
    "byte order mark": b"\xef\xbb\xbf{}",
    "duplicate names": b'{"method": "app", "method": "web"}',
    "exponent": b'{"repeat_interval_s": 1e400, "step": 1e-400}',
    "nul inside": b'{"subject": "a\\u0000b", "response_note": "a\\u0000b", "email": "\\u0000"}',
    "every type": json.dumps(
        dict(
            zip(
                [*SendBody.model_fields, *LoginBody.model_fields, *AcknowledgeBody.model_fields],
                [{}, [], True, 1.5, "x", {"a": []}, [[]], False, -1, 10**30, "\x00", [None], {"": None}],
                strict=False,
            )
        )
    ).encode(),
    "many unknown fields": json.dumps({f"field{n}": n for n in range(10_000)}).encode(),
}


def ask(house: House, operation: Operation, body: bytes) -> object:
    who = {"key": "generic", "public": ""}.get(operation.access, "alice")
    return house.send(operation.method, existing(house, operation.path), who, body)


def existing(house: House, path: str) -> str:
    """Return an address at which there is something."""
    if path.startswith("/api/pages/"):
        return path.replace("{id}", str(house.page()))
    if path.startswith("/api/users/"):
        made = house.post(f"/api/users/{house.bob}/contacts", "alice", {"url": "json://127.0.0.1:9/"}).json()
        if "id" not in made:
            made = house.get(f"/api/users/{house.bob}/contacts", "alice").json()[0]
        return path.replace("{id}", str(house.bob)).replace("{contact_id}", str(made["id"]))
    first = house.get("/api/integrations", "alice").json()["data"][0]["id"]
    return path.replace("{id}", str(house.devops if "groups" in path else first))


@pytest.mark.parametrize("body", BROKEN.values(), ids=BROKEN.keys())
@pytest.mark.parametrize("operation", POSTS, ids=lambda operation: f"{operation.method} {operation.path}")
def test_a_broken_body_is_422(shared_house: House, operation: Operation, body: bytes) -> None:
    answer = ask(shared_house, operation, body)
    assert answer.status_code == 422, answer.text  # type: ignore[attr-defined]
    said = answer.json()  # type: ignore[attr-defined]
    assert set(said) == {"error", "message", "errors"}
    assert list(said["errors"]) == ["body"]
    assert len(said["message"]) < 200


@pytest.mark.parametrize("body", ODD.values(), ids=ODD.keys())
@pytest.mark.parametrize("operation", POSTS, ids=lambda operation: f"{operation.method} {operation.path}")
def test_an_odd_body_is_answered_in_json(shared_house: House, operation: Operation, body: bytes) -> None:
    answer = ask(shared_house, operation, body)
    assert answer.status_code in (200, 201, 422), answer.text  # type: ignore[attr-defined]
    assert ("error" in answer.json()) == (answer.status_code == 422)  # type: ignore[attr-defined]


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=10,
)
FIELDS = st.sampled_from(
    [*SendBody.model_fields, *LoginBody.model_fields, *AcknowledgeBody.model_fields, "escalation"]
)


@settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.dictionaries(FIELDS, JSON, max_size=6))
def test_no_json_value_breaks_a_schema(raw: dict[str, object]) -> None:
    for schema in (SendBody, LoginBody, AcknowledgeBody):
        value, faults = check(schema, raw)
        assert (value is None) == bool(faults)
        assert all(sentences and all(sentences) for sentences in faults.values())


@settings(max_examples=300, deadline=None)
@given(st.binary(max_size=200) | st.text(max_size=200).map(str.encode))
def test_no_bytes_break_the_decoder(body: bytes) -> None:
    with suppress(Invalid):
        assert isinstance(decode_object(body), dict)
