from __future__ import annotations

from typing import Any

import pytest
import sqlalchemy as sa

from router.store.tables import CONTACTS
from tests.api.house import House
from tests.sinks import HttpSink, dead_port
from tests.web.browser import logged_in


def contacts_of(house: House, user_id: int) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = house.get(f"/api/users/{user_id}/contacts", "alice").json()
    return found


def labels(house: House) -> list[str]:
    return [one["label"] for one in contacts_of(house, house.bob)]


def test_a_contact_is_added_and_its_url_never_shown_again(house: House) -> None:
    alice, where = logged_in(house, "alice"), f"/admin/users/{house.bob}"
    alice.get(where)
    assert alice.post(f"{where}/contacts", url="json://jane:s3cret@127.0.0.1:9001/hook").status_code == 303
    added = contacts_of(house, house.bob)[-1]
    assert (added["channel"], added["is_trusted"]) == ("webhook", True)
    assert "s3cret" not in alice.get(where).text


@pytest.mark.parametrize(
    ("url", "sentence"),
    [("", "The url field is required."), ("nonsense", ""), ("<b>://x", ""), ("x" * 2001, "2000")],
)
def test_a_wrong_contact_is_told_beside_the_form(sqlite_house: House, url: str, sentence: str) -> None:
    where = f"/admin/users/{sqlite_house.bob}"
    answer = logged_in(sqlite_house, "alice").post(f"{where}/contacts", url=url)
    assert answer.status_code == 422
    assert 'role="alert" id="contact-wrong"' in answer.text
    assert sentence in answer.text
    assert f'value="{url.replace("<", "&lt;").replace(">", "&gt;")}"' in answer.text
    assert len(labels(sqlite_house)) == 1


def test_contacts_are_tried_in_the_order_that_they_are_put_into(house: House) -> None:
    alice, where = logged_in(house, "alice"), f"/admin/users/{house.bob}/contacts"
    alice.post(where, url="json://127.0.0.1:9001/")
    alice.post(where, url="json://127.0.0.1:9002/")
    first, second, third = (one["id"] for one in contacts_of(house, house.bob))
    alice.post(f"{where}/{third}/move", to="up")
    alice.post(f"{where}/{first}/move", to="down")
    assert [one["id"] for one in contacts_of(house, house.bob)] == [third, first, second]
    alice.post(f"{where}/{third}/move", to="up")
    alice.post(f"{where}/{second}/move", to="down")
    assert [one["id"] for one in contacts_of(house, house.bob)] == [third, first, second]


def test_a_contact_is_not_used_and_used_and_taken_away(house: House) -> None:
    alice, where = logged_in(house, "alice"), f"/admin/users/{house.bob}"
    (contact,) = contacts_of(house, house.bob)
    at = f"{where}/contacts/{contact['id']}"
    alice.post(f"{at}/active", active="no")
    assert "No page reaches Bob" in alice.text(where)
    alice.post(f"{at}/active", active="yes")
    assert contacts_of(house, house.bob)[0]["is_active"]
    alice.post(f"{at}/remove")
    assert contacts_of(house, house.bob) == []


def test_what_git_gave_stays_as_it_is(house: House) -> None:
    house.write(lambda connection: connection.execute(sa.update(CONTACTS).values(managed_by="git")))
    alice, where = logged_in(house, "alice"), f"/admin/users/{house.bob}"
    alice.post(f"{where}/contacts", url="json://127.0.0.1:9001/")
    theirs, ours = (one["id"] for one in contacts_of(house, house.bob))
    assert f"/contacts/{theirs}/remove" not in alice.get(where).text
    assert f"/contacts/{ours}/move" not in alice.get(where).text
    for act in (f"{theirs}/remove", f"{theirs}/active", f"{ours}/move"):
        answer = alice.post(f"{where}/contacts/{act}", to="up")
        assert answer.status_code == 422
        assert "This contact is managed by git: change the roster there." in answer.text
    assert [one["id"] for one in contacts_of(house, house.bob)] == [theirs, ours]


def test_contacts_are_for_the_admins_of_their_organisation(house: House) -> None:
    bob, charlie = logged_in(house, "bob"), logged_in(house, "charlie")
    (contact,) = contacts_of(house, house.alice)
    where = f"/admin/users/{house.alice}/contacts"
    for path, fields in {
        where: {"url": "json://127.0.0.1:9001/"},
        f"{where}/{contact['id']}/move": {"to": "up"},
        f"{where}/{contact['id']}/active": {"active": "no"},
        f"{where}/{contact['id']}/test": {},
        f"{where}/{contact['id']}/remove": {},
    }.items():
        assert (bob.post(path, **fields).status_code, charlie.post(path, **fields).status_code) == (403, 404)
    assert contacts_of(house, house.alice) == [contact]


def test_a_contact_is_reached_through_its_own_person_only(sqlite_house: House) -> None:
    (contact,) = contacts_of(sqlite_house, sqlite_house.alice)
    alice = logged_in(sqlite_house, "alice")
    for act in ("move", "active", "remove", "test"):
        path = f"/admin/users/{sqlite_house.bob}/contacts/{contact['id']}/{act}"
        assert alice.post(path).status_code == 404


def test_a_contact_is_tried_out_and_it_is_told_how_that_went(house: House) -> None:
    alice, where = logged_in(house, "alice"), f"/admin/users/{house.bob}"
    with HttpSink() as sink, dead_port() as port:
        for url in (sink.url("json"), f"json://127.0.0.1:{port}/"):
            alice.post(f"{where}/contacts", url=url)
        _, works, dead = (one["id"] for one in contacts_of(house, house.bob))
        alice.post(f"{where}/contacts/{works}/test")
        assert len(sink.requests) == 1
        assert "A test message went out by" in alice.text(where)
        alice.post(f"{where}/contacts/{dead}/test")
        assert f"The test FAILED: no message went out by json://127.0.0.1:{port}" in alice.text(where)
