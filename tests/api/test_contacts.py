"""/api/users/{id}/contacts: for admins, and for everybody about themselves."""

from __future__ import annotations

import pytest
import sqlalchemy as sa

from router.store.tables import CONTACTS
from tests.api.house import House
from tests.sinks import HttpSink, dead_port

SECRET = "json://user:hunter2@127.0.0.1:9000/hook"


@pytest.fixture
def house(house: House) -> House:
    """The house before anybody has a contact."""
    house.write(lambda connection: connection.execute(sa.delete(CONTACTS)))
    return house


@pytest.fixture
def sqlite_house(sqlite_house: House) -> House:
    """The same over SQLite alone."""
    sqlite_house.write(lambda connection: connection.execute(sa.delete(CONTACTS)))
    return sqlite_house


def test_a_contact_is_added_and_its_url_never_shown(house: House) -> None:
    path = f"/api/users/{house.bob}/contacts"
    answer = house.post(path, "alice", {"url": SECRET})
    assert answer.status_code == 201
    contact = answer.json()
    assert (contact["user_id"], contact["position"], contact["channel"]) == (house.bob, 0, "webhook")
    assert contact["is_trusted"] is True
    assert "hunter2" not in answer.text
    assert house.get(path, "bob").json() == [contact]
    stored = house.write(lambda connection: connection.execute(sa.select(CONTACTS.c.url_encrypted)).scalar())
    assert b"hunter2" not in stored


def test_the_order_of_contacts_can_be_changed(house: House) -> None:
    path = f"/api/users/{house.bob}/contacts"
    first = house.post(path, "alice", {"url": "json://127.0.0.1:9000/"}).json()["id"]
    second = house.post(path, "alice", {"url": "json://127.0.0.1:9001/"}).json()["id"]
    house.send("PATCH", f"{path}/{first}", "alice", {"position": 5})
    assert [contact["id"] for contact in house.get(path, "bob").json()] == [second, first]


def test_a_contact_is_switched_off_and_taken_away(house: House) -> None:
    path = f"/api/users/{house.bob}/contacts"
    number = house.post(path, "alice", {"url": "json://127.0.0.1:9000/"}).json()["id"]
    assert house.send("PATCH", f"{path}/{number}", "bob", {"is_active": False}).json()["is_active"] is False
    assert house.delete(f"{path}/{number}", "bob").json() == {"message": "Contact removed successfully"}
    assert house.get(path, "bob").json() == []
    assert house.delete(f"{path}/{number}", "bob").status_code == 404


@pytest.mark.parametrize("url", ["json://127.0.0.1:9000/", "json://localhost/", "slack://a/b/c"])
def test_people_may_add_public_addresses_of_our_own_channels_only(house: House, url: str) -> None:
    path = f"/api/users/{house.bob}/contacts"
    answer = house.post(path, "bob", {"url": url})
    assert answer.status_code == 422
    assert list(answer.json()["errors"]) == ["url"]
    added = house.post(path, "bob", {"url": "jsons://hooks.example.com/bob"})
    assert (added.status_code, added.json()["is_trusted"]) == (201, False)


def test_whoever_is_no_admin_any_more_has_no_trusted_contact_of_their_own(house: House) -> None:
    path, bob = f"/api/users/{house.bob}/contacts", f"/api/users/{house.bob}"
    house.send("PATCH", bob, "alice", {"is_admin": True})
    house.post(path, "bob", {"url": "json://127.0.0.1:9000/"})
    house.post(path, "alice", {"url": "json://127.0.0.1:9001/"})
    for is_admin in (False, True):
        house.send("PATCH", bob, "alice", {"is_admin": is_admin})
        trusted = [contact["is_trusted"] for contact in house.get(path, "alice").json()]
        assert trusted == [is_admin, True]


@pytest.mark.parametrize("url", ["", "nonsense", "json://", "json://hunter2 x/", "x" * 2001, 5, None])
def test_what_is_no_contact_is_refused_without_repeating_it(sqlite_house: House, url: object) -> None:
    answer = sqlite_house.post(f"/api/users/{sqlite_house.bob}/contacts", "alice", {"url": url})
    assert answer.status_code == 422
    assert list(answer.json()["errors"]) == ["url"]
    assert "hunter2" not in answer.text


def test_the_contacts_of_others_are_for_admins(house: House) -> None:
    for number in (house.alice, house.charlie, 999_999, "abc"):
        for method in ("GET", "POST"):
            answer = house.send(method, f"/api/users/{number}/contacts", "bob", {"url": "x"})
            assert answer.status_code == 403
    for number in (house.bob, 999_999):
        assert house.get(f"/api/users/{number}/contacts", "charlie").status_code == 404
        assert house.post(f"/api/users/{number}/contacts", "charlie", {"url": SECRET}).status_code == 404


