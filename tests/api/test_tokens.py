"""/api/me/tokens, and when and from where tokens and keys were last used."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from router.store.credentials import create_token
from tests.api.house import PAGERS, PROXY, START, House, broadcast


def tokens(house: House, who: str = "bob") -> list[dict[str, Any]]:
    answer = house.get("/api/me/tokens", who)
    assert answer.status_code == 200, answer.text
    data: list[dict[str, Any]] = answer.json()["data"]
    return data


def test_one_sees_where_one_is_logged_in(house: House) -> None:
    later = START + timedelta(hours=1)
    house.write(lambda connection: create_token(connection, house.bob, "dashboard", START, later))
    tokens(house)
    house.write(lambda _: None)  # the use is noted behind the answer
    session, current = tokens(house)
    assert (session["device_name"], session["is_current"]) == ("dashboard", False)
    assert (session["expires_at"], session["last_used_at"]) == ("2026-06-23T15:00:00Z", None)
    assert current == {
        "id": current["id"],
        "device_name": "tests",
        "is_current": True,
        "created_at": "2026-06-23T14:00:00Z",
        "expires_at": None,
        "last_used_at": "2026-06-23T14:00:00Z",
        "last_used_from": "192.0.2.7",
    }


def test_what_is_over_or_revoked_is_not_listed(house: House) -> None:
    house.write(lambda connection: create_token(connection, house.bob, "old", START, START))
    token = house.write(lambda connection: create_token(connection, house.bob, "phone", START))
    assert house.delete(f"/api/me/tokens/{token.split('|')[0]}", "bob").status_code == 200
    assert [one["device_name"] for one in tokens(house)] == ["tests"]
    assert house.get("/api/auth/me", headers={"Authorization": f"Bearer {token}"}).status_code == 401


def test_logging_out_everywhere_ends_every_token(house: House) -> None:
    token = house.write(lambda connection: create_token(connection, house.bob, "phone", START))
    assert house.delete("/api/me/tokens", "bob").json() == {"message": "Logged out everywhere"}
    for given in (token, house.tokens["bob"]):
        assert house.get("/api/auth/me", headers={"Authorization": f"Bearer {given}"}).status_code == 401
    assert house.get("/api/auth/me", "alice").status_code == 200


def test_the_tokens_of_others_do_not_exist(house: House) -> None:
    (alices,) = tokens(house, "alice")
    for number in (alices["id"], 999_999):
        answer = house.delete(f"/api/me/tokens/{number}", "bob")
        assert (answer.status_code, answer.json()) == (404, {"error": "Token not found."})
    assert house.get("/api/auth/me", "alice").status_code == 200


def test_a_key_says_when_and_from_where_it_was_used(house: House) -> None:
    house.post(PAGERS, "generic", broadcast())
    house.client._transport.client = (PROXY, 443)  # type: ignore[attr-defined]
    house.post(PAGERS, "fenced", broadcast(), headers={"X-Forwarded-For": "198.51.100.9"})
    used = {
        one["integration"]: (one["last_used_at"], one["last_used_from"])
        for one in house.get("/api/keys", "alice").json()["data"]
    }
    assert used == {
        "fenced": ("2026-06-23T14:00:00Z", "198.51.100.9"),
        "generic": ("2026-06-23T14:00:00Z", "192.0.2.7"),
        "grafana": (None, None),
    }
    senders = house.get("/api/integrations", "alice").json()["data"]
    assert {one["name"]: (one["last_used_at"], one["last_used_from"]) for one in senders} == used


def test_a_key_that_is_refused_from_an_address_was_not_used(house: House) -> None:
    assert house.post(PAGERS, "fenced", broadcast()).status_code == 403
    keys = house.get("/api/keys", "alice").json()["data"]
    assert {one["last_used_at"] for one in keys} == {None}


def test_an_admin_sees_where_somebody_is_logged_in_and_logs_them_out(house: House) -> None:
    path = f"/api/users/{house.bob}/tokens"
    (row,) = house.get(path, "alice").json()["data"]
    assert (row["device_name"], row["is_current"]) == ("tests", False)
    assert house.delete(path, "alice").json() == {"message": "Logged out everywhere"}
    assert house.get("/api/auth/me", "bob").status_code == 401
    (entry,) = house.get("/api/audit?act=user.logged_out", "alice").json()["data"]
    assert entry["about"] == "user bob@example.com"


def test_the_tokens_of_others_are_for_admins_of_their_organisation(house: House) -> None:
    path = f"/api/users/{house.alice}/tokens"
    assert [house.get(path, who).status_code for who in ("bob", "charlie")] == [403, 404]
    assert [house.delete(path, who).status_code for who in ("bob", "charlie")] == [403, 404]
    assert house.get("/api/auth/me", "alice").status_code == 200
