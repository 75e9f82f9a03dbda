from __future__ import annotations

import re

import pytest
import sqlalchemy as sa

from router.commands.invitations import setup_token
from router.store.tables import USERS
from tests.api.house import House
from tests.web.browser import Browser, logged_in

NEW = "a password of my own"
_LINK = re.compile(r"http://testserver(/invitation/[^<\"\s]+)")


def link_for(house: House, user_id: int) -> str:
    """Have Alice make a link; returns the address to open."""
    answer = logged_in(house, "alice").post(f"/admin/users/{user_id}/invite")
    assert answer.status_code == 201, answer.text
    (address,) = set(_LINK.findall(answer.text))
    return address


def bare(house: House) -> str:
    """Take every password away, as before the first admin; returns the address of the set-up."""
    house.write(lambda connection: connection.execute(sa.update(USERS).values(password_hash=None)))
    return f"/setup/{house.services.writer.run(lambda tx: setup_token(tx, house.watch()))}"


def gets_in(house: House, email: str, password: str) -> bool:
    browser = Browser(house)
    browser.get("/login")
    return bool(browser.post("/login", email=email, password=password).status_code == 303)


def test_who_is_added_gets_a_link_that_is_shown_once(house: House) -> None:
    alice = logged_in(house, "alice")
    answer = alice.post("/admin/users", email="dave@example.com", name="Dave", invite="yes")
    assert answer.status_code == 201
    (address,) = set(_LINK.findall(answer.text))
    (dave,) = (one["id"] for one in house.get("/api/users", "alice").json()["data"] if one["name"] == "Dave")
    assert address not in alice.get(f"/admin/users/{dave}").text
    guest = Browser(house)
    assert "Set your password for dave@example.com" in guest.text(address)
    answer = guest.post(address, name="Dave <D>", password=NEW, again=NEW)
    assert (answer.status_code, answer.headers["location"]) == (303, "/login")
    assert "Your password is set: log in with it." in guest.text("/login")
    assert gets_in(house, "dave@example.com", NEW)
    assert "Dave <D>" in alice.text(f"/admin/users/{dave}")
    assert guest.get(address).status_code == guest.post(address, password=NEW, again=NEW).status_code == 404


def test_a_link_sets_a_new_password_and_ends_the_sessions_before(house: House) -> None:
    address, bob, guest = link_for(house, house.bob), logged_in(house, "bob"), Browser(house)
    guest.get(address)
    guest.post(address, name="Bob", password=NEW, again=NEW)
    assert bob.get("/").status_code == 303
    assert gets_in(house, "bob@example.com", NEW)


@pytest.mark.parametrize(
    ("fields", "sentence"),
    [
        ({"password": "short", "again": "short"}, "must be at least 12 characters."),
        ({"password": NEW, "again": f"{NEW}!"}, "The two passwords differ"),
        ({"password": "", "again": ""}, "The password field is required."),
    ],
)
def test_a_wrong_password_is_told_and_never_shown(
    sqlite_house: House, fields: dict[str, str], sentence: str
) -> None:
    address, guest = link_for(sqlite_house, sqlite_house.bob), Browser(sqlite_house)
    guest.get(address)
    answer = guest.post(address, name="Robert <b>", **fields)
    assert answer.status_code == 422
    assert sentence in answer.text
    assert 'value="Robert &lt;b&gt;"' in answer.text
    assert NEW not in answer.text
    assert "short" not in answer.text
    assert guest.get(address).status_code == 200


def test_links_are_made_by_the_admins_of_the_organisation(house: House) -> None:
    where = f"/admin/users/{house.alice}/invite"
    assert logged_in(house, "bob").post(where).status_code == 403
    assert logged_in(house, "charlie").post(where).status_code == 404


def test_who_is_not_active_gets_no_link(sqlite_house: House) -> None:
    answer = logged_in(sqlite_house, "alice").post(f"/admin/users/{sqlite_house.carol}/invite")
    assert answer.status_code == 422
    assert "carol@example.com is not active: activate them first." in answer.text


@pytest.mark.parametrize("place", ["invitation", "setup"])
def test_a_link_that_never_was_one_opens_nothing(sqlite_house: House, place: str) -> None:
    guest = Browser(sqlite_house)
    guest.get("/login")
    for token in ("x", "A" * 300, "%00"):
        address = f"/{place}/{token}"
        assert guest.get(address).status_code == 404
        fields = {"email": "eve@example.com", "name": "Eve", "password": NEW, "again": NEW}
        assert guest.post(address, **fields).status_code == 404


def test_the_first_admin_is_made_by_the_servers_link_once(house: House) -> None:
    address, guest = bare(house), Browser(house)
    guest.get(address)
    fields = {"email": "root@example.com", "name": "Root", "password": NEW, "again": NEW}
    assert guest.post(address, **fields).headers["location"] == "/login"
    guest.get("/login")
    assert guest.post("/login", email="root@example.com", password=NEW).status_code == 303
    assert guest.get("/admin").status_code == 200
    assert Browser(house).get(address).status_code == 404


def test_what_is_wrong_about_the_first_admin_is_told(sqlite_house: House) -> None:
    address, guest = bare(sqlite_house), Browser(sqlite_house)
    guest.get(address)
    for fields, sentence in (
        ({"email": "nobody", "name": "Root"}, "is not an e-mail address"),
        ({"email": "root@example.com", "name": ""}, "The name field is required."),
        ({"email": "charlie@example.com", "name": "Root"}, "belongs to another organisation"),
    ):
        answer = guest.post(address, password=NEW, again=NEW, **fields)
        assert answer.status_code == 422
        assert sentence in answer.text
        assert f'value="{fields["email"]}"' in answer.text
    assert guest.get(address).status_code == 200


def test_forms_of_links_need_the_csrf_token_of_their_screen(sqlite_house: House) -> None:
    for address in (link_for(sqlite_house, sqlite_house.bob), bare(sqlite_house)):
        assert Browser(sqlite_house).post(address, csrf="", password=NEW, again=NEW).status_code == 403
