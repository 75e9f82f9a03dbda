from __future__ import annotations

from router.lifecycle.closing import close
from router.lifecycle.due import lapsed, wake
from router.lifecycle.model import Page, Plan
from router.lifecycle.transitions import acknowledge, hand_over, holders
from tests.lifecycle.people import ALICE, BOB, ON_CALL, REACH, as_actor, asked_of, at, kinds, opened, step

BOTH = asked_of({ON_CALL: (ALICE, BOB)})


def held(timeout_s: int | None) -> Page:
    plan = Plan((step(0, ON_CALL),), acknowledge="any", acknowledgement_timeout_s=timeout_s)
    return acknowledge(opened(plan, BOTH), as_actor(ALICE), at(60)).page


def test_an_acknowledgement_holds_until_its_timeout() -> None:
    page = held(3600)
    assert page.next_wake_at == at(3660)
    assert not lapsed(page, at(3659))
    assert lapsed(page, at(3660))


def test_an_acknowledgement_holds_for_ever_without_a_timeout() -> None:
    page = held(None)
    assert page.next_wake_at is None
    assert not lapsed(page, at(400 * 86_400))


def test_a_page_that_nobody_acknowledged_has_not_lapsed() -> None:
    page = opened(Plan((step(0, ON_CALL),), acknowledgement_timeout_s=3600))
    assert not lapsed(page, at(4000))


def test_a_page_that_is_over_has_not_lapsed() -> None:
    page = close(held(3600), "resolved", "All alerts resolved.", at(100)).page
    assert not lapsed(page, at(4000))


def test_a_second_acknowledgement_does_not_prolong_the_first() -> None:
    page = acknowledge(held(3600), as_actor(BOB), at(1000)).page
    assert page.next_wake_at == at(3660)


def test_waking_alone_leaves_a_lapsed_acknowledgement_for_the_handover() -> None:
    page = held(3600)
    change = wake(page, at(4000), REACH)
    assert (change.page, change.notify) == (page, ())


def test_handing_over_closes_the_page_and_names_its_successor() -> None:
    change = hand_over(held(3600), at(3660), 43)
    assert (change.page.status, change.page.closed_reason) == ("acknowledged", "superseded")
    assert change.page.next_wake_at is None
    assert kinds(change) == ["superseded"]
    assert "page 43" in change.events[0].detail


def test_the_holders_are_named_with_the_time_since_when() -> None:
    assert holders(held(3600)) == "Alice since 2026-03-01 03:01 UTC"
