"""How API keys are given, where from, and what their bearer may post."""

from __future__ import annotations

import base64

import pytest
from structlog.testing import capture_logs

from router.store.credentials import list_keys, revoke_key
from tests.api.house import PROXY, START, House, broadcast, webhook

SEND = "/api/external/pages"


@pytest.mark.parametrize(
    ("name", "form"),
    [
        ("X-API-Key", "{key}"),
        ("x-api-key", " {key} "),
        ("Authorization", "Bearer {key}"),
        ("Authorization", "bearer {key}"),
        ("Authorization", "X-API-Key {key}"),
    ],
)
def test_a_key_is_taken_in_every_way(house: House, name: str, form: str) -> None:
    headers = {name: form.format(key=house.keys["generic"])}
    assert house.post(SEND, body=broadcast(), headers=headers).status_code == 201


@pytest.mark.parametrize("form", ["pingparrot:{key}", ":{key}", "{key}:", "{key}"])
def test_a_key_is_taken_as_the_password_of_basic(house: House, form: str) -> None:
    value = base64.b64encode(form.format(key=house.keys["generic"]).encode()).decode()
    headers = {"Authorization": f"Basic {value}"}
    assert house.post(SEND, body=broadcast(), headers=headers).status_code == 201


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"X-API-Key": ""},
        {"X-API-Key": "pp_live_" + "a" * 32},
        {"X-API-Key": "x" * 100_000},
        {"Authorization": "Basic !!!"},
        {"Authorization": "Basic /w=="},
        {"Authorization": "Digest x"},
    ],
)
def test_without_a_key_that_holds_nothing_is_sent(house: House, headers: dict[str, str]) -> None:
    answer = house.post(SEND, body=broadcast(), headers=headers)
    assert answer.status_code == 401
    assert answer.json() == {"error": "Missing or invalid API key."}


def test_a_sender_that_is_refused_is_named_in_the_log_once_a_minute(house: House) -> None:
    wrong = {"X-API-Key": "pp_live_" + "a" * 32}
    with capture_logs() as logs:
        for _ in range(3):
            house.post(SEND, body=broadcast(), headers=wrong)
        house.later(seconds=61)
        house.post(SEND, body=webhook(), headers={})
    assert [(line["event"], line["reason"], line["path"]) for line in logs] == [
        ("sender refused", "its key is unknown or revoked", SEND),
        ("sender refused", "it has no key", SEND),
    ]
    assert all(line["address"] for line in logs)


def test_a_token_is_no_key(house: House) -> None:
    assert house.post(SEND, "alice", broadcast()).status_code == 401


def test_a_revoked_key_is_refused(house: House) -> None:
    def revoke(connection: object) -> None:
        for key in list_keys(connection):  # type: ignore[arg-type]
            revoke_key(connection, key.id, START)  # type: ignore[arg-type]

    assert house.post(SEND, "generic", broadcast()).status_code == 201
    house.write(revoke)
    house.services.keyring.forget()
    assert house.post(SEND, "generic", broadcast()).status_code == 401


def test_an_address_outside_the_allow_list_is_403(house: House) -> None:
    answer = house.post(SEND, "fenced", broadcast())
    assert answer.status_code == 403
    assert answer.json() == {"error": "IP not permitted: this API key may not be used from 192.0.2.7."}


def test_forwarded_addresses_are_believed_from_named_proxies_only(house: House) -> None:
    headers = {"X-Forwarded-For": "198.51.100.1"}
    assert house.post(SEND, "fenced", broadcast(), headers=headers).status_code == 403
    through_proxy(house)
    assert house.post(SEND, "fenced", broadcast(), headers=headers).status_code == 201


@pytest.mark.parametrize(
    ("forwarded", "status"),
    [
        ("198.51.100.1", 201),
        ("203.0.113.9, 198.51.100.1", 201),
        ("198.51.100.1, 203.0.113.9", 403),
        (f"198.51.100.1, {PROXY}", 201),
        ("198.51.100.1:4711", 201),
        ("[2001:db8::1]:4711", 201),
        ("::ffff:198.51.100.1", 201),
        ("198.51.100.1,", 201),
        (" , 198.51.100.1, , ", 201),
        ("198.51.100.1, garbage", 403),
        (", ,", 403),
        ("", 403),
    ],
)
def test_the_rightmost_address_that_is_no_proxy_counts(
    sqlite_house: House, forwarded: str, status: int
) -> None:
    through_proxy(sqlite_house)
    headers = {"X-Forwarded-For": forwarded}
    assert sqlite_house.post(SEND, "fenced", broadcast(), headers=headers).status_code == status


def test_a_proxy_that_is_not_named_is_told_of_once(sqlite_house: House) -> None:
    headers = {"X-Forwarded-For": "198.51.100.1"}
    with capture_logs() as told:
        for _ in range(3):
            sqlite_house.post(SEND, "fenced", broadcast(), headers=headers)
    (line,) = [line for line in told if line["event"] == "X-Forwarded-For is not believed"]
    assert "PINGPARROT_TRUSTED_PROXIES" in line["remedy"]


def through_proxy(house: House) -> None:
    house.client._transport.client = (PROXY, 443)  # type: ignore[attr-defined]


@pytest.mark.parametrize("adapter", ["alertmanager", "grafana"])
@pytest.mark.parametrize("method", ["POST", "PUT"])
def test_a_webhook_is_told_by_its_shape_and_pages(house: House, method: str, adapter: str) -> None:
    body = webhook({"alertname": "Down"})
    if adapter == "grafana":
        body |= {"version": "1", "orgId": 1, "title": "Down", "state": "alerting"}
    answer = house.send(method, SEND, "generic", body)
    assert answer.status_code == 201
    assert answer.json()["message"] == "Page sent successfully"
    page = house.get(f"/api/pages/{answer.json()['page_id']}", "alice").json()
    assert (page["route"], page["integration"], page["alert_count"]) == ("default", "generic", 1)
    assert [taken["adapter"] for taken in house.get("/api/webhooks", "alice").json()["data"]] == [adapter]


@pytest.mark.parametrize("body", [b"\xff", b"{not json"])
def test_a_sender_that_cannot_mend_its_body_is_never_refused(house: House, body: bytes) -> None:
    assert house.post(SEND, "grafana", body).status_code in (200, 201)
    (taken,) = house.get("/api/webhooks", "alice").json()["data"]
    assert taken["integration"] == "grafana"
    assert house.post(SEND, "generic", body).status_code == 422
    assert house.get("/api/webhooks", "alice").json()["total"] == 1


def test_a_grafana_key_may_send_a_documented_body(house: House) -> None:
    assert house.post(SEND, "grafana", broadcast()).status_code == 201
    assert house.get("/api/webhooks", "alice").json()["total"] == 0
