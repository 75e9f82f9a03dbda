"""/api/users, for admins."""

from __future__ import annotations

from typing import Any

import pytest

from router.store.people import change_user
from tests.api.house import PASSWORD, House

DAVE: dict[str, Any] = {"email": "Dave@Example.com", "name": "Dave"}


def test_a_person_is_made_listed_and_shown(house: House) -> None:
    answer = house.post("/api/users", "alice", DAVE)
    assert answer.status_code == 201
    made = answer.json()
    assert made == {
        "id": made["id"],
        "name": "Dave",
        "email": "dave@example.com",
        "is_admin": False,
        "is_active": True,
        "managed_by": None,
        "created_at": "2026-06-23T14:00:00Z",
        "invitation": None,
    }
    del made["invitation"]
    assert house.get(f"/api/users/{made['id']}", "alice").json() == made
    listed = house.get("/api/users", "alice").json()
    assert listed["total"] == 4
    assert listed["data"][-1] == made


def test_a_person_with_a_password_logs_in(house: House) -> None:
    house.post("/api/users", "alice", {**DAVE, "password": PASSWORD})
    body = {"email": "dave@example.com", "password": PASSWORD}
    assert house.post("/api/auth/login", body=body).status_code == 200


@pytest.mark.parametrize("email", ["bob@example.com", "charlie@example.com", "not-an-email", "a@b@c"])
def test_an_email_is_one_persons_in_all_organisations(house: House, email: str) -> None:
    answer = house.post("/api/users", "alice", {"email": email, "name": "X"})
    assert answer.status_code == 422
    assert list(answer.json()["errors"]) == ["email"]


def test_a_short_password_is_refused(house: House) -> None:
    answer = house.post("/api/users", "alice", {**DAVE, "password": "1234567"})
    assert answer.json()["errors"] == {"password": ["The password field must be at least 12 characters."]}


def test_a_new_password_logs_out_everywhere(house: House) -> None:
    answer = house.send("PATCH", f"/api/users/{house.bob}", "alice", {"password": "new password"})
    assert answer.status_code == 200
    assert house.get("/api/auth/me", "bob").status_code == 401
    body = {"email": "bob@example.com", "password": "new password"}
    assert house.post("/api/auth/login", body=body).status_code == 200


def test_what_is_left_out_stays(house: House) -> None:
    before = house.get(f"/api/users/{house.bob}", "alice").json()
    assert house.send("PATCH", f"/api/users/{house.bob}", "alice", {"name": None}).json() == before
    assert house.send("PATCH", f"/api/users/{house.bob}", "alice", {"name": "Bobby"}).json() == {
        **before,
        "name": "Bobby",
    }
    assert house.get("/api/auth/me", "bob").json()["name"] == "Bobby"


def test_deactivating_somebody_takes_them_out_of_reach(house: House) -> None:
    assert house.delete(f"/api/users/{house.bob}", "alice").json()["is_active"] is False
    assert house.get("/api/auth/me", "bob").status_code == 401
    answer = house.post("/api/pages", "alice", {"delivery_mode": "single", "target_user_id": house.bob})
    assert answer.status_code == 422


@pytest.mark.parametrize("changes", [{"is_admin": False}, {"is_active": False}])
def test_the_last_admin_stays(house: House, changes: dict[str, bool]) -> None:
    answer = house.send("PATCH", f"/api/users/{house.alice}", "alice", changes)
    assert answer.status_code == 422
    assert list(answer.json()["errors"]) == ["is_admin"]
    house.send("PATCH", f"/api/users/{house.bob}", "alice", {"is_admin": True})
    assert house.send("PATCH", f"/api/users/{house.alice}", "alice", changes).status_code == 200


def test_what_git_says_is_changed_in_git(house: House) -> None:
    house.write(lambda connection: change_user(connection, house.bob, managed_by="git"))
    answer = house.send("PATCH", f"/api/users/{house.bob}", "alice", {"name": "Bobby"})
    assert answer.json()["errors"] == {"name": ["This person is managed by git: change the roster there."]}
    assert house.delete(f"/api/users/{house.bob}", "alice").status_code == 422
    answer = house.send("PATCH", f"/api/users/{house.bob}", "alice", {"password": "new password"})
    assert answer.status_code == 200


@pytest.mark.parametrize("method", ["GET", "PATCH", "DELETE"])
def test_people_of_another_organisation_do_not_exist(house: House, method: str) -> None:
    for number in (house.charlie, 999_999):
        answer = house.send(method, f"/api/users/{number}", "alice", {"name": "X"})
        assert answer.status_code == 404
        assert answer.json() == {"error": "User not found."}
    assert house.get(f"/api/users/{house.charlie}", "charlie").json()["name"] == "Charlie"


def test_it_is_for_admins_only(sqlite_house: House) -> None:
    for method, path in (
        ("GET", "/api/users"),
        ("POST", "/api/users"),
        ("GET", "/api/users/1"),
        ("PATCH", "/api/users/1"),
        ("DELETE", "/api/users/1"),
    ):
        assert sqlite_house.send(method, path, "bob", {}).status_code == 403
        assert sqlite_house.send(method, path, "", {}).status_code == 401
