from __future__ import annotations

import pytest

from router.lifecycle.closing import close
from router.lifecycle.due import test_over as is_over
from router.lifecycle.due import wake
from router.lifecycle.model import Plan
from router.lifecycle.transitions import acknowledge
from tests.lifecycle.people import (
    ALICE,
    BOB,
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


def test_a_page_expires_when_its_time_is_over() -> None:
    page = opened(Plan((step(0, ON_CALL),), repeat_interval_s=3600, expires_s=600))
    assert wake(page, at(599), REACH).page.status == "active"
    change = wake(page, at(600), REACH)
    assert (change.page.status, change.page.closed_reason, change.page.closed_at) == (
        "expired",
        "expired",
        at(600),
    )
    assert kinds(change) == ["expired"]
    assert change.page.next_wake_at is None


def test_an_expired_page_tells_nobody_again() -> None:
    page = opened(Plan((step(0, ON_CALL),), repeat_interval_s=60, expires_s=600))
    page = wake(page, at(600), REACH).page
    assert told(wake(page, at(660), REACH)) == []


def test_a_page_without_expiry_never_expires() -> None:
    page = opened(Plan((step(0, ON_CALL),), expires_s=None))
    assert wake(page, at(400 * 86_400), REACH).page.status == "active"


def test_an_acknowledged_page_does_not_expire() -> None:
    page = opened(Plan((step(0, ON_CALL),), expires_s=600))
    page = acknowledge(page, as_actor(ALICE), at(10)).page
    assert page.next_wake_at is None
    assert wake(page, at(700), REACH).page.status == "acknowledged"


def test_a_page_that_one_of_all_acknowledged_expires() -> None:
    reach = asked_of({ON_CALL: (ALICE, BOB)})
    page = opened(Plan((step(0, ON_CALL),), expires_s=600, acknowledge="all"), reach)
    page = acknowledge(page, as_actor(ALICE), at(10)).page
    assert wake(page, at(600), reach).page.status == "expired"


@pytest.mark.parametrize("woken_at", [600, 100_000])
def test_a_step_due_before_the_expiry_still_fires_when_both_are_found_overdue(woken_at: int) -> None:
    page = opened(Plan((step(0, ON_CALL), step(599, SECOND)), expires_s=600))
    change = wake(page, at(woken_at), REACH)
    assert told(change) == [("Bob", "escalation")]
    assert kinds(change) == ["escalated", "expired"]
    assert change.page.status == "expired"


@pytest.mark.parametrize("after_s", [600, 900])
def test_a_step_due_with_or_after_the_expiry_never_fires(after_s: int) -> None:
    page = opened(Plan((step(0, ON_CALL), step(after_s, SECOND)), expires_s=600))
    assert told(wake(page, at(100_000), REACH)) == []


TRIAL = Plan((step(0, ON_CALL, repeat=False),), expires_s=300, is_test=True)


def test_a_test_is_over_after_its_time() -> None:
    page = opened(TRIAL)
    assert page.next_wake_at == at(300)
    assert not is_over(page, at(299))
    assert is_over(page, at(300))


def test_a_test_is_over_after_its_time_although_somebody_acknowledged_it() -> None:
    page = acknowledge(opened(TRIAL), as_actor(ALICE), at(10)).page
    assert page.next_wake_at == at(300)
    assert is_over(page, at(300))


def test_a_test_that_was_closed_is_not_over_again() -> None:
    page = close(opened(TRIAL), "resolved", "The test is over.", at(300)).page
    assert page.next_wake_at is None
    assert not is_over(page, at(400))
