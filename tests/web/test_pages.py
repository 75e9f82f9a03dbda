from __future__ import annotations

import pytest

from tests.api.house import PAGERS, House, broadcast, to_one, webhook
from tests.web.browser import Browser, logged_in


def escalating(house: House) -> dict[str, object]:
    step = {"step": 1, "delay_seconds": 600, "escalate_to_user_id": house.alice}
    return {**to_one(house.bob), "escalation": [step]}


def test_the_list_has_ones_own_pages_and_an_admin_sees_all(house: House) -> None:
    ours, theirs = house.page(subject="Disk full"), house.page(subject="Secret", target_user_id=house.alice)
    bob, alice = logged_in(house, "bob"), logged_in(house, "alice")
    assert "Disk full" in bob.text("/")
    assert "Secret" not in bob.text("/")
    assert {"Disk full", "Secret"} <= {word for word in ("Disk full", "Secret") if word in alice.text("/")}
    assert bob.get(f"/pages/{theirs}").status_code == 404
    assert bob.get(f"/pages/{ours}").status_code == 200


def test_a_page_of_another_organisation_is_as_one_that_does_not_exist(house: House) -> None:
    page_id = house.page()
    charlie = logged_in(house, "charlie")
    there, nowhere = charlie.get(f"/pages/{page_id}"), charlie.get("/pages/999999")
    assert there.status_code == nowhere.status_code == 404
    assert there.text == nowhere.text


def test_acknowledging_with_a_note_is_recorded_as_by_web(house: House) -> None:
    page_id = house.page()
    bob = logged_in(house, "bob")
    bob.get(f"/pages/{page_id}")
    answer = bob.post(f"/pages/{page_id}/acknowledge", note="On it <b>now</b>")
    assert answer.headers["location"] == f"/pages/{page_id}"
    shown = bob.get(f"/pages/{page_id}").text
    assert "On it &lt;b&gt;now&lt;/b&gt;" in shown
    (recipient,) = house.get(f"/api/pages/{page_id}", "alice").json()["recipients"]
    assert (recipient["method"], recipient["response_note"]) == ("web", "On it <b>now</b>")


def test_many_are_acknowledged_at_once_and_what_is_over_is_said(house: House) -> None:
    pages = [house.page() for _ in range(3)]
    house.delete(f"/api/pages/{pages[2]}", "alice")
    bob = logged_in(house, "bob")
    answer = bob.post("/pages/acknowledge", page=[str(page_id) for page_id in pages])
    assert answer.status_code == 303
    assert "You have 2 pages. 1 could not be acknowledged" in bob.text("/")
    assert [house.get(f"/api/pages/{one}", "alice").json()["status"] for one in pages] == [
        "acknowledged",
        "acknowledged",
        "cancelled",
    ]


def test_an_admin_cancels_and_a_user_does_not(house: House) -> None:
    page_id = house.page()
    bob, alice = logged_in(house, "bob"), logged_in(house, "alice")
    assert bob.post(f"/pages/{page_id}/cancel").status_code == 403
    assert alice.post(f"/pages/{page_id}/cancel").status_code == 303
    assert house.get(f"/api/pages/{page_id}", "alice").json()["status"] == "cancelled"


def test_a_page_that_is_over_says_why_it_cannot_be_acknowledged(house: House) -> None:
    page_id = house.page()
    bob = logged_in(house, "bob")
    house.delete(f"/api/pages/{page_id}", "alice")
    answer = bob.post(f"/pages/{page_id}/acknowledge")
    assert answer.status_code == 422
    assert f"Page {page_id} is cancelled and can no longer be acknowledged." in answer.text


def test_htmx_gets_the_rows_alone(sqlite_house: House) -> None:
    sqlite_house.page(subject="Disk full")
    bob = logged_in(sqlite_house, "bob")
    rows = bob.get("/", **{"HX-Request": "true"}).text
    assert "Disk full" in rows
    assert "<html" not in rows


@pytest.mark.parametrize(
    "query",
    [
        "?show=active&priority=critical",
        "?page=-1",
        "?page=x",
        "?show=<b>",
        "?from=0000-01-01&to=9999-12-31",
        "?page=9999999999",
    ],
)
def test_strange_filters_show_a_list_all_the_same(sqlite_house: House, query: str) -> None:
    assert logged_in(sqlite_house, "bob").get(f"/{query}").status_code == 200


