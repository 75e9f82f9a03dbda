from __future__ import annotations

from datetime import timedelta

import pytest

from router.store.people import change_user
from router.web import session
from tests.api.house import PASSWORD, House
from tests.web.browser import Browser, logged_in


def test_a_stranger_is_asked_to_log_in_and_then_gets_where_he_wanted(house: House) -> None:
    page_id = house.page()
    browser = Browser(house)
    sent = browser.get(f"/pages/{page_id}")
    assert (sent.status_code, sent.headers["location"]) == (303, f"/login?next=/pages/{page_id}")
    browser.get(sent.headers["location"])
    answer = browser.post("/login", email=" Bob@Example.com ", password=PASSWORD, next=f"/pages/{page_id}")
    assert (answer.status_code, answer.headers["location"]) == (303, f"/pages/{page_id}")
    assert "Disk" in browser.text(f"/pages/{page_id}") or "page" in browser.text(f"/pages/{page_id}")


@pytest.mark.parametrize(
    "wanted", ["https://evil.example/", "//evil.example", "/\\evil.example", "javascript:alert(1)", "/login"]
)
def test_a_log_in_never_leads_to_an_address_that_is_not_ours(sqlite_house: House, wanted: str) -> None:
    browser = Browser(sqlite_house)
    browser.get("/login")
    answer = browser.post("/login", email="bob@example.com", password=PASSWORD, next=wanted)
    assert answer.headers["location"] == "/"


def test_a_wrong_password_is_told_without_saying_who_exists(sqlite_house: House) -> None:
    said = set()
    for email in ("bob@example.com", "nobody@example.com", "carol@example.com"):
        browser = Browser(sqlite_house)
        browser.get("/login")
        answer = browser.post("/login", email=email, password="wrong")
        assert answer.status_code == 401
        said.add("These credentials do not match our records." in answer.text)
    assert said == {True}


def test_guesses_are_throttled_as_those_at_the_api(sqlite_house: House) -> None:
    browser = Browser(sqlite_house)
    browser.get("/login")
    answers = [browser.post("/login", email="bob@example.com", password="wrong") for _ in range(12)]
    assert answers[-1].status_code == 429
    assert int(answers[-1].headers["retry-after"]) > 0


def test_a_session_is_a_cookie_that_no_script_and_no_other_site_uses(sqlite_house: House) -> None:
    browser = Browser(sqlite_house)
    browser.get("/login")
    answer = browser.post("/login", email="bob@example.com", password=PASSWORD)
    (cookie,) = (value for value in answer.headers.get_list("set-cookie") if value.startswith("pp_session="))
    assert "HttpOnly" in cookie
    assert "SameSite=lax" in cookie


def test_a_session_is_no_token_of_the_api(sqlite_house: House) -> None:
    browser = logged_in(sqlite_house, "bob")
    token = browser.client.cookies["pp_session"].strip('"')
    answer = browser.client.get("/api/auth/me", headers={"Authorization": f"Bearer {token}"})
    assert answer.status_code == 401


def test_a_session_ends_after_two_weeks(house: House) -> None:
    browser = logged_in(house, "bob")
    house.watch.at += session.LASTS - timedelta(seconds=1)
    assert browser.get("/").status_code == 200
    house.watch.at += timedelta(seconds=1)
    assert browser.get("/").status_code == 303


def test_logging_out_ends_this_session_only_unless_everywhere_is_meant(sqlite_house: House) -> None:
    phone, laptop, desk = (logged_in(sqlite_house, "bob") for _ in range(3))
    phone.post("/logout")
    assert phone.get("/").status_code == 303
    assert laptop.get("/").status_code == 200
    laptop.post("/logout", everywhere="yes")
    assert desk.get("/").status_code == 303
    assert sqlite_house.get("/api/auth/me", "bob").status_code == 401


def test_who_is_deactivated_is_out_at_once(sqlite_house: House) -> None:
    browser = logged_in(sqlite_house, "bob")
    sqlite_house.write(lambda connection: change_user(connection, sqlite_house.bob, is_active=False))
    assert browser.get("/").status_code == 303


def test_a_form_of_another_browser_is_refused(sqlite_house: House) -> None:
    mine, theirs = logged_in(sqlite_house, "bob"), logged_in(sqlite_house, "alice")
    for csrf in ("", theirs.csrf, "0" * 64):
        assert mine.post("/logout", csrf=csrf).status_code == 403
    assert mine.get("/").status_code == 200


def test_a_log_in_without_its_csrf_token_is_refused(sqlite_house: House) -> None:
    browser = Browser(sqlite_house)
    answer = browser.post("/login", csrf="", email="bob@example.com", password=PASSWORD)
    assert answer.status_code == 403
