"""GET /api/auth/me and POST /api/auth/logout."""

from __future__ import annotations

import pytest

from router.store.people import change_user
from tests.api.house import House


def test_me_is_who_is_logged_in(house: House) -> None:
    answer = house.get("/api/auth/me", "bob")
    assert answer.status_code == 200
    assert answer.json() == {"id": house.bob, "name": "Bob", "email": "bob@example.com", "is_admin": False}


def test_logging_out_revokes_the_current_token_only(house: House) -> None:
    answer = house.post("/api/auth/logout", "bob")
    assert answer.status_code == 200
    assert answer.json() == {"message": "Logged out successfully"}
    assert house.get("/api/auth/me", "bob").status_code == 401
    assert house.get("/api/auth/me", "alice").status_code == 200


@pytest.mark.parametrize(
    "authorization",
    [
        "",
        "Bearer",
        "Bearer ",
        "Bearer nonsense",
        "Bearer 1|" + "a" * 40,
        "Bearer 99999999999999999999|" + "a" * 40,
        "Basic YWxpY2U6eA==",
        "Bearer \xff",
    ],
)
def test_what_is_no_token_is_401(house: House, authorization: str) -> None:
    headers = {"Authorization": authorization.encode("latin-1")} if authorization else {}
    answer = house.get("/api/auth/me", headers=headers)
    assert answer.status_code == 401
    assert answer.json() == {"error": "Unauthenticated."}
    assert answer.headers["www-authenticate"].startswith("Bearer")


def test_a_key_is_no_token(house: House) -> None:
    assert house.get("/api/pages", "generic").status_code == 401
    headers = {"Authorization": f"Bearer {house.keys['generic']}"}
    assert house.get("/api/pages", headers=headers).status_code == 401


def test_the_token_of_somebody_who_left_is_dead(house: House) -> None:
    house.write(lambda connection: change_user(connection, house.bob, is_active=False))
    assert house.get("/api/auth/me", "bob").status_code == 401