def test_no_screen_has_inline_script_or_style_and_each_has_its_policy(sqlite_house: House) -> None:
    page_id = sqlite_house.post("/api/pages", "alice", broadcast()).json()["page_id"]
    bob = logged_in(sqlite_house, "bob")
    for path in ("/", f"/pages/{page_id}", "/login", "/pages/0"):
        answer = Browser(sqlite_house).get(path) if path == "/login" else bob.get(path)
        policy = answer.headers["content-security-policy"]
        assert "'unsafe-inline'" not in policy
        assert "default-src 'none'" in policy
        assert " style=" not in answer.text
        assert "<style" not in answer.text
        assert "<script>" not in answer.text
        assert " onclick" not in answer.text


def test_telling_again_and_escalating_are_said_and_done_once(house: House) -> None:
    page_id = house.post("/api/pages", "alice", escalating(house)).json()["page_id"]
    bob = logged_in(house, "bob")
    bob.post(f"/pages/{page_id}/repage")
    assert "Told again: Bob." in bob.text(f"/pages/{page_id}")
    bob.post(f"/pages/{page_id}/repage")
    assert "This was asked for a moment ago, and is not done twice." in bob.text(f"/pages/{page_id}")
    bob.post(f"/pages/{page_id}/escalate")
    assert "Escalated to" in bob.text(f"/pages/{page_id}")


def test_nobody_urges_a_page_that_is_not_theirs(house: House) -> None:
    page_id = house.page(target_user_id=house.alice)
    bob = logged_in(house, "bob")
    assert {bob.post(f"/pages/{page_id}/{act}").status_code for act in ("repage", "escalate")} == {404}


def test_a_page_is_sent_by_hand(house: House) -> None:
    bob = logged_in(house, "bob")
    bob.get("/send")
    answer = bob.post(
        "/send", subject="Cake", message="In the kitchen.", to=str(house.devops), priority="low"
    )
    assert answer.status_code == 303
    page = house.get(answer.headers["location"].replace("/pages/", "/api/pages/"), "alice").json()
    assert (page["subject"], page["priority"], page["created_by"]) == ("Cake", "low", "Bob")
    assert "Sent to 1 person." in bob.text(answer.headers["location"])


def test_what_is_wrong_with_a_page_by_hand_is_said_beside_what_was_typed(house: House) -> None:
    bob = logged_in(house, "bob")
    answer = bob.post("/send", subject="", message="Kept <text>", to=str(house.foreign_group), priority="low")
    assert answer.status_code == 422
    assert "The subject field is required." in answer.text
    assert "The selected target group id is invalid." in answer.text
    assert "Kept &lt;text&gt;" in answer.text


def test_the_list_starts_with_what_is_open(house: House) -> None:
    over = house.page(subject="Over and done")
    house.delete(f"/api/pages/{over}", "alice")
    bob = logged_in(house, "bob")
    assert "Nothing is open: all is quiet." in bob.text("/")
    assert "Over and done" in bob.text("/?show=all")
    assert "Over and done" in bob.text("/?show=cancelled")
    assert "No page matches." in bob.text("/?show=active")


def test_pages_are_found_by_text_priority_and_day(house: House) -> None:
    house.page(subject="Disk full", priority="high")
    house.later(days=2)
    house.page(subject="Router down", priority="critical")
    bob = logged_in(house, "bob")
    assert "Router down" not in bob.text("/?q=disk")
    assert "Disk full" not in bob.text("/?priority=critical")
    assert "Disk full" in bob.text("/?from=2026-06-23&to=2026-06-23")
    assert "Router down" not in bob.text("/?from=2026-06-23&to=2026-06-23")


def test_turning_to_older_pages_keeps_the_search(sqlite_house: House) -> None:
    for number in range(51):
        sqlite_house.page(subject=f"Disk {number}")
    bob = logged_in(sqlite_house, "bob")
    shown = bob.get("/?q=disk&show=all").text
    assert "51 pages, screen 1 of 2" in shown
    assert 'href="/?show=all&amp;q=disk&amp;page=2"' in shown
    assert "Disk 0" in bob.text("/?show=all&q=disk&page=2")


def test_an_alert_without_a_name_is_shown(sqlite_house: House) -> None:
    page_id = sqlite_house.post(PAGERS, "generic", webhook({"team": "a"})).json()["page_id"]
    assert "team=a" in logged_in(sqlite_house, "alice").text(f"/pages/{page_id}")
