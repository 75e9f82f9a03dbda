"""GET /api/deliveries and POST /api/deliveries/{id}/retry."""

from __future__ import annotations

from typing import Any

import pytest
import sqlalchemy as sa

from router.store.lease import lease
from router.store.sending import Outcome, record
from router.store.tables import CONTACTS, NOTIFICATIONS
from router.store.writer import Transaction
from tests.api.house import House, broadcast

GONE = Outcome("permanent", "HTTP 410 Gone")
BUSY = Outcome("retryable", "HTTP 503")


def deliveries(house: House, query: str = "") -> list[dict[str, Any]]:
    answer = house.get(f"/api/deliveries?{query}", "alice")
    assert answer.status_code == 200, answer.text
    data: list[dict[str, Any]] = answer.json()["data"]
    return data


def paged(house: House) -> int:
    """Page Alice and Bob: while she may still hear of it, the default chain is not asked."""
    page_id: int = house.post("/api/pages", "alice", broadcast()).json()["page_id"]
    return page_id


def tried(house: House, page_id: int, outcome: Outcome = GONE) -> int:
    """Let Bob's latest notification of a page be tried, with an outcome; returns its id."""

    def job(tx: Transaction) -> int:
        bobs = (NOTIFICATIONS.c.page_id == page_id) & (NOTIFICATIONS.c.user_id == house.bob)
        newest = sa.select(sa.func.max(NOTIFICATIONS.c.id)).where(bobs)
        number: int = tx.connection.execute(newest).scalar_one()
        attempts = sa.select(NOTIFICATIONS.c.attempts).where(NOTIFICATIONS.c.id == number)
        leased = lease(tx, number, tx.connection.execute(attempts).scalar_one(), house.watch.at)
        assert leased is not None
        record(tx, leased, outcome, house.watch.at, 0.5)
        return number

    number: int = house.services.writer.run(job)
    return number


def test_a_failed_delivery_says_who_where_how_often_and_why(house: House) -> None:
    page_id = paged(house)
    house.later(seconds=5)
    number = tried(house, page_id)
    (one,) = deliveries(house)
    assert one == {
        "id": number,
        "page_id": page_id,
        "subject": "Server down",
        "priority": "normal",
        "page_status": "active",
        "user_id": house.bob,
        "user": "Bob",
        "channel": "webhook",
        "contact": one["contact"],
        "destination": "webhook 127.0.0.1:9",
        "kind": "page",
        "attempts": 1,
        "detail": "HTTP 410 Gone",
        "at": "2026-06-23T14:00:05Z",
        "next_attempt_at": None,
        "told_at": None,
    }


def test_what_is_tried_again_is_retrying_and_not_failed(house: House) -> None:
    tried(house, paged(house), BUSY)
    assert deliveries(house) == []
    (one,) = deliveries(house, "state=retrying")
    assert (one["detail"], one["attempts"], one["next_attempt_at"]) == ("HTTP 503", 1, "2026-06-23T14:00:02Z")


@pytest.mark.parametrize(
    ("query", "count"),
    [
        ("channel=webhook", 1),
        ("channel=email", 0),
        ("user={bob}", 1),
        ("user={alice}", 0),
        ("from=2026-06-23T14:00:00Z&to=2026-06-23T14:01:00Z", 1),
        ("from=2026-06-23T14:01:00Z", 0),
        ("to=2026-06-23T13:59:00Z", 0),
    ],
)
def test_it_is_narrowed_by_channel_person_and_time(house: House, query: str, count: int) -> None:
    tried(house, paged(house))
    assert len(deliveries(house, query.format(bob=house.bob, alice=house.alice))) == count


def test_sent_again_the_person_is_told_by_the_same_contact(house: House) -> None:
    page_id = paged(house)
    failed = tried(house, page_id)
    answer = house.post(f"/api/deliveries/{failed}/retry", "alice")
    assert (answer.status_code, answer.json()["message"]) == (200, "Sent again"), answer.text
    assert tried(house, page_id, Outcome("ok", "")) == answer.json()["delivery_id"]
    (one,) = deliveries(house)
    assert one["told_at"] == "2026-06-23T14:00:00Z"


def test_the_timeline_says_who_had_it_sent_again(house: House) -> None:
    page_id = paged(house)
    house.post(f"/api/deliveries/{tried(house, page_id)}/retry", "alice")
    timeline = house.get(f"/api/pages/{page_id}/timeline", "alice").json()["data"]
    said = [event["detail"] for event in timeline if event["kind"] == "sent_again"]
    assert said == ["Alice had it sent to Bob by webhook 127.0.0.1:9 again."]


def test_what_is_on_its_way_is_not_sent_twice(house: House) -> None:
    failed = tried(house, paged(house))
    first = house.post(f"/api/deliveries/{failed}/retry", "alice").json()
    again = house.post(f"/api/deliveries/{failed}/retry", "alice").json()
    assert again == {**first, "message": "It is on its way already"}


def test_a_contact_that_was_removed_gives_way_to_the_first(house: House) -> None:
    failed = tried(house, paged(house))
    theirs = CONTACTS.c.user_id == house.bob
    house.write(lambda connection: connection.execute(sa.update(CONTACTS).where(theirs).values(id=900)))
    assert [one["channel"] for one in deliveries(house)] == [None]
    assert house.post(f"/api/deliveries/{failed}/retry", "alice").status_code == 200


def test_somebody_without_a_contact_must_be_given_one_first(house: House) -> None:
    failed = tried(house, paged(house))
    house.write(lambda connection: connection.execute(sa.delete(CONTACTS)))
    answer = house.post(f"/api/deliveries/{failed}/retry", "alice")
    assert (answer.status_code, list(answer.json()["errors"])) == (422, ["contact"])


def test_nobody_is_told_again_of_a_page_that_is_over(house: House) -> None:
    page_id = paged(house)
    failed = tried(house, page_id)
    house.delete(f"/api/pages/{page_id}", "alice")
    answer = house.post(f"/api/deliveries/{failed}/retry", "alice")
    assert (answer.status_code, list(answer.json()["errors"])) == (422, ["page"])


def test_somebody_who_acknowledged_is_not_told_again(house: House) -> None:
    page_id = paged(house)
    failed = tried(house, page_id)
    house.post(f"/api/pages/{page_id}/acknowledge", "bob")
    answer = house.post(f"/api/deliveries/{failed}/retry", "alice")
    assert answer.json()["errors"] == {"delivery": ["It is not needed: the person acknowledged."]}


def test_what_arrived_is_not_sent_again(house: House) -> None:
    arrived = tried(house, paged(house), Outcome("ok", ""))
    answer = house.post(f"/api/deliveries/{arrived}/retry", "alice")
    assert (answer.status_code, list(answer.json()["errors"])) == (422, ["delivery"])


def test_another_organisation_reaches_nothing(house: House) -> None:
    failed = tried(house, paged(house))
    assert house.get("/api/deliveries", "charlie").json()["total"] == 0
    assert house.post(f"/api/deliveries/{failed}/retry", "charlie").status_code == 404


@pytest.mark.parametrize(
    ("method", "path"), [("GET", "/api/deliveries"), ("POST", "/api/deliveries/1/retry")]
)
def test_it_is_for_admins_only(sqlite_house: House, method: str, path: str) -> None:
    assert sqlite_house.send(method, path, "bob").status_code == 403
    assert sqlite_house.send(method, path).status_code == 401
