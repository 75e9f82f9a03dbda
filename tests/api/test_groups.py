"""GET /api/groups and GET /api/groups/{id}."""

from __future__ import annotations

from router.store.groups import change_group
from tests.api.house import House


def test_groups_are_a_bare_array_of_the_active_ones(house: House) -> None:
    house.write(lambda connection: change_group(connection, house.empty, is_active=False))
    answer = house.get("/api/groups", "bob")
    assert answer.status_code == 200
    documented = ("id", "name", "description", "is_active")
    assert [{name: group[name] for name in documented} for group in answer.json()] == [
        {
            "id": house.everybody,
            "name": "All",
            "description": "All pagers in your organization",
            "is_active": True,
        },
        {"id": house.devops, "name": "DevOps", "description": "On-call engineers", "is_active": True},
    ]


def test_an_admin_may_ask_for_inactive_groups(house: House) -> None:
    house.write(lambda connection: change_group(connection, house.empty, is_active=False))
    assert house.empty in [group["id"] for group in house.get("/api/groups?inactive=true", "alice").json()]
    assert house.empty not in [group["id"] for group in house.get("/api/groups?inactive=true", "bob").json()]
    assert house.get(f"/api/groups/{house.empty}", "alice").status_code == 200
    assert house.get(f"/api/groups/{house.empty}", "bob").status_code == 404


def test_a_group_shows_its_members(house: House) -> None:
    group = house.get(f"/api/groups/{house.devops}", "bob").json()
    assert (group["id"], group["name"], group["is_active"]) == (house.devops, "DevOps", True)
    assert group["members"] == [
        {"id": house.bob, "name": "Bob", "email": "bob@example.com", "is_active": True}
    ]


def test_all_has_every_active_pager(house: House) -> None:
    members = house.get(f"/api/groups/{house.everybody}", "bob").json()["members"]
    assert [member["name"] for member in members] == ["Alice", "Bob"]


def test_groups_of_another_organisation_do_not_exist(house: House) -> None:
    for number in (house.foreign_group, 999_999, "abc"):
        answer = house.get(f"/api/groups/{number}", "alice")
        assert answer.status_code == 404
        assert answer.json() == {"error": "Group not found."}