def test_somebody_elses_contact_is_not_found_under_another_name(house: House) -> None:
    number = house.post(f"/api/users/{house.bob}/contacts", "alice", {"url": SECRET}).json()["id"]
    assert house.delete(f"/api/users/{house.alice}/contacts/{number}", "alice").status_code == 404
    assert len(house.get(f"/api/users/{house.bob}/contacts", "bob").json()) == 1


def test_a_person_has_at_most_twenty_contacts(sqlite_house: House) -> None:
    path = f"/api/users/{sqlite_house.bob}/contacts"
    answers = [sqlite_house.post(path, "alice", {"url": f"json://127.0.0.1:{9000 + n}/"}) for n in range(21)]
    assert [answer.status_code for answer in answers] == [201] * 20 + [422]


def three(house: House) -> tuple[str, list[int]]:
    path = f"/api/users/{house.bob}/contacts"
    urls = (f"json://127.0.0.1:{port}/" for port in (9000, 9001, 9002))
    return path, [house.post(path, "alice", {"url": url}).json()["id"] for url in urls]


@pytest.mark.parametrize(
    ("moved", "place", "order"), [(2, 0, [2, 0, 1]), (0, 1, [1, 0, 2]), (1, 1, [0, 1, 2]), (0, 99, [1, 2, 0])]
)
def test_a_contact_moves_into_its_place_and_others_make_room(
    house: House, moved: int, place: int, order: list[int]
) -> None:
    path, ids = three(house)
    shown = house.send("PATCH", f"{path}/{ids[moved]}", "bob", {"position": place}).json()
    listed = house.get(path, "bob").json()
    assert [one["id"] for one in listed] == [ids[number] for number in order]
    assert [one["position"] for one in listed] == [0, 1, 2]
    assert shown == listed[min(place, 2)]


def test_what_git_gave_stays_first(house: House) -> None:
    path, ids = three(house)
    of_git = sa.update(CONTACTS).where(CONTACTS.c.id == ids[0]).values(managed_by="git")
    house.write(lambda connection: connection.execute(of_git))
    house.send("PATCH", f"{path}/{ids[2]}", "bob", {"position": 0})
    assert [one["id"] for one in house.get(path, "bob").json()] == [ids[0], ids[2], ids[1]]


def test_a_contact_is_tried_out_by_one_real_message(house: House) -> None:
    path = f"/api/users/{house.bob}/contacts"
    with HttpSink() as sink:
        number = house.post(path, "alice", {"url": sink.url("webhook+http", "/s3cret")}).json()["id"]
        answer = house.post(f"{path}/{number}/test", "bob")
        (request,) = sink.requests
    assert (answer.status_code, answer.json()["outcome"]) == (200, "ok")
    assert (request.json()["kind"], request.json()["page_id"]) == ("test", 0)
    (entry,) = house.get("/api/audit?act=contact.tested", "alice").json()["data"]
    assert (entry["who"], entry["detail"].split(":")[0]) == ("bob@example.com", "ok")
    assert "s3cret" not in str(entry)


def test_what_the_provider_says_is_told(house: House) -> None:
    path = f"/api/users/{house.bob}/contacts"
    with dead_port() as port:
        number = house.post(path, "alice", {"url": f"json://127.0.0.1:{port}/"}).json()["id"]
        answer = house.post(f"{path}/{number}/test", "alice")
    assert (answer.status_code, answer.json()["outcome"]) == (200, "retryable")
    assert answer.json()["detail"]


def test_test_messages_are_slowed_down(house: House) -> None:
    path = f"/api/users/{house.bob}/contacts"
    with HttpSink() as sink:
        number = house.post(path, "alice", {"url": sink.url("json")}).json()["id"]
        answers = [house.post(f"{path}/{number}/test", "bob").status_code for _ in range(6)]
        assert len(sink.requests) == 5
    assert answers == [200] * 5 + [429]


def test_people_try_out_their_own_contacts_only(house: House) -> None:
    path, (number, *_) = three(house)
    assert house.post(f"/api/users/{house.alice}/contacts/{number}/test", "bob").status_code == 403
    assert house.post(f"/api/users/{house.alice}/contacts/{number}/test", "alice").status_code == 404
    assert house.post(f"{path}/{number}/test", "charlie").status_code == 404
