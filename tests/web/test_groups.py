from __future__ import annotations

import pytest

from tests.api.house import House
from tests.web.browser import logged_in


def members(house: House, group_id: int) -> set[str]:
    return {one["name"] for one in house.get(f"/api/groups/{group_id}", "alice").json()["members"]}


def test_an_admin_starts_at_a_list_of_what_admins_do(sqlite_house: House) -> None:
    assert "People" in logged_in(sqlite_house, "alice").text("/admin")
    bob = logged_in(sqlite_house, "bob")
    assert bob.get("/admin").status_code == 403
    assert 'href="/admin"' not in bob.get("/").text


def test_the_list_says_which_groups_page_nobody(house: House) -> None:
    shown = logged_in(house, "alice").text("/admin/groups")
    assert "Empty 0 pages nobody" in shown  # Carol, who is in it, has left
    assert "DevOps On-call engineers 1 active here" in shown
    assert "2 active by itself" in shown
    assert "Theirs" not in shown


def test_a_group_is_made_changed_and_switched_off_and_on(house: House) -> None:
    alice = logged_in(house, "alice")
    alice.get("/admin/groups")
    made = alice.post("/admin/groups", name=" Night <shift> ", description="two of us").headers["location"]
    assert "Night <shift>" in alice.text(made)
    assert "<shift>" not in alice.get(made).text
    alice.post(made, name="Night", description="")
    alice.post(f"{made}/active", active="no")
    assert "Inactive: nobody is paged through it." in alice.text(made)
    alice.post(f"{made}/active", active="yes")
    group = house.get(made.replace("/admin", "/api"), "alice").json()
    assert (group["name"], group["description"], group["is_active"]) == ("Night", "", True)


@pytest.mark.parametrize(
    ("name", "sentence"),
    [
        ("", "The name field is required."),
        ("DevOps", "There is a group 'DevOps' already."),
        ("all", "The group 'All' is reserved"),
        ("x" * 201, "must not be greater than 200 characters."),
    ],
)
def test_a_group_that_cannot_be_is_asked_for_again(sqlite_house: House, name: str, sentence: str) -> None:
    alice = logged_in(sqlite_house, "alice")
    answer = alice.post("/admin/groups", name=name, description="kept <b>")
    assert answer.status_code == 422
    assert sentence in answer.text.replace("&#39;", "'")
    assert 'value="kept &lt;b&gt;"' in answer.text


def test_a_name_that_is_taken_or_missing_is_told_beside_the_form(sqlite_house: House) -> None:
    alice = logged_in(sqlite_house, "alice")
    for name in ("Empty", ""):
        answer = alice.post(f"/admin/groups/{sqlite_house.devops}", name=name, description="kept")
        assert answer.status_code == 422
        assert 'value="kept"' in answer.text


def test_people_are_put_in_and_taken_out(house: House) -> None:
    alice, where = logged_in(house, "alice"), f"/admin/groups/{house.devops}"
    assert alice.post(f"{where}/members", user_id=str(house.alice)).status_code == 303
    assert members(house, house.devops) == {"Alice", "Bob"}
    assert alice.post(f"{where}/members/{house.bob}/remove").status_code == 303
    assert members(house, house.devops) == {"Alice"}


def test_nobody_strange_gets_in(house: House) -> None:
    alice, where = logged_in(house, "alice"), f"/admin/groups/{house.devops}"
    assert alice.post(f"{where}/members", user_id=str(house.charlie)).status_code == 404
    assert alice.post(f"{where}/members", user_id="x").status_code == 422
    assert members(house, house.devops) == {"Bob"}


def test_the_group_of_everybody_stays_as_it_is(sqlite_house: House) -> None:
    alice, where = logged_in(sqlite_house, "alice"), f"/admin/groups/{sqlite_house.everybody}"
    assert "always has every active person" in alice.text(where)
    assert alice.get(where).text.count("<form") == 1  # the log-out
    for path, fields in (
        (where, {"name": "Few"}),
        (f"{where}/active", {"active": "no"}),
        (f"{where}/members", {"user_id": str(sqlite_house.carol)}),
        (f"{where}/members/{sqlite_house.bob}/remove", {}),
    ):
        answer = alice.post(path, **fields)
        assert answer.status_code == 422
        assert "is reserved" in answer.text


def test_groups_are_for_the_admins_of_their_organisation(house: House) -> None:
    bob, charlie = logged_in(house, "bob"), logged_in(house, "charlie")
    where = f"/admin/groups/{house.devops}"
    acts = {
        where: {"name": "Mine"},
        f"{where}/active": {"active": "no"},
        f"{where}/members": {"user_id": str(house.charlie)},
        f"{where}/members/{house.bob}/remove": {},
    }
    assert bob.get("/admin/groups").status_code == bob.post("/admin/groups", name="Mine").status_code == 403
    assert (bob.get(where).status_code, charlie.get(where).status_code) == (403, 404)
    for path, fields in acts.items():
        assert (bob.post(path, **fields).status_code, charlie.post(path, **fields).status_code) == (403, 404)
    assert members(house, house.devops) == {"Bob"}
