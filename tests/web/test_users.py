from __future__ import annotations

from typing import Any

import pytest

from router.store.people import change_user
from tests.api.house import House
from tests.web.browser import logged_in

HOSTILE = "Eve <img src=x onerror=alert(1)>"


def person(house: House, user_id: int) -> dict[str, Any]:
    answer: dict[str, Any] = house.get(f"/api/users/{user_id}", "alice").json()
    return answer


def test_the_list_says_who_cannot_be_reached(house: House) -> None:
    alice = logged_in(house, "alice")
    alice.post("/admin/users", email="dave@example.com", name="Dave")
    shown = alice.text("/admin/users")
    assert "Alice alice@example.com yes active, admin here" in shown
    assert "Carol carol@example.com not paged inactive here" in shown
    assert "Dave dave@example.com by nothing active here" in shown
    assert "Charlie" not in shown


def test_a_person_is_made_renamed_and_made_admin(house: House) -> None:
    alice = logged_in(house, "alice")
    alice.get("/admin/users")
    made = alice.post("/admin/users", email=" Eve@Example.com", name=HOSTILE).headers["location"]
    assert HOSTILE in alice.text(made)
    assert "<img src=x" not in alice.get(made).text + alice.get("/admin/users").text
    alice.post(made, name="Eve", is_admin="yes")
    eve = house.get(made.replace("/admin", "/api"), "alice").json()
    assert (eve["email"], eve["name"], eve["is_admin"]) == ("eve@example.com", "Eve", True)
    alice.post(made, name="Eve")
    assert not house.get(made.replace("/admin", "/api"), "alice").json()["is_admin"]


@pytest.mark.parametrize(
    ("email", "name", "sentence"),
    [
        ("nobody", "Eve", "is not an e-mail address"),
        ("", "Eve", "The email field is required."),
        ("bob@example.com", "Eve", "bob@example.com is taken"),
        ("charlie@example.com", "Eve", "charlie@example.com is taken"),
        ("eve@example.com", " ", "The name field is required."),
    ],
)
def test_a_person_who_cannot_be_is_asked_for_again(
    sqlite_house: House, email: str, name: str, sentence: str
) -> None:
    answer = logged_in(sqlite_house, "alice").post("/admin/users", email=email, name=name, is_admin="yes")
    assert answer.status_code == 422
    assert sentence in answer.text
    assert f'value="{email}"' in answer.text
    assert 'name="is_admin" value="yes" checked' in answer.text


def test_a_name_that_is_missing_is_told_beside_the_form(sqlite_house: House) -> None:
    answer = logged_in(sqlite_house, "alice").post(f"/admin/users/{sqlite_house.bob}", name="")
    assert answer.status_code == 422
    assert "The name field is required." in answer.text
    assert person(sqlite_house, sqlite_house.bob)["name"] == "Bob"


def test_who_is_deactivated_is_out_and_comes_back(house: House) -> None:
    alice, bob = logged_in(house, "alice"), logged_in(house, "bob")
    where = f"/admin/users/{house.bob}"
    alice.post(f"{where}/active", active="no")
    assert bob.get("/").status_code == 303
    assert "Inactive: no page goes here" in alice.text(where)
    alice.post(f"{where}/active", active="yes")
    assert person(house, house.bob)["is_active"]


def test_the_last_admin_stays_one(sqlite_house: House) -> None:
    alice, where = logged_in(sqlite_house, "alice"), f"/admin/users/{sqlite_house.alice}"
    for path, fields in ((where, {"name": "Alice"}), (f"{where}/active", {"active": "no"})):
        answer = alice.post(path, **fields)
        assert answer.status_code == 422
        assert "This is the last active admin: make somebody else one first." in answer.text
    assert person(sqlite_house, sqlite_house.alice)["is_admin"]


def test_whom_git_manages_is_shown_and_not_changed(house: House) -> None:
    house.write(lambda connection: change_user(connection, house.bob, managed_by="git"))
    alice, where = logged_in(house, "alice"), f"/admin/users/{house.bob}"
    assert "Git manages this person: change name, role and groups in the roster there." in alice.text(where)
    shown = alice.get(where).text
    assert 'name="name"' not in shown
    assert f'action="{where}/active"' not in shown
    for path, fields in ((where, {"name": "Rob"}), (f"{where}/active", {"active": "no"})):
        answer = alice.post(path, **fields)
        assert answer.status_code == 422
        assert "managed by git: change the roster there." in answer.text
    assert person(house, house.bob)["name"] == "Bob"


def test_sessions_are_listed_with_their_last_use_and_all_end_at_once(house: House) -> None:
    alice, bob = logged_in(house, "alice"), logged_in(house, "bob")
    where = f"/admin/users/{house.bob}"
    assert "A browser last used 0 s ago from 192.0.2.7" in alice.text(where)
    assert "tests never used since 2026-06-23 14:00:00 UTC" in alice.text(where)
    assert alice.post(f"{where}/logout").status_code == 303
    assert bob.get("/").status_code == 303
    assert house.get("/api/auth/me", "bob").status_code == 401
    assert "Logged in nowhere." in alice.text(where)


def test_a_persons_groups_are_named(sqlite_house: House) -> None:
    shown = logged_in(sqlite_house, "alice").text(f"/admin/users/{sqlite_house.bob}")
    assert "Groups All has everybody who is active DevOps" in shown


def test_people_are_for_the_admins_of_their_organisation(house: House) -> None:
    bob, charlie = logged_in(house, "bob"), logged_in(house, "charlie")
    where = f"/admin/users/{house.alice}"
    assert bob.get("/admin/users").status_code == 403
    assert bob.post("/admin/users", email="eve@example.com", name="Eve").status_code == 403
    assert (bob.get(where).status_code, charlie.get(where).status_code) == (403, 404)
    for path, fields in {
        where: {"name": "Mine"},
        f"{where}/active": {"active": "no"},
        f"{where}/logout": {},
    }.items():
        assert (bob.post(path, **fields).status_code, charlie.post(path, **fields).status_code) == (403, 404)
    assert person(house, house.alice)["name"] == "Alice"


@pytest.mark.parametrize("query", ["?page=2", "?page=x", "?page=99999999999999999999"])
def test_strange_screens_of_the_list_show_it_all_the_same(sqlite_house: House, query: str) -> None:
    assert logged_in(sqlite_house, "alice").get(f"/admin/users{query}").status_code == 200
