from __future__ import annotations

import hashlib
from typing import Any

import pytest
import sqlalchemy as sa

from router.delivery.webpush import own_key, point
from router.store.secrets import Secrets
from router.store.tables import CONTACTS
from tests.api.house import PASSWORD, House
from tests.browser import Browser as Device
from tests.browser import b64
from tests.web.browser import Browser, logged_in

ENDPOINT = "https://push.example.net/send/Geheim-4711"
NEW = "a new password of mine"


def begin(browser: Browser, endpoint: str = ENDPOINT, **more: str) -> Any:
    given = Device().subscription(endpoint)
    return browser.post("/me/push", endpoint=endpoint, **{**given["keys"], "device": "Bob's phone", **more})


def test_people_see_how_they_are_reached_and_no_url(house: House) -> None:
    shown = logged_in(house, "bob").text("/me")
    assert "bob@example.com" in shown
    assert "json://127.0.0.1:9" in shown
    assert "alice" not in shown.lower()


def test_somebody_without_a_contact_is_told_that_no_page_reaches_them(house: House) -> None:
    house.write(lambda connection: connection.execute(sa.delete(CONTACTS)))
    assert "Nothing: no page reaches you." in logged_in(house, "bob").text("/me")


def test_a_device_is_added_and_knows_itself_again(house: House) -> None:
    bob = logged_in(house, "bob")
    assert begin(bob).headers["location"] == "/me"
    answer = bob.get("/me")
    assert "Bob&#39;s phone (webpush://push.example.net)" in answer.text
    assert hashlib.sha256(ENDPOINT.encode()).hexdigest() in answer.text
    assert "Geheim" not in answer.text


def test_the_screen_holds_the_key_to_subscribe_under(house: House) -> None:
    key = b64(point(own_key(Secrets("k" * 32))))
    assert f'data-key="{key}"' in logged_in(house, "bob").get("/me").text


def test_a_device_is_taken_away(house: House) -> None:
    bob = logged_in(house, "bob")
    begin(bob)
    assert bob.post("/me/push/end", endpoint=ENDPOINT).status_code == 303
    assert "webpush" not in bob.get("/me").text


def test_what_no_browser_gives_is_refused(house: House) -> None:
    bob = logged_in(house, "bob")
    for wrong in (
        {"endpoint": "http://push.example.net/"},
        {"p256dh": "AAAA"},
        {"auth": ""},
        {"device": "x" * 61},
    ):
        assert begin(bob, **wrong).status_code == 422
    assert "webpush" not in bob.get("/me").text


def test_a_device_under_a_key_that_is_gone_breaks_no_screen(house: House) -> None:
    bob = logged_in(house, "bob")
    begin(bob)
    foreign = Secrets("another key").encrypt("contact", "webpush://push.example.net/p")
    lost = sa.update(CONTACTS).where(CONTACTS.c.channel == "webpush").values(url_encrypted=foreign)
    house.write(lambda connection: connection.execute(lost))
    assert bob.get("/me").status_code == 200


def test_a_new_password_ends_every_other_session_and_not_this_one(house: House) -> None:
    here, elsewhere = logged_in(house, "bob"), logged_in(house, "bob")
    answer = here.post("/me/password", old_password=PASSWORD, password=NEW)
    assert (answer.status_code, answer.headers["location"]) == (303, "/me")
    assert "Your password is changed" in here.text("/me")
    assert elsewhere.get("/me").status_code == 303
    house.later(minutes=5)
    again = Browser(house)
    again.get("/login")
    assert again.post("/login", email="bob@example.com", password=NEW).status_code == 303


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("wrong", NEW, "The old password is not right."),
        ("", NEW, "The old password field is required."),
        (PASSWORD, "short", "characters"),
        (PASSWORD, "bob@example.com", "must not be the e-mail address"),
    ],
)
def test_a_password_that_is_not_changed_is_said_beside_its_form(
    house: House, old: str, new: str, said: str
) -> None:
    bob = logged_in(house, "bob")
    answer = bob.post("/me/password", old_password=old, password=new)
    assert answer.status_code == 422
    assert said in answer.text
    assert NEW not in answer.text
    assert bob.get("/me").status_code == 200


def test_logging_out_everywhere_ends_every_session(house: House) -> None:
    here, elsewhere = logged_in(house, "bob"), logged_in(house, "bob")
    here.get("/me")
    here.post("/logout", everywhere="yes")
    assert [browser.get("/me").status_code for browser in (here, elsewhere)] == [303, 303]
