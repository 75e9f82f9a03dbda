"""Invitations, the first admin, and a change of one's own password."""

from __future__ import annotations

from typing import Any

import pytest
import sqlalchemy as sa

from router.commands.invitations import setup_token
from router.store.people import change_user
from router.store.tables import INVITATIONS, USERS
from tests.api.house import PASSWORD, House

DAVE: dict[str, Any] = {"email": "dave@example.com", "name": "Dave"}
NEW = "a password of my own"


def logs_in(house: House, email: str, password: str) -> bool:
    body = {"email": email, "password": password}
    return bool(house.post("/api/auth/login", body=body).status_code == 200)


def invited(house: House, user_id: int) -> str:
    answer = house.post(f"/api/users/{user_id}/invite", "alice")
    assert answer.status_code == 201, answer.text
    token: str = answer.json()["token"]
    return token


def accept(house: House, token: str, **more: Any) -> Any:
    return house.post("/api/auth/accept", body={"token": token, "password": NEW, **more})


def bare(house: House) -> str:
    """Take every password away, as before the first admin, and return a set-up token."""
    house.write(lambda connection: connection.execute(sa.update(USERS).values(password_hash=None)))
    token: str = house.services.writer.run(lambda tx: setup_token(tx, house.watch()))
    return token


def set_up(house: House, token: str, **more: Any) -> Any:
    body = {"token": token, "email": "root@example.com", "name": "Root", "password": NEW}
    return house.post("/api/auth/setup", body={**body, **more})


def test_an_invited_person_sets_name_and_password_once(house: House) -> None:
    made = house.post("/api/users", "alice", {**DAVE, "invite": True}).json()
    invitation = made["invitation"]
    assert invitation["url"] == f"http://testserver/invitation/{invitation['token']}"
    assert invitation["expires_at"] == "2026-06-26T14:00:00Z"

    answer = accept(house, invitation["token"], name="David")
    assert (answer.status_code, answer.json()["name"]) == (200, "David")
    assert logs_in(house, "dave@example.com", NEW)
    assert accept(house, invitation["token"]).status_code == 404


def test_without_being_asked_nobody_is_invited(house: House) -> None:
    assert house.post("/api/users", "alice", DAVE).json()["invitation"] is None


def test_a_new_invitation_makes_the_last_one_void(house: House) -> None:
    first, second = invited(house, house.bob), invited(house, house.bob)
    assert accept(house, first).status_code == 404
    assert accept(house, second).status_code == 200


def test_an_invitation_lasts_72_hours(house: House) -> None:
    token = invited(house, house.bob)
    house.later(hours=72)
    assert accept(house, token).json() == {"error": "Link not found."}


def test_it_resets_a_forgotten_password_and_ends_every_session(house: House) -> None:
    token = invited(house, house.bob)
    assert house.get("/api/auth/me", "bob").status_code == 200
    accept(house, token)
    assert house.get("/api/auth/me", "bob").status_code == 401
    assert not logs_in(house, "bob@example.com", PASSWORD)
    assert logs_in(house, "bob@example.com", NEW)


def test_whoever_left_can_neither_be_invited_nor_come_back_by_a_link(house: House) -> None:
    assert house.post(f"/api/users/{house.carol}/invite", "alice").status_code == 422
    token = invited(house, house.bob)
    house.delete(f"/api/users/{house.bob}", "alice")
    assert accept(house, token).status_code == 404


def test_the_name_of_somebody_in_git_stays(house: House) -> None:
    house.write(lambda connection: change_user(connection, house.bob, managed_by="git"))
    assert accept(house, invited(house, house.bob), name="Robert").json()["name"] == "Bob"


@pytest.mark.parametrize("password", ["short", "BOB@example.com", "x" * 1025])
def test_a_weak_password_is_refused_and_the_link_holds(house: House, password: str) -> None:
    token = invited(house, house.bob)
    answer = accept(house, token, password=password)
    assert (answer.status_code, list(answer.json()["errors"])) == (422, ["password"])
    assert accept(house, token).status_code == 200


