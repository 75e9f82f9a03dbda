from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from router.lifecycle.incidents import OpenPage, page_to_join
from router.lifecycle.model import PRIORITIES, RANK, Priority

PRIORITY = st.sampled_from(PRIORITIES)
CANDIDATES = st.lists(
    st.builds(
        OpenPage,
        id=st.integers(1, 50),
        status=st.sampled_from(["active", "acknowledged"]),
        priority=PRIORITY,
    ),
    max_size=4,
    unique_by=lambda page: page.id,
)


def test_without_an_open_page_a_new_one_opens() -> None:
    assert page_to_join([], "critical") == (None, None)


def test_an_active_page_is_joined_whatever_the_priority() -> None:
    for priority in PRIORITIES:
        assert page_to_join([OpenPage(7, "active", "normal")], priority) == (7, None)


def test_an_acknowledged_page_is_joined_at_its_priority_or_below() -> None:
    page = OpenPage(7, "acknowledged", "high")
    assert [page_to_join([page], priority)[0] for priority in ("low", "normal", "high")] == [7, 7, 7]


def test_a_higher_priority_than_the_acknowledged_pages_opens_a_new_page_linked_to_it() -> None:
    assert page_to_join([OpenPage(7, "acknowledged", "high")], "critical") == (None, 7)


def test_an_active_page_comes_before_an_acknowledged_one() -> None:
    pages = [OpenPage(9, "acknowledged", "critical"), OpenPage(7, "active", "low")]
    assert page_to_join(pages, "low") == (7, None)


def test_the_latest_of_several_acknowledged_pages_is_joined() -> None:
    pages = [OpenPage(7, "acknowledged", "normal"), OpenPage(9, "acknowledged", "critical")]
    assert page_to_join(pages, "critical") == (9, None)


@given(CANDIDATES.flatmap(lambda pages: st.tuples(st.just(pages), st.permutations(pages))), PRIORITY)
def test_the_order_of_the_candidates_makes_no_difference(
    pages: tuple[list[OpenPage], list[OpenPage]], priority: Priority
) -> None:
    assert page_to_join(pages[0], priority) == page_to_join(pages[1], priority)


@given(CANDIDATES, PRIORITY)
def test_an_alert_never_disappears_in_an_acknowledged_page_of_lower_priority(
    pages: list[OpenPage], priority: Priority
) -> None:
    joined, linked = page_to_join(pages, priority)
    by_id = {page.id: page for page in pages}
    if joined is not None and by_id[joined].status == "acknowledged":
        assert RANK[priority] <= RANK[by_id[joined].priority]
    assert joined is None or linked is None
    assert joined is not None or linked is not None or not pages
