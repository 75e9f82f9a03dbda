"""The paginator alone."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from starlette.requests import Request

from router.api.pagination import offset, paginated
from router.api.schemas import PageQuery


def page(number: int, per_page: int, total: int, query: str = "") -> dict[str, Any]:
    request = Request({"type": "http", "path": "/api/pages", "query_string": query.encode(), "headers": []})
    asked = PageQuery(page=number, per_page=per_page)
    rows = list(range(total))[offset(asked) : offset(asked) + per_page]
    return paginated(request, asked, rows, total, "https://pager.example.com/")


@given(st.integers(1, 50), st.integers(1, 100), st.integers(0, 500))
def test_the_numbers_agree(number: int, per_page: int, total: int) -> None:
    said = page(number, per_page, total)
    assert (said["last_page"] - 1) * per_page < max(total, 1) <= said["last_page"] * per_page
    if said["data"]:
        assert said["from"] == said["data"][0] + 1
        assert said["to"] == said["data"][-1] + 1
    else:
        assert said["from"] is None
        assert number > said["last_page"] or total == 0
    assert (said["next_page_url"] is None) == (number >= said["last_page"])
    assert (said["prev_page_url"] is None) == (number == 1)


@pytest.mark.parametrize(
    ("number", "labels"),
    [
        (1, ["1", "2", "3", "4", "...", "20"]),
        (10, ["1", "...", "7", "8", "9", "10", "11", "12", "13", "...", "20"]),
        (20, ["1", "...", "17", "18", "19", "20"]),
    ],
)
def test_links_stand_around_the_current_page(number: int, labels: list[str]) -> None:
    links = page(number, 10, 200)["links"]
    assert [link["label"] for link in links] == ["&laquo; Previous", *labels, "Next &raquo;"]
    assert [link["label"] for link in links if link["active"]] == [str(number)]


def test_links_keep_the_filters_and_name_the_public_address() -> None:
    url = page(1, 10, 20, "status=active&label=a%26b&page=1")["next_page_url"]
    assert url == "https://pager.example.com/api/pages?status=active&label=a%26b&page=2"