def test_only_the_hash_of_a_link_is_kept(house: House) -> None:
    token = invited(house, house.bob)
    with house.services.database.read() as connection:
        rows = connection.execute(sa.select(INVITATIONS)).all()
    assert len(rows) == 1
    assert token not in str(rows)


def test_links_are_not_guessed(sqlite_house: House) -> None:
    answers = [accept(sqlite_house, "x" * 43).status_code for _ in range(31)]
    assert answers == [404] * 30 + [429]


def test_inviting_is_for_admins_and_their_own_people(house: House) -> None:
    assert house.post(f"/api/users/{house.bob}/invite", "bob").status_code == 403
    assert house.post(f"/api/users/{house.charlie}/invite", "alice").status_code == 404


def test_the_first_admin_is_made_by_the_link_of_the_server(house: House) -> None:
    token = bare(house)
    answer = set_up(house, token)
    assert (answer.status_code, answer.json()["is_admin"]) == (201, True)
    assert logs_in(house, "root@example.com", NEW)
    assert set_up(house, token, email="other@example.com").status_code == 404


def test_somebody_who_is_there_becomes_the_first_admin(house: House) -> None:
    answer = set_up(house, bare(house), email="Bob@example.com")
    assert (answer.json()["id"], answer.json()["is_admin"]) == (house.bob, True)
    assert logs_in(house, "bob@example.com", NEW)


def test_an_admin_with_a_password_ends_the_set_up(house: House) -> None:
    token = bare(house)
    accept(house, invited(house, house.alice))
    assert set_up(house, token).status_code == 404
    assert house.services.writer.run(lambda tx: setup_token(tx, house.watch())) is None


def test_servers_that_start_together_print_links_that_hold(house: House) -> None:
    first = bare(house)
    second = house.services.writer.run(lambda tx: setup_token(tx, house.watch()))
    assert set_up(house, first).status_code == 201
    assert set_up(house, second).status_code == 404


def test_people_elsewhere_are_not_taken_over(house: House) -> None:
    answer = set_up(house, bare(house), email="charlie@example.com")
    assert (answer.status_code, list(answer.json()["errors"])) == (422, ["email"])


def test_a_link_for_one_thing_does_not_serve_the_other(house: House) -> None:
    assert set_up(house, invited(house, house.bob)).status_code == 404
    assert accept(house, bare(house)).status_code == 404


def test_a_new_password_of_ones_own_ends_the_other_sessions(house: House) -> None:
    house.post("/api/auth/login", body={"email": "bob@example.com", "password": PASSWORD})
    answer = house.post("/api/me/password", "bob", {"old_password": PASSWORD, "password": NEW})
    assert answer.json() == {"message": "Password changed successfully"}
    assert house.get("/api/me/tokens", "bob").json()["total"] == 1
    assert logs_in(house, "bob@example.com", NEW)
    assert not logs_in(house, "bob@example.com", PASSWORD)


def test_it_takes_the_old_password_and_guessing_is_slow(house: House) -> None:
    body = {"old_password": "guess", "password": NEW}
    answers = [house.post("/api/me/password", "bob", body) for _ in range(6)]
    assert [answer.status_code for answer in answers] == [422] * 5 + [429]
    assert answers[0].json()["errors"] == {"old_password": ["The old password is not right."]}


def test_all_of_it_is_in_the_audit_log_without_the_links(house: House) -> None:
    token = invited(house, house.bob)
    accept(house, token)
    setup = bare(house)
    set_up(house, setup)
    entries = house.get("/api/audit", "alice").json()["data"]
    assert [(one["who"], one["act"]) for one in reversed(entries)] == [
        ("alice@example.com", "user.invited"),
        ("bob@example.com", "user.joined"),
        ("root@example.com", "setup.used"),
    ]
    assert token not in str(entries)
    assert setup not in str(entries)
