from __future__ import annotations

import json
from typing import Any

import pytest

from tests.api.house import PAGERS, House, webhook
from tests.api.test_quarantine import listed, readable, unreadable
from tests.web.browser import logged_in


def kept(house: House, *odd: Any) -> int:
    """Post a body one of whose alerts cannot be read; returns the entry."""
    body: dict[str, Any] = webhook({"alertname": "Down"})
    body["alerts"].extend(odd)
    house.post(PAGERS, "generic", json.dumps(body, ensure_ascii=False))
    number: int = listed(house)[0]["id"]
    return number


def test_what_could_not_be_read_is_listed_with_its_reason_and_sender(house: House) -> None:
    kept(house, "<script>alert(1)</script>")
    alice = logged_in(house, "alice")
    shown = alice.text("/admin/quarantine")
    assert "from generic" in shown
    assert "alert 2 of the body" in shown
    assert listed(house)[0]["reason"] in shown
    assert "<script>alert" not in alice.get("/admin/quarantine").text
    assert "Nothing is here." in alice.text("/admin/quarantine?state=dismissed")
    assert "1 entry" in alice.text("/admin/quarantine?state=")


def test_its_body_is_text_whatever_is_in_it_and_bounded(house: House) -> None:
    number = kept(house, "</pre><b>bold</b>\u202egnp", "long " * 10_000)
    html = logged_in(house, "alice").get(f"/admin/quarantine/{number}").text
    assert "&lt;/pre&gt;&lt;b&gt;bold" in html
    assert "⟨U+202E⟩" in html
    assert "further characters" in html
    assert len(html) < 100_000


def test_a_replay_says_what_came_of_it(house: House) -> None:
    number = readable(house)
    alice = logged_in(house, "alice")
    path = f"/admin/quarantine/{number}"
    alice.get(path)
    answer = alice.post(f"{path}/replay")
    assert (answer.status_code, answer.headers["location"]) == (303, path)
    (page,) = house.get("/api/pages", "alice").json()["data"]
    shown = alice.text(path)
    assert f"Replayed: 1 created. See page {page['id']}." in shown
    assert "Replayed 0 s ago by Alice, as webhook 2: 1 created." in shown
    alice.post(f"{path}/replay")
    assert "It was replayed already: nothing was done." in alice.text(path)


def test_what_still_cannot_be_read_says_so_and_waits_on(house: House) -> None:
    number = unreadable(house)
    alice = logged_in(house, "alice")
    alice.get("/admin/quarantine")
    answer = alice.post(f"/admin/quarantine/{number}/replay")
    assert answer.status_code == 422
    assert "It still cannot be read, and nothing was changed" in answer.text
    assert listed(house)[0]["state"] == "waiting"


def test_what_is_dismissed_waits_no_more(house: House) -> None:
    number = kept(house, 7)
    alice = logged_in(house, "alice")
    alice.get(f"/admin/quarantine/{number}")
    assert alice.post(f"/admin/quarantine/{number}/dismiss").status_code == 303
    shown = alice.text("/admin/quarantine")
    assert "It is dismissed." in shown
    assert "Nothing waits here" in shown


def test_what_was_replayed_is_not_dismissed(house: House) -> None:
    number = readable(house)
    alice = logged_in(house, "alice")
    alice.get("/admin/quarantine")
    alice.post(f"/admin/quarantine/{number}/replay")
    answer = alice.post(f"/admin/quarantine/{number}/dismiss")
    assert answer.status_code == 422
    assert "It has been replayed." in answer.text


def test_a_wrong_filter_is_told(sqlite_house: House) -> None:
    answer = logged_in(sqlite_house, "alice").get("/admin/quarantine?state=<b>")
    assert answer.status_code == 422
    assert "The selected state is invalid." in answer.text
    assert "<b>" not in answer.text


@pytest.mark.parametrize("act", ["", "/replay", "/dismiss"])
def test_nobody_else_sees_or_does_anything(house: House, act: str) -> None:
    number = kept(house, 7)
    for name, status in (("bob", 403), ("charlie", 404)):
        browser = logged_in(house, name)
        path = f"/admin/quarantine/{number}{act}"
        assert (browser.post(path) if act else browser.get(path)).status_code == status
    assert "Nothing is here." in logged_in(house, "charlie").text("/admin/quarantine?state=")
    assert listed(house)[0]["state"] == "waiting"
