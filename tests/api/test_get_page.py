"""GET /api/pages/{id} and its timeline."""

from __future__ import annotations

import pytest
import sqlalchemy as sa

from router.store.tables import NOTIFICATIONS
from tests.api.house import House


def test_a_page_has_the_documented_fields(house: House) -> None:
    page_id = house.page(priority="critical", repeat_interval_s=30)
    answer = house.get(f"/api/pages/{page_id}", "bob")
    assert answer.status_code == 200
    page = answer.json()
    documented = (
        "id",
        "subject",
        "message",
        "priority",
        "status",
        "delivery_mode",
        "repeat_interval_s",
        "created_at",
        "expires_at",
    )
    assert {name: page[name] for name in documented} == {
        "id": page_id,
        "subject": "Server down",
        "message": "web-01 is unreachable",
        "priority": "critical",
        "status": "active",
        "delivery_mode": "single",
        "repeat_interval_s": 30,
        "created_at": "2026-06-23T14:00:00Z",
        "expires_at": None,
    }
    (recipient,) = page["recipients"]
    assert {name: recipient[name] for name in ("user_id", "status", "acknowledged_at", "user")} == {
        "user_id": house.bob,
        "status": "pending",
        "acknowledged_at": None,
        "user": {"id": house.bob, "name": "Bob"},
    }


def test_what_is_not_for_you_is_as_good_as_unknown(house: House) -> None:
    page_id = house.page(target_user_id=house.alice)
    answers = [
        house.get(f"/api/pages/{page_id}", "bob"),
        house.get(f"/api/pages/{page_id}", "charlie"),
        house.get("/api/pages/999999", "bob"),
        house.get(f"/api/pages/{page_id}/timeline", "bob"),
        house.get("/api/pages/999999/timeline", "bob"),
    ]
    assert {answer.status_code for answer in answers} == {404}
    assert {answer.text for answer in answers} == {'{"error":"Page not found."}'}


@pytest.mark.parametrize(
    "number", ["0", "-1", "abc", "1.0", "٣", "9" * 30, "9223372036854775808", "%00", "1%0a"]
)
def test_what_cannot_be_an_id_is_404(sqlite_house: House, number: str) -> None:
    answer = sqlite_house.get(f"/api/pages/{number}", "alice")
    assert answer.status_code == 404
    assert answer.json() == {"error": "Page not found."}


def test_the_delivery_state_of_each_recipient_is_shown(house: House) -> None:
    (recipient,) = house.get(f"/api/pages/{house.page()}", "alice").json()["recipients"]
    assert recipient["delivery"] == {
        "state": "due",
        "kind": "page",
        "attempts": 0,
        "detail": "",
        "at": "2026-06-23T14:00:00Z",
    }


def test_each_recipient_says_how_often_they_were_told_of_what(house: House) -> None:
    page_id = house.page()
    row = {"page_id": page_id, "user_id": house.bob, "created_at": house.watch.at}
    kinds = [("repeat", "sent"), ("repeat", "sent"), ("repeat", "failed"), ("resolved", "sent")]
    rows = [{**row, "kind": kind, "state": state} for kind, state in kinds]
    house.write(lambda connection: connection.execute(sa.insert(NOTIFICATIONS), rows))

    (recipient,) = house.get(f"/api/pages/{page_id}", "alice").json()["recipients"]

    assert recipient["told"] == {"repeat": 2, "resolved": 1}


def test_a_list_of_pages_does_not_count_what_arrived(house: House) -> None:
    house.page()
    (page,) = house.get("/api/pages", "alice").json()["data"]
    assert [recipient["told"] for recipient in page["recipients"]] == [None]


def test_the_timeline_tells_what_happened_in_order(house: House) -> None:
    page_id = house.page()
    house.later(minutes=1)
    house.post(f"/api/pages/{page_id}/acknowledge", "bob", {"response_note": "on it"})
    body = house.get(f"/api/pages/{page_id}/timeline", "bob").json()
    events = [(event["kind"], event["at"]) for event in body["data"]]
    assert events[0] == ("created", "2026-06-23T14:00:00Z")
    assert events[-1] == ("acknowledged", "2026-06-23T14:01:00Z")
    assert body["data"][-1]["user"] == {"id": house.bob, "name": "Bob"}
    assert body["total"] == len(events)
