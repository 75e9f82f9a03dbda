from __future__ import annotations

import pytest

from router.lifecycle.closing import close
from router.lifecycle.due import wake
from router.lifecycle.model import ClosedReason, Plan
from router.lifecycle.transitions import PageClosed, acknowledge, cancel
from tests.lifecycle.people import (
    ALICE,
    BOB,
    CAROL,
    ON_CALL,
    REACH,
    SECOND,
    as_actor,
    asked_of,
    at,
    kinds,
    opened,
    step,
    told,
)

TELLING = Plan((step(0, ON_CALL), step(300, SECOND)), notify_resolved=True)
QUIET = Plan((step(0, ON_CALL), step(300, SECOND)), notify_resolved=False)


def test_cancelling_stops_repeats_and_steps() -> None:
    page = cancel(opened(QUIET), as_actor(CAROL), at(10)).page
    assert (page.status, page.closed_reason, page.closed_at) == ("cancelled", "cancelled", at(10))
    assert page.next_wake_at is None
    assert told(wake(page, at(1000), REACH)) == []


def test_cancelling_keeps_quiet() -> None:
    change = cancel(opened(TELLING), as_actor(CAROL), at(10))
    assert change.notify == ()
    assert change.events[0].detail == "Carol cancelled the page."


def test_cancelling_twice_changes_nothing() -> None:
    page = cancel(opened(QUIET), as_actor(CAROL), at(10)).page
    again = cancel(page, as_actor(BOB), at(20))
    assert (again.page, again.events, again.notify) == (page, (), ())


def test_an_acknowledged_page_can_be_cancelled() -> None:
    page = acknowledge(opened(QUIET), as_actor(ALICE), at(10)).page
    page = cancel(page, as_actor(CAROL), at(20)).page
    assert (page.status, page.closed_reason) == ("cancelled", "cancelled")


def test_cancelling_an_expired_page_is_refused() -> None:
    page = wake(opened(Plan((step(0, ON_CALL),), expires_s=60)), at(60), REACH).page
    with pytest.raises(PageClosed):
        cancel(page, as_actor(CAROL), at(70))


def test_cancelling_a_resolved_page_is_refused() -> None:
    page = close(opened(QUIET), "resolved", "All alerts resolved.", at(10)).page
    with pytest.raises(PageClosed):
        cancel(page, as_actor(CAROL), at(70))


@pytest.mark.parametrize("reason", ["resolved", "stale"])
def test_an_active_page_whose_last_alert_ended_becomes_cancelled_with_the_reason(
    reason: ClosedReason,
) -> None:
    change = close(opened(QUIET), reason, "Its last alert ended.", at(10))
    assert (change.page.status, change.page.closed_reason, change.page.closed_at) == (
        "cancelled",
        reason,
        at(10),
    )
    assert change.page.next_wake_at is None
    assert kinds(change) == [reason]


@pytest.mark.parametrize("reason", ["resolved", "stale"])
def test_an_acknowledged_page_whose_last_alert_ended_stays_acknowledged(reason: ClosedReason) -> None:
    page = acknowledge(opened(QUIET), as_actor(ALICE), at(5)).page
    page = close(page, reason, "Its last alert ended.", at(10)).page
    assert (page.status, page.closed_reason, page.closed_at) == ("acknowledged", reason, at(10))


@pytest.mark.parametrize("reason", ["resolved", "stale"])
def test_those_who_were_paged_hear_that_it_is_over(reason: ClosedReason) -> None:
    page = wake(opened(TELLING), at(300), REACH).page
    assert told(close(page, reason, "Its last alert ended.", at(310))) == [
        ("Alice", "resolved"),
        ("Bob", "resolved"),
    ]


def test_whoever_acknowledged_hears_too_that_it_is_over() -> None:
    both = asked_of({ON_CALL: (ALICE, BOB)})
    page = acknowledge(opened(TELLING, both), as_actor(ALICE), at(5)).page
    change = close(page, "resolved", "All alerts resolved.", at(10))
    assert told(change) == [("Alice", "resolved"), ("Bob", "resolved")]


def test_nobody_hears_that_it_is_over_when_the_plan_says_so() -> None:
    assert close(opened(QUIET), "resolved", "All alerts resolved.", at(10)).notify == ()


def test_the_end_of_the_alerts_changes_no_page_that_is_closed() -> None:
    page = cancel(opened(TELLING), as_actor(CAROL), at(10)).page
    change = close(page, "resolved", "All alerts resolved.", at(20))
    assert (change.page, change.events, change.notify) == (page, (), ())
