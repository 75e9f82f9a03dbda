"""/api/push/key and /api/me/push: pages on a device."""

from __future__ import annotations

from typing import Any

import pytest
import sqlalchemy as sa

from router.delivery.channel import ContactAddress
from router.delivery.channels import registry
from router.delivery.webpush import own_key, point
from router.store.secrets import Secrets
from router.store.tables import CONTACTS
from tests.api.house import House
from tests.browser import Browser, b64

ENDPOINT = "https://push.example.net/send/Geheim-4711?token=a%2Bb"


def subscribe(house: House, who: str = "bob", endpoint: str = ENDPOINT, **more: Any) -> Any:
    return house.post("/api/me/push", who, {**Browser().subscription(endpoint), **more})


def contacts_of(house: House, user_id: int) -> list[dict[str, Any]]:
    shown: list[dict[str, Any]] = house.get(f"/api/users/{user_id}/contacts", "alice").json()
    return shown


def test_the_key_is_the_point_that_browsers_subscribe_under(house: House) -> None:
    answer = house.get("/api/push/key", "bob")
    assert answer.status_code == 200
    assert answer.json() == {"key": b64(point(own_key(Secrets("k" * 32))))}


def test_a_device_becomes_the_last_contact_of_whoever_asks(house: House) -> None:
    answer = subscribe(house, device="Bob's phone")
    assert answer.status_code == 201
    contact = answer.json()
    assert (contact["user_id"], contact["channel"], contact["position"]) == (house.bob, "webpush", 1)
    assert contact["label"] == "Bob's phone (webpush://push.example.net)"
    assert contact["is_trusted"] is False
    assert contacts_of(house, house.bob)[-1] == contact


def test_a_device_is_tried_where_its_person_chooses(house: House) -> None:
    subscribe(house, position=0)
    house.send(
        "PATCH",
        f"/api/users/{house.bob}/contacts/{contacts_of(house, house.bob)[0]['id']}",
        "bob",
        {"position": 3},
    )
    assert [contact["channel"] for contact in contacts_of(house, house.bob)] == ["webpush", "webhook"]


def test_what_is_stored_rings_that_browser_under_our_key_and_nothing_of_it_is_shown(house: House) -> None:
    assert "Geheim" not in subscribe(house).text
    query = sa.select(CONTACTS.c.url_encrypted).where(CONTACTS.c.channel == "webpush")
    stored = house.write(lambda connection: connection.execute(query).scalar())
    assert b"Geheim" not in stored
    url = house.services.secrets.decrypt("contact", stored)
    assert registry.channel_for(url).check(ContactAddress(url, trusted=False)) is None


def test_a_device_that_is_known_is_renewed_in_its_place(house: House) -> None:
    subscribe(house, position=7)
    again = subscribe(house, device="Phone").json()
    assert (again["position"], again["label"]) == (7, "Phone (webpush://push.example.net)")
    assert [contact["id"] for contact in contacts_of(house, house.bob)][1:] == [again["id"]]


def test_two_devices_are_two_contacts(house: House) -> None:
    subscribe(house)
    subscribe(house, endpoint=ENDPOINT + "2")
    assert [contact["channel"] for contact in contacts_of(house, house.bob)][1:] == ["webpush"] * 2


def test_a_device_is_taken_away_by_its_endpoint(house: House) -> None:
    subscribe(house)
    taken = house.delete("/api/me/push", "bob", body={"endpoint": ENDPOINT})
    assert (taken.status_code, taken.json()) == (200, {"message": "No pages come to this device"})
    assert len(contacts_of(house, house.bob)) == 1
    assert house.delete("/api/me/push", "bob", body={"endpoint": ENDPOINT}).status_code == 200


def test_nobody_takes_a_device_of_others_away(house: House) -> None:
    subscribe(house)
    for who in ("alice", "charlie"):
        house.delete("/api/me/push", who, body={"endpoint": ENDPOINT})
    assert len(contacts_of(house, house.bob)) == 2


@pytest.mark.parametrize(
    ("endpoint", "keys"),
    [
        ("http://push.example.net/p", {}),
        ("https://10.0.0.1/p", {}),
        ("https://localhost/p", {}),
        ("https://user:pw@push.example.net/p", {}),
        ("https://push.example.net/p#x", {}),
        ("nonsense", {}),
        (ENDPOINT, {"p256dh": "AAAA"}),
        (ENDPOINT, {"p256dh": "é" * 87}),
        (ENDPOINT, {"auth": "AAAA"}),
    ],
)
def test_what_no_browser_gives_is_refused_without_repeating_it(
    sqlite_house: House, endpoint: str, keys: dict[str, str]
) -> None:
    body = Browser().subscription(endpoint)
    answer = sqlite_house.post("/api/me/push", "bob", {**body, "keys": {**body["keys"], **keys}})
    assert answer.status_code == 422
    assert list(answer.json()["errors"]) == ["endpoint"]
    assert "Geheim" not in answer.text


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({}, "endpoint"),
        ({"endpoint": ENDPOINT}, "keys"),
        ({"endpoint": ENDPOINT, "keys": {"auth": "a"}}, "keys.p256dh"),
        ({"endpoint": ENDPOINT, "keys": {"p256dh": "a", "auth": 5}}, "keys.auth"),
        ({"endpoint": "x" * 1501}, "endpoint"),
        ({"endpoint": ENDPOINT, "device": "x" * 61}, "device"),
        ({"endpoint": ENDPOINT, "position": -1}, "position"),
    ],
)
def test_what_is_missing_is_named(sqlite_house: House, body: dict[str, Any], field: str) -> None:
    answer = sqlite_house.post("/api/me/push", "bob", body)
    assert answer.status_code == 422
    assert field in answer.json()["errors"]


def test_an_admins_device_may_be_served_from_a_private_address(sqlite_house: House) -> None:
    assert subscribe(sqlite_house, "alice", "https://10.0.0.1/p").status_code == 201


def test_a_person_has_at_most_twenty_contacts_of_all_kinds(sqlite_house: House) -> None:
    answers = [subscribe(sqlite_house, endpoint=f"{ENDPOINT}{number}") for number in range(20)]
    assert [answer.status_code for answer in answers] == [201] * 19 + [422]
    assert subscribe(sqlite_house, endpoint=f"{ENDPOINT}0").status_code == 201


@pytest.mark.parametrize(("method", "path"), [("GET", "/api/push/key"), ("POST", "/api/me/push")])
def test_strangers_and_keys_are_turned_away(sqlite_house: House, method: str, path: str) -> None:
    for who in ("", "generic"):
        assert sqlite_house.send(method, path, who).status_code == 401
