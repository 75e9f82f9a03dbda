"""What the two addresses answer: by the body's shape and by the kind of key, never a 4xx to a Grafana."""

from __future__ import annotations

import json
from typing import Any

import pytest

from router.store.credentials import list_keys
from tests.grafana.house import ADAPTER, ADDRESSES, DOCUMENTED, House, recorded

ODD = {
    "empty": b"",
    "white space": b" \n ",
    "not JSON": b"the disk is full",
    "cut": recorded("01_firing_one")[:500],
    "not UTF-8": b'{"subject": "\xff\xfe"}',
    "null": b"null",
    "number": b"5",
    "text": b'"the disk is full"',
    "array": b"[]",
    "object": b"{}",
    "deep": b"[" * 100_000,
    "no alerts": b'{"alerts": [], "version": "1", "orgId": 1}',
    "wrong alerts": b'{"alerts": [5, null, "x", {}], "version": "1", "orgId": 1, "title": "t"}',
    "nearly documented": b'{"subject": "Disk full", "message": "on web-1", "delivery_mode": "fax"}',
    "too long": json.dumps({"subject": "s" * 300, "message": "m", "delivery_mode": "broadcast"}).encode(),
}


@pytest.mark.parametrize("method", ["POST", "PUT"])
@pytest.mark.parametrize("address", ADDRESSES)
@pytest.mark.parametrize("body", ODD.values(), ids=ODD.keys())
def test_a_grafana_is_never_refused_for_its_body(
    sqlite_house: House, body: bytes, address: str, method: str
) -> None:
    answer = sqlite_house.post(body, address, method=method)

    assert answer.status_code in (200, 201), answer.text
    assert sqlite_house.pages() or sqlite_house.quarantined()
    assert (answer.status_code == 201) == (address == DOCUMENTED and bool(sqlite_house.pages()))


@pytest.mark.parametrize("address", ADDRESSES)
def test_a_huge_body_is_kept_for_an_admin(sqlite_house: House, address: str) -> None:
    answer = sqlite_house.post(b'{"alerts": [' + b" " * 250_000, address)

    assert answer.status_code == 200
    assert answer.json()["status"] == "quarantined"
    (kept,) = sqlite_house.quarantined()
    assert "more than the 200,000 that are read" in kept.reason


@pytest.mark.parametrize(("method", "status"), [("POST", 200), ("DELETE", 405)])
def test_answers_at_the_adapters_address_have_the_security_headers(
    sqlite_house: House, method: str, status: int
) -> None:
    answer = sqlite_house.post(recorded("01_firing_one"), ADAPTER, method=method)

    assert answer.status_code == status
    assert answer.headers["cache-control"] == "no-store"
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert answer.headers["content-type"] == "application/json"


def test_an_object_with_a_subject_and_a_message_becomes_that_page(house: House) -> None:
    body = {"subject": "Disk full", "message": "web-1 has 2% left", "severity": "critical"}
    answer = house.post(json.dumps(body).encode(), DOCUMENTED)

    assert answer.status_code == 201
    page = house.page(answer.json()["page_id"])
    assert (page["subject"], page["message"]) == ("Disk full", "web-1 has 2% left")
    assert page["priority"] == "critical"


def test_a_documented_body_of_a_grafana_is_sent_as_documented(house: House) -> None:
    body = {"subject": "Disk full", "message": "on web-1", "delivery_mode": "broadcast", "priority": "high"}
    answer = house.post(json.dumps(body).encode(), DOCUMENTED)

    assert (answer.status_code, set(answer.json())) == (201, {"message", "page_id", "recipients"})
    assert answer.json()["recipients"] == 3


@pytest.mark.parametrize("method", ["POST", "PUT"])
@pytest.mark.parametrize("name", ["01_firing_one", "20_legacy_alerting"])
def test_a_generic_key_may_post_a_webhook_too(house: House, name: str, method: str) -> None:
    answer = house.send(name, address=DOCUMENTED, key="generic", method=method)

    assert answer.status_code == 201
    assert answer.json()["outcomes"] == {"created": 1}


@pytest.mark.parametrize("name", ["not JSON", "empty", "object", "array", "nearly documented", "too long"])
def test_a_generic_key_gets_the_documented_422_for_what_is_neither(sqlite_house: House, name: str) -> None:
    answer = sqlite_house.post(ODD[name], DOCUMENTED, "generic")

    assert answer.status_code == 422
    assert set(answer.json()) == {"error", "message", "errors"}
    assert sqlite_house.pages() == []


def test_a_repeat_at_the_documented_address_is_200_with_the_outcome(house: House) -> None:
    house.send("01_firing_one", address=DOCUMENTED)
    answer = house.send("01_firing_one", address=DOCUMENTED)

    assert answer.status_code == 200
    assert answer.json()["outcomes"] == {"reminder": 1}


def test_what_rules_suppress_is_200_with_the_reason(house: House) -> None:
    whole: dict[str, Any] = json.loads(recorded("01_firing_one"))
    whole["alerts"][0]["labels"]["env"] = "staging"
    answer = house.post(json.dumps(whole).encode(), DOCUMENTED)

    assert answer.status_code == 200
    assert answer.json()["alerts"][0]["reason"] == "only production wakes people"


def test_a_bare_array_with_a_grafanas_key_is_a_grafanas(house: House) -> None:
    alerts = [{"labels": {"alertname": "Disk full"}, "annotations": {}}]
    for address in (ADAPTER, DOCUMENTED):
        house.post(json.dumps(alerts).encode(), address)

    assert [row.receiver for row in house.incidents()] == [""]
    (page,) = house.pages()
    assert page["subject"] == "Disk full"


def test_every_webhook_is_a_use_of_its_key(house: House) -> None:
    house.post(recorded("01_firing_one"))
    with house.core.database.read() as connection:
        used = {key.integration: key.last_used_at for key in list_keys(connection)}
    assert used["grafana-eu"] == house.now
