"""GET /api/pages."""

from __future__ import annotations

import pytest

from tests.api.house import House, broadcast


def ids(answer: object) -> list[int]:
    return [page["id"] for page in answer.json()["data"]]  # type: ignore[attr-defined]


def test_admins_see_all_pages_newest_first_and_users_only_theirs(house: House) -> None:
    to_bob, to_alice = house.page(), house.page(target_user_id=house.alice)
    assert ids(house.get("/api/pages", "alice")) == [to_alice, to_bob]
    assert ids(house.get("/api/pages", "bob")) == [to_bob]


def test_nothing_crosses_to_another_organisation(house: House) -> None:
    house.page()
    answer = house.get("/api/pages", "charlie")
    assert answer.json()["data"] == []
    assert answer.json()["total"] == 0


def test_a_list_has_the_shape_of_laravels_paginator(house: House) -> None:
    for _ in range(3):
        house.page()
    answer = house.get("/api/pages?per_page=2&status=active", "alice")
    assert answer.status_code == 200
    body = answer.json()
    assert len(body.pop("data")) == 2
    assert body == {
        "current_page": 1,
        "last_page": 2,
        "per_page": 2,
        "total": 3,
        "from": 1,
        "to": 2,
        "path": "/api/pages",
        "first_page_url": "/api/pages?per_page=2&status=active&page=1",
        "last_page_url": "/api/pages?per_page=2&status=active&page=2",
        "next_page_url": "/api/pages?per_page=2&status=active&page=2",
        "prev_page_url": None,
        "links": [
            {"url": None, "label": "&laquo; Previous", "active": False},
            {"url": "/api/pages?per_page=2&status=active&page=1", "label": "1", "active": True},
            {"url": "/api/pages?per_page=2&status=active&page=2", "label": "2", "active": False},
            {"url": "/api/pages?per_page=2&status=active&page=2", "label": "Next &raquo;", "active": False},
        ],
    }


def test_following_the_links_finds_every_page_once(house: House) -> None:
    sent = [house.page() for _ in range(5)]
    seen: list[int] = []
    url = "/api/pages?per_page=2"
    while url:
        answer = house.get(url, "alice")
        seen += ids(answer)
        url = answer.json()["next_page_url"]
    assert seen == sent[::-1]


def test_beyond_the_last_page_there_is_nothing(house: House) -> None:
    house.page()
    body = house.get("/api/pages?page=2147483647&per_page=100", "alice").json()
    assert (body["data"], body["from"], body["to"], body["last_page"]) == ([], None, None, 1)


def test_filters_narrow_the_list(house: House) -> None:
    high = house.page(priority="high")
    low = house.page(priority="low")
    house.delete(f"/api/pages/{low}", "alice")
    assert ids(house.get("/api/pages?status=active", "alice")) == [high]
    assert ids(house.get("/api/pages?status=cancelled", "alice")) == [low]
    assert ids(house.get("/api/pages?priority=low", "alice")) == [low]
    assert ids(house.get("/api/pages?priority=low&status=active", "alice")) == []


@pytest.mark.parametrize(
    ("query", "field", "sentence"),
    [
        (
            "status=open",
            "status",
            "The selected status is invalid. Allowed: active, acknowledged, expired or cancelled.",
        ),
        (
            "priority=HIGH",
            "priority",
            "The selected priority is invalid. Allowed: low, normal, high or critical.",
        ),
        ("page=0", "page", "The page field must be at least 1."),
        ("page=x", "page", "The page field must be an integer."),
        ("per_page=0", "per_page", "The per page field must be at least 1."),
        ("per_page=101", "per_page", "The per page field must not be greater than 100."),
        ("page=" + "9" * 400, "page", "The page field must not be greater than 2147483647."),
        ("page=" + "9" * 5000, "page", "The page field must be an integer."),
    ],
    ids=lambda value: value[:20],
)
def test_a_wrong_filter_is_422(sqlite_house: House, query: str, field: str, sentence: str) -> None:
    answer = sqlite_house.get(f"/api/pages?{query}", "alice")
    assert answer.status_code == 422
    assert answer.json()["errors"] == {field: [sentence]}


def test_an_empty_filter_is_no_filter(sqlite_house: House) -> None:
    sqlite_house.page()
    assert sqlite_house.get("/api/pages?status=&priority=", "alice").json()["total"] == 1


def test_the_list_says_who_the_recipients_are(house: House) -> None:
    house.post("/api/pages", "alice", broadcast())
    (page,) = house.get("/api/pages", "bob").json()["data"]
    assert [recipient["user"]["name"] for recipient in page["recipients"]] == ["Alice", "Bob"]
