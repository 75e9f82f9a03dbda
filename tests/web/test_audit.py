from __future__ import annotations

import pytest

from tests.api.house import House
from tests.web.browser import logged_in


def renamed(house: House) -> None:
    answer = house.send("PATCH", f"/api/users/{house.bob}", "alice", {"name": "Bob <b>"})
    assert answer.status_code == 200, answer.text


def test_it_says_who_did_what_to_what_and_when(house: House) -> None:
    renamed(house)
    alice = logged_in(house, "alice")
    shown = alice.text("/admin/audit?act=user.changed")
    row = "2026-06-23 14:00:00 UTC alice@example.com user.changed user bob@example.com name: Bob → Bob <b>"
    assert row in shown
    assert "1 entry" in shown
    assert "Bob <b>" not in alice.get("/admin/audit").text


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("who=alice%40example.com&act=user.changed", True),
        ("who=bob%40example.com&act=user.changed", False),
        ("who=git&act=user.changed", False),
        ("act=key.made", False),
        ("act=user.changed&from=2026-06-23T13:59&to=2026-06-23T14:01", True),
        ("act=user.changed&from=2026-06-23T14:01", False),
    ],
)
def test_it_is_filtered(house: House, query: str, found: bool) -> None:
    renamed(house)
    shown = logged_in(house, "alice").text(f"/admin/audit?{query}")
    assert ("Nothing was done so." in shown) is not found


@pytest.mark.parametrize(
    ("query", "sentence"),
    [
        ("act=<b>", "The selected act is invalid."),
        ("to=never", "The to field must be a moment"),
        ("from=0001-01-01T00:00:00%2B14:00", "The from field must be a moment that calendars have."),
    ],
)
def test_a_wrong_filter_is_told_beside_what_was_chosen(
    sqlite_house: House, query: str, sentence: str
) -> None:
    answer = logged_in(sqlite_house, "alice").get(f"/admin/audit?who=git&{query}")
    assert answer.status_code == 422
    assert sentence in answer.text
    assert "<option selected>git</option>" in answer.text


def test_another_organisation_sees_its_own_and_users_are_refused(house: House) -> None:
    renamed(house)
    assert "bob@example.com" not in logged_in(house, "charlie").text("/admin/audit")
    assert logged_in(house, "bob").get("/admin/audit").status_code == 403
