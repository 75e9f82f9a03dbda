"""/api/integrations and /api/keys, for admins."""

from __future__ import annotations

from typing import Any

import pytest

from tests.api.house import PAGERS, House, broadcast


def make(house: House, **fields: Any) -> int:
    answer = house.post("/api/integrations", "alice", {"name": "prometheus-eu", **fields})
    assert answer.status_code == 201, answer.text
    number: int = answer.json()["id"]
    return number


def test_a_sender_gets_a_key_that_is_shown_once_and_works(house: House) -> None:
    number = make(house, kind="generic")
    answer = house.post(f"/api/integrations/{number}/keys", "alice", {})
    assert answer.status_code == 201
    made = answer.json()
    assert made["key"].startswith("pp_live_")
    sent = house.post(PAGERS, body=broadcast(), headers={"X-API-Key": made["key"]})
    assert sent.status_code == 201
    listed = house.get("/api/keys?per_page=100", "alice")
    assert made["key"] not in listed.text
    (key,) = [key for key in listed.json()["data"] if key["id"] == made["id"]]
    assert key["prefix"] == made["key"][:12]
    assert (key["integration"], key["allow_ips"], key["revoked_at"]) == ("prometheus-eu", [], None)


def test_a_revoked_key_is_refused_at_once(house: House) -> None:
    made = house.post(f"/api/integrations/{make(house)}/keys", "alice", {}).json()
    headers = {"X-API-Key": made["key"]}
    assert house.post(PAGERS, body=broadcast(), headers=headers).status_code == 201
    for _ in range(2):
        answer = house.delete(f"/api/keys/{made['id']}", "alice")
        assert answer.json() == {"message": "Key revoked successfully"}
    assert house.post(PAGERS, body=broadcast(), headers=headers).status_code == 401


def test_a_key_is_fenced_by_networks(house: House) -> None:
    path = f"/api/integrations/{make(house)}/keys"
    made = house.post(path, "alice", {"allow_ips": ["192.0.2.0/24", "::1"]}).json()
    assert house.post(PAGERS, body=broadcast(), headers={"X-API-Key": made["key"]}).status_code == 201
    answer = house.post(path, "alice", {"allow_ips": ["everywhere"]})
    assert answer.status_code == 422
    assert list(answer.json()["errors"]) == ["allow_ips"]


def test_a_signing_secret_is_kept_and_never_shown(house: House) -> None:
    number = make(house, kind="grafana", hmac_secret="hunter2hunter2")
    shown = house.get(f"/api/integrations/{number}", "alice")
    assert shown.json() == {
        "id": number,
        "name": "prometheus-eu",
        "kind": "grafana",
        "owner_user_id": None,
        "is_signed": True,
        "hmac_secrets": [{"created_at": "2026-06-23T14:00:00Z", "expires_at": None}],
        "hmac_header": None,
        "hmac_timestamp_header": None,
        "created_at": "2026-06-23T14:00:00Z",
        "last_used_at": None,
        "last_used_from": None,
        "warning": "It has no key in force, so nothing can come from it: make one.",
    }
    path = f"/api/integrations/{number}"
    assert house.send("PATCH", path, "alice", {"name": "grafana-eu"}).json()["is_signed"] is True
    assert house.send("PATCH", path, "alice", {"hmac_secret": None}).json()["is_signed"] is False


def test_a_new_secret_replaces_the_old_one_with_an_overlap(house: House) -> None:
    path = f"/api/integrations/{make(house, kind='grafana', hmac_secret='hunter2hunter2')}"
    house.later(minutes=1)
    changes = {"hmac_secret": "correct horse", "hmac_overlap_s": 3600, "hmac_header": "X-Sig"}
    shown = house.send("PATCH", path, "alice", changes).json()
    assert shown["hmac_header"] == "X-Sig"
    assert shown["hmac_secrets"] == [
        {"created_at": "2026-06-23T14:01:00Z", "expires_at": None},
        {"created_at": "2026-06-23T14:00:00Z", "expires_at": "2026-06-23T15:01:00Z"},
    ]
    house.later(hours=1)
    assert len(house.get(path, "alice").json()["hmac_secrets"]) == 1


def test_an_owner_is_somebody_of_the_organisation(house: House) -> None:
    path = f"/api/integrations/{make(house, owner_user_id=house.bob)}"
    assert house.get(path, "alice").json()["owner_user_id"] == house.bob
    answer = house.send("PATCH", path, "alice", {"owner_user_id": house.charlie})
    assert answer.status_code == 422
    assert list(answer.json()["errors"]) == ["owner_user_id"]
    assert house.send("PATCH", path, "alice", {"owner_user_id": None}).json()["owner_user_id"] is None


@pytest.mark.parametrize(
    ("field", "value"), [("hmac_header", "X Sig"), ("hmac_timestamp_header", "é"), ("hmac_overlap_s", -1)]
)
def test_what_cannot_be_about_a_signature_is_refused(house: House, field: str, value: object) -> None:
    answer = house.post("/api/integrations", "alice", {"name": "grafana-eu", field: value})
    assert answer.status_code == 422
    assert list(answer.json()["errors"]) == [field]
    assert house.get("/api/integrations", "alice").json()["total"] == 3


def test_a_name_is_given_once(house: House) -> None:
    number = make(house)
    for answer in (
        house.post("/api/integrations", "alice", {"name": "generic"}),
        house.send("PATCH", f"/api/integrations/{number}", "alice", {"name": "generic"}),
    ):
        assert answer.status_code == 422
        assert list(answer.json()["errors"]) == ["name"]


def test_lists_are_paginated(house: House) -> None:
    body = house.get("/api/integrations?per_page=2&page=2", "alice").json()
    assert (body["total"], body["last_page"], len(body["data"])) == (3, 2, 1)


def test_another_organisation_sees_nothing(house: House) -> None:
    number = make(house)
    key = house.post(f"/api/integrations/{number}/keys", "alice", {}).json()["id"]
    assert house.get("/api/integrations", "charlie").json()["total"] == 0
    assert house.get("/api/keys", "charlie").json()["total"] == 0
    assert house.get(f"/api/integrations/{number}", "charlie").status_code == 404
    assert house.send("PATCH", f"/api/integrations/{number}", "charlie", {}).status_code == 404
    assert house.post(f"/api/integrations/{number}/keys", "charlie", {}).status_code == 404
    assert house.delete(f"/api/keys/{key}", "charlie").status_code == 404


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", "/api/integrations"),
        ("POST", "/api/integrations"),
        ("GET", "/api/integrations/1"),
        ("PATCH", "/api/integrations/1"),
        ("POST", "/api/integrations/1/keys"),
        ("GET", "/api/keys"),
        ("DELETE", "/api/keys/1"),
    ],
)
def test_it_is_for_admins_only(shared_house: House, method: str, path: str) -> None:
    assert shared_house.send(method, path, "bob", {}).status_code == 403
    assert shared_house.send(method, path, "", {}).status_code == 401
    assert shared_house.send(method, path, "generic", {}).status_code == 401
