"""POST /api/pages/acknowledge."""

from __future__ import annotations

from typing import Any

import pytest

from tests.api.house import House

ADDRESS = "/api/pages/acknowledge"


def statuses(house: House) -> dict[int, str]:
    pages = house.get("/api/pages?per_page=100", "alice").json()["data"]
    return {page["id"]: page["status"] for page in pages}


def test_pages_are_acknowledged_by_their_ids(house: House) -> None:
    pages = [house.page() for _ in range(3)]
    body = {"ids": pages[:2], "response_note": "The zone is down.", "method": "web"}
    answer = house.post(ADDRESS, "bob", body)
    assert answer.status_code == 200
    assert answer.json() == {
        "message": "2 pages acknowledged",
        "acknowledged": pages[:2],
        "refused": [],
        "left": 0,
    }
    assert statuses(house) == {pages[0]: "acknowledged", pages[1]: "acknowledged", pages[2]: "active"}
    (recipient,) = house.get(f"/api/pages/{pages[0]}", "alice").json()["recipients"]
    assert (recipient["response_note"], recipient["method"]) == ("The zone is down.", "web")


def test_what_cannot_be_acknowledged_leaves_the_others_alone(house: House) -> None:
    ours, over = house.page(), house.page()
    house.delete(f"/api/pages/{over}", "alice")
    answer = house.post(ADDRESS, "bob", {"ids": [ours, over, 999]}).json()
    assert answer["acknowledged"] == [ours]
    assert answer["refused"] == [
        {"page_id": over, "error": f"Page {over} is cancelled and can no longer be acknowledged."},
        {"page_id": 999, "error": "Page not found."},
    ]


def test_a_page_of_another_organisation_answers_as_one_that_does_not_exist(house: House) -> None:
    page_id = house.page()
    answer = house.post(ADDRESS, "charlie", {"ids": [page_id]}).json()
    assert answer["refused"] == [{"page_id": page_id, "error": "Page not found."}]
    assert statuses(house)[page_id] == "active"


def test_an_empty_filter_is_all_of_ones_own_active_pages(house: House) -> None:
    pages = [house.page() for _ in range(3)]
    house.post(f"/api/pages/{pages[0]}/acknowledge", "bob")
    assert house.post(ADDRESS, "charlie", {"filter": {}}).json()["acknowledged"] == []
    assert house.post(ADDRESS, "bob", {"filter": {}}).json()["acknowledged"] == pages[1:]


def test_a_filter_by_priority_and_time_leaves_what_came_later(house: House) -> None:
    first = house.page(priority="high")
    house.page(priority="low")
    house.later(seconds=60)
    house.page(priority="high")
    chosen = {"priority": "high", "created_before": "2026-06-23T14:00:30Z"}
    assert house.post(ADDRESS, "bob", {"filter": chosen}).json()["acknowledged"] == [first]


def test_a_filter_by_a_route_that_made_no_page_finds_none(house: House) -> None:
    house.page()
    body = {"filter": {"route": "payments", "integration": "prometheus-eu"}}
    assert house.post(ADDRESS, "bob", body).json()["acknowledged"] == []


def test_a_digest_that_is_not_ones_own_is_refused(house: House) -> None:
    answer = house.post(ADDRESS, "bob", {"digest": 7})
    assert answer.status_code == 422
    assert answer.json()["errors"] == {"digest": ["The selected digest is invalid."]}


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({}, "ids"),
        ({"ids": [1], "filter": {}}, "ids"),
        ({"ids": []}, "ids"),
        ({"ids": ["1"]}, "ids.0"),
        ({"ids": [True]}, "ids.0"),
        ({"filter": {"priority": "urgent"}}, "filter.priority"),
        ({"filter": {"created_before": "2026-06-23T14:00:30"}}, "filter.created_before"),
        ({"digest": 0}, "digest"),
    ],
)
def test_a_body_that_does_not_say_which_is_refused(house: House, body: Any, field: str) -> None:
    answer = house.post(ADDRESS, "bob", body)
    assert answer.status_code == 422
    assert field in answer.json()["errors"]


def test_it_takes_a_bearer_token(house: House) -> None:
    assert house.post(ADDRESS, "", {"filter": {}}).status_code == 401


def test_a_moment_that_no_calendar_has_is_422(sqlite_house: House) -> None:
    body = {"filter": {"created_before": "0001-01-01T00:00:00+14:00"}}
    answer = sqlite_house.post(ADDRESS, "bob", body)
    assert answer.status_code == 422
    assert list(answer.json()["errors"]) == ["filter.created_before"]
