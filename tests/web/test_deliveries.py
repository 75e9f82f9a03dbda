from __future__ import annotations

import pytest

from router.store.sending import Outcome
from tests.api.house import House
from tests.api.test_deliveries import BUSY, paged, tried
from tests.web.browser import logged_in


def test_a_failed_delivery_says_who_where_how_often_and_why(house: House) -> None:
    tried(house, paged(house), Outcome("permanent", "HTTP 410 <b>Gone</b>"))
    alice = logged_in(house, "alice")
    shown = alice.text("/admin/deliveries")
    assert "Bob by webhook 127.0.0.1:9" in shown
    assert "HTTP 410 <b>Gone</b>" in shown
    assert "Server down normal active" in shown
    assert "1 try has not heard of it Send again" in shown
    assert "<b>Gone" not in alice.get("/admin/deliveries").text


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("state=failed", True),
        ("state=retrying", False),
        ("channel=webhook", True),
        ("channel=email", False),
        ("from=2026-06-23T13:00&to=2026-06-23T15:00", True),
        ("from=2026-06-23T15:00", False),
    ],
)
def test_they_are_filtered(house: House, query: str, found: bool) -> None:
    tried(house, paged(house))
    shown = logged_in(house, "alice").text(f"/admin/deliveries?{query}")
    assert ("Bob by webhook" in shown) is found


def test_they_are_filtered_by_person(house: House) -> None:
    tried(house, paged(house))
    alice = logged_in(house, "alice")
    assert "1 delivery" in alice.text(f"/admin/deliveries?user={house.bob}")
    assert "0 deliveries" in alice.text(f"/admin/deliveries?user={house.alice}")


def test_what_is_tried_again_by_itself_needs_nobody(house: House) -> None:
    tried(house, paged(house), BUSY)
    shown = logged_in(house, "alice").text("/admin/deliveries?state=retrying")
    assert "HTTP 503" in shown
    assert "next in" in shown
    assert "Send again" not in shown


def test_one_is_sent_again_and_says_by_what(house: House) -> None:
    number = tried(house, paged(house))
    alice = logged_in(house, "alice")
    alice.get("/admin/deliveries")
    assert alice.post(f"/admin/deliveries/{number}/retry").status_code == 303
    assert "Sent again: by webhook 127.0.0.1:9." in alice.text("/admin/deliveries")
    alice.post(f"/admin/deliveries/{number}/retry")
    assert "It is on its way already: by webhook 127.0.0.1:9." in alice.text("/admin/deliveries")


def test_one_that_nobody_needs_is_refused(house: House) -> None:
    page_id = paged(house)
    number = tried(house, page_id)
    house.delete(f"/api/pages/{page_id}", "alice")
    alice = logged_in(house, "alice")
    assert "Send again" not in alice.text("/admin/deliveries")
    answer = alice.post(f"/admin/deliveries/{number}/retry")
    assert answer.status_code == 422
    assert "The page is cancelled: nobody needs to be told of it." in answer.text


@pytest.mark.parametrize(
    ("query", "sentence"),
    [
        ("state=<b>", "The selected state is invalid."),
        ("from=yesterday", "The from field must be a moment"),
        ("user=bob", "The user field must be an integer."),
        ("channel=" + "x" * 41, "The channel field must not be greater than 40 characters."),
        ("page=0", "The page field must be at least 1."),
    ],
)
def test_a_wrong_filter_is_told_beside_what_was_typed(sqlite_house: House, query: str, sentence: str) -> None:
    answer = logged_in(sqlite_house, "alice").get(f"/admin/deliveries?channel=kept&{query}")
    assert answer.status_code == 422
    assert sentence in answer.text
    assert "kept" in answer.text


def test_nobody_else_sees_or_sends_anything(house: House) -> None:
    number = tried(house, paged(house))
    bob, charlie = logged_in(house, "bob"), logged_in(house, "charlie")
    assert bob.get("/admin/deliveries").status_code == 403
    assert bob.post(f"/admin/deliveries/{number}/retry").status_code == 403
    assert "0 deliveries" in charlie.text("/admin/deliveries")
    assert charlie.post(f"/admin/deliveries/{number}/retry").status_code == 404
