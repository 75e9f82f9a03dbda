"""POST, PATCH and DELETE of groups, and their members."""

from __future__ import annotations

import pytest

from router.store.groups import change_group
from tests.api.house import House, broadcast


def member_ids(answer: object) -> list[int]:
    return [member["id"] for member in answer.json()["members"]]  # type: ignore[attr-defined]


def test_a_group_is_made_with_its_members_and_can_be_paged(house: House) -> None:
    body = {"name": "SRE", "description": "on call", "member_ids": [house.alice, house.bob]}
    answer = house.post("/api/groups", "alice", body)
    assert answer.status_code == 201
    assert member_ids(answer) == [house.alice, house.bob]
    number = answer.json()["id"]
    sent = house.post("/api/pages", "bob", broadcast(delivery_mode="group", target_group_id=number))
    assert sent.json()["recipients"] == 2


@pytest.mark.parametrize("name", ["DevOps", "All", "all", " "])
def test_a_name_is_given_once_and_all_is_reserved(house: House, name: str) -> None:
    answer = house.post("/api/groups", "alice", {"name": name})
    assert answer.status_code == 422
    assert list(answer.json()["errors"]) == ["name"]
    answer = house.send("PATCH", f"/api/groups/{house.empty}", "alice", {"name": name})
    assert answer.status_code == 422
    assert list(answer.json()["errors"]) == ["name"]


def test_members_of_another_organisation_do_not_exist(house: House) -> None:
    answer = house.post("/api/groups", "alice", {"name": "X", "member_ids": [house.bob, house.charlie]})
    assert answer.json()["errors"] == {"member_ids.1": ["The selected member_ids.1 is invalid."]}
    assert (
        house.send("PUT", f"/api/groups/{house.devops}/members/{house.charlie}", "alice").status_code == 404
    )
    assert house.send("PUT", f"/api/groups/{house.devops}/members/999999", "alice").status_code == 404
    assert (
        house.send("PUT", f"/api/groups/{house.foreign_group}/members/{house.bob}", "alice").status_code
        == 404
    )


def test_members_come_and_go_and_twice_is_fine(house: House) -> None:
    path = f"/api/groups/{house.devops}/members/{house.alice}"
    for _ in range(2):
        answer = house.send("PUT", path, "alice")
        assert (answer.status_code, member_ids(answer)) == (200, [house.alice, house.bob])
    for _ in range(2):
        answer = house.delete(path, "alice")
        assert (answer.status_code, member_ids(answer)) == (200, [house.bob])


def test_a_group_is_changed_and_deactivated(house: House) -> None:
    path = f"/api/groups/{house.devops}"
    changed = house.send("PATCH", path, "alice", {"name": "Ops", "description": None}).json()
    assert (changed["name"], changed["description"]) == ("Ops", "")
    assert house.delete(path, "alice").json()["is_active"] is False
    assert house.devops not in [group["id"] for group in house.get("/api/groups", "bob").json()]
    sent = house.post("/api/pages", "bob", broadcast(delivery_mode="group", target_group_id=house.devops))
    assert sent.json()["errors"] == {"target_group_id": ["The selected target group id is invalid."]}


def test_all_cannot_be_changed(house: House) -> None:
    path = f"/api/groups/{house.everybody}"
    assert house.send("PATCH", path, "alice", {"name": "Everybody"}).status_code == 422
    assert house.delete(path, "alice").status_code == 422
    assert house.delete(f"{path}/members/{house.bob}", "alice").status_code == 422


def test_what_git_says_is_changed_in_git(house: House) -> None:
    house.write(lambda connection: change_group(connection, house.devops, managed_by="git"))
    path = f"/api/groups/{house.devops}"
    answer = house.send("PATCH", path, "alice", {"description": "x"})
    assert answer.json()["errors"] == {
        "description": ["This group is managed by git: change the roster there."]
    }
    assert house.send("PUT", f"{path}/members/{house.alice}", "alice").status_code == 422


def test_it_is_for_admins_only(sqlite_house: House) -> None:
    for method, path in (
        ("POST", "/api/groups"),
        ("PATCH", "/api/groups/1"),
        ("DELETE", "/api/groups/1"),
        ("PUT", "/api/groups/1/members/1"),
        ("DELETE", "/api/groups/1/members/1"),
    ):
        assert sqlite_house.send(method, path, "bob", {}).status_code == 403
        assert sqlite_house.send(method, path, "", {}).status_code == 401
