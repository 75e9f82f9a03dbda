"""GET /api/pages."""

from __future__ import annotations

import pytest
import sqlalchemy as sa

from router.store.tables import PAGES
from tests.api.house import PAGERS, House, broadcast, to_one


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
        ("q=" + "x" * 201, "q", "The q field must not be greater than 200 characters."),
        (
            "from=yesterday",
            "from",
            "The from field must be a moment as RFC 3339 writes it: 2026-06-23T14:00:00Z.",
        ),
        ("to=2026-06-23T14:00:00", "to", "The to field must have an offset from UTC: 2026-06-23T14:00:00Z."),
        ("to=0001-01-01T00:00:00%2B14:00", "to", "The to field must be a moment that calendars have."),
        ("mine=perhaps", "mine", "The mine field must be true or false."),
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


def test_text_is_found_in_subjects_and_messages_in_either_case(house: House) -> None:
    disk = house.page(subject="Disk full on db-1", message="nothing is written any more")
    late = house.page(subject="Replica is late", message="its DISK is slow")
    house.page()
    assert ids(house.get("/api/pages?q=disk", "alice")) == [late, disk]
    assert ids(house.get("/api/pages?q=%20Written%20", "alice")) == [disk]
    assert ids(house.get("/api/pages?q=disk&priority=high", "alice")) == []


@pytest.mark.parametrize("text", ["100%", "a_b", "back\\slash", "it's", "/x", "\u202eסוף", "; DROP"])
def test_text_means_itself_whatever_is_special_elsewhere(house: House, text: str) -> None:
    found = house.page(message=f"before {text} after")
    house.page(message="before 100 aXb backslash its x after")
    answer = house.send("GET", "/api/pages", "alice", params={"q": text})
    assert ids(answer) == [found]


def test_text_with_control_characters_is_searched_without_them(house: House) -> None:
    found = house.page(message="disk full")
    assert ids(house.send("GET", "/api/pages", "alice", params={"q": "di\x00sk"})) == [found]


def test_pages_are_found_by_who_sent_them(house: House) -> None:
    house.page()
    by_script = house.post(PAGERS, "generic", to_one(house.bob)).json()["page_id"]
    assert ids(house.get("/api/pages?integration=generic", "alice")) == [by_script]
    assert ids(house.get("/api/pages?integration=gen", "alice")) == []


def test_pages_are_found_by_their_route_and_by_what_it_begins(house: House) -> None:
    routes = ["payments", "payments/stripe", "payments-eu", "search"]
    pages = {route: house.page() for route in routes}
    for route, page_id in pages.items():
        put = sa.update(PAGES).where(PAGES.c.id == page_id).values(route=route)
        house.write(lambda connection, put=put: connection.execute(put))
    assert ids(house.get("/api/pages?route=payments", "alice")) == [
        pages["payments/stripe"],
        pages["payments"],
    ]
    assert ids(house.get("/api/pages?route=payments/stripe", "alice")) == [pages["payments/stripe"]]
    assert ids(house.get("/api/pages?route=pay%25", "alice")) == []


def test_pages_are_found_by_when_they_came_both_ends_included(house: House) -> None:
    pages = []
    for _ in range(3):
        pages.append(house.page())
        house.later(minutes=10)
    assert ids(house.get("/api/pages?from=2026-06-23T14:10:00Z", "alice")) == [pages[2], pages[1]]
    assert ids(house.get("/api/pages?to=2026-06-23T16:10:00%2B02:00", "alice")) == [pages[1], pages[0]]
    span = "from=2026-06-23T14:01:00Z&to=2026-06-23T14:19:00Z"
    assert ids(house.get(f"/api/pages?{span}", "alice")) == [pages[1]]


def test_admins_may_ask_for_their_own_pages_only(house: House) -> None:
    house.page()
    own = house.page(target_user_id=house.alice)
    assert ids(house.get("/api/pages?mine=true", "alice")) == [own]
    assert len(ids(house.get("/api/pages?mine=false", "alice"))) == 2


def test_nobody_sees_more_by_not_asking_for_their_own(house: House) -> None:
    house.page(target_user_id=house.alice)
    assert ids(house.get("/api/pages?mine=false", "bob")) == []


def test_open_pages_are_those_that_are_not_over(house: House) -> None:
    active, held, over = house.page(), house.page(), house.page()
    house.post(f"/api/pages/{held}/acknowledge", "bob")
    house.delete(f"/api/pages/{over}", "alice")
    assert ids(house.get("/api/pages?open=true", "alice")) == [held, active]
    assert ids(house.get("/api/pages?open=true", "bob")) == [held, active]
    assert ids(house.get("/api/pages?open=false", "alice")) == [over]


def test_the_list_says_when_each_page_is_told_again(house: House) -> None:
    page_id = house.page(repeat_interval_s=90)
    assert house.get("/api/pages", "bob").json()["data"][0]["next_repeat_at"] == "2026-06-23T14:01:30Z"
    house.post(f"/api/pages/{page_id}/acknowledge", "bob")
    assert house.get("/api/pages", "bob").json()["data"][0]["next_repeat_at"] is None
