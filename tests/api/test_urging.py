"""POST /api/pages/{id}/repage and /escalate."""

from __future__ import annotations

import pytest
import sqlalchemy as sa

from router.store.tables import NOTIFICATIONS
from tests.api.house import House


def with_chain(house: House) -> int:
    """A page to Bob that goes on to Alice after ten minutes; returns its id."""
    step = {"step": 1, "delay_seconds": 600, "escalate_to_user_id": house.alice}
    return house.page(escalation=[step])


def orders(house: House, page_id: int) -> list[tuple[int, str]]:
    """Whom notifications are for, and of which kind."""
    query = sa.select(NOTIFICATIONS.c.user_id, NOTIFICATIONS.c.kind).order_by(NOTIFICATIONS.c.id)
    query = query.where(NOTIFICATIONS.c.page_id == page_id)
    return [tuple(row) for row in house.write(lambda connection: connection.execute(query).all())]


def last_line(house: House, page_id: int, kind: str) -> dict[str, object]:
    """The newest line of a kind on a page's timeline."""
    lines = house.get(f"/api/pages/{page_id}/timeline?per_page=100", "alice").json()["data"]
    return next(line for line in reversed(lines) if line["kind"] == kind)


def test_a_page_is_told_again_and_the_timeline_says_who_asked(house: House) -> None:
    page_id = house.page()
    house.later(seconds=20)

    answer = house.post(f"/api/pages/{page_id}/repage", "bob")

    assert answer.status_code == 200, answer.text
    bob = {"id": house.bob, "name": "Bob"}
    assert answer.json() == {
        "message": "Page sent again",
        "page_id": page_id,
        "status": "active",
        "told": [bob],
    }
    assert orders(house, page_id) == [(house.bob, "page"), (house.bob, "repeat")]
    line = last_line(house, page_id, "repaged")
    assert (line["detail"], line["user"]) == ("Bob told everybody again: Bob.", bob)


def test_a_step_comes_now_and_the_timeline_says_who_asked(house: House) -> None:
    page_id = with_chain(house)
    house.later(seconds=20)

    answer = house.post(f"/api/pages/{page_id}/escalate", "bob")

    assert answer.status_code == 200, answer.text
    assert answer.json()["told"] == [{"id": house.alice, "name": "Alice"}]
    assert orders(house, page_id) == [(house.bob, "page"), (house.alice, "escalation")]
    assert last_line(house, page_id, "hastened")["user"] == {"id": house.bob, "name": "Bob"}
    (step,) = house.get(f"/api/pages/{page_id}", "bob").json()["escalation"]
    assert step["delay_seconds"] == 20


@pytest.mark.parametrize("act", ["repage", "escalate"])
def test_a_double_click_is_one(house: House, act: str) -> None:
    page_id = with_chain(house)
    house.post(f"/api/pages/{page_id}/{act}", "alice")
    house.later(seconds=4)

    again = house.post(f"/api/pages/{page_id}/{act}", "bob")

    assert (again.status_code, again.json()["told"]) == (200, [])
    assert again.json()["message"] == "This was asked for a moment ago"
    assert len(orders(house, page_id)) == 2


def test_a_second_step_is_asked_for_a_little_later(house: House) -> None:
    page_id = with_chain(house)
    house.post(f"/api/pages/{page_id}/escalate", "alice")
    house.later(seconds=5)

    answer = house.post(f"/api/pages/{page_id}/escalate", "alice")

    assert answer.status_code == 422
    assert answer.json()["errors"] == {"page": [f"Page {page_id} has no step left to escalate to."]}


@pytest.mark.parametrize("act", ["repage", "escalate"])
def test_a_page_that_is_over_is_422(house: House, act: str) -> None:
    page_id = with_chain(house)
    house.delete(f"/api/pages/{page_id}", "alice")
    answer = house.post(f"/api/pages/{page_id}/{act}", "alice")
    assert answer.status_code == 422
    sentence = f"Page {page_id} is cancelled and nobody is told of it any more."
    assert answer.json()["errors"] == {"page": [sentence]}


@pytest.mark.parametrize("act", ["repage", "escalate"])
def test_a_page_that_is_acknowledged_is_422_and_says_by_whom(house: House, act: str) -> None:
    page_id = with_chain(house)
    house.post(f"/api/pages/{page_id}/acknowledge", "bob")
    answer = house.post(f"/api/pages/{page_id}/{act}", "alice")
    assert answer.status_code == 422
    assert "is acknowledged by Bob since 2026-06-23 14:00 UTC" in answer.json()["message"]


@pytest.mark.parametrize("act", ["repage", "escalate"])
def test_what_is_not_for_you_is_as_good_as_unknown(house: House, act: str) -> None:
    page_id = house.page(target_user_id=house.alice)
    answers = [
        house.post(f"/api/pages/{page_id}/{act}", "bob"),
        house.post(f"/api/pages/{page_id}/{act}", "charlie"),
        house.post(f"/api/pages/999999/{act}", "alice"),
        house.post(f"/api/pages/abc/{act}", "alice"),
    ]
    assert {(answer.status_code, answer.text) for answer in answers} == {(404, '{"error":"Page not found."}')}
    assert len(orders(house, page_id)) == 1
