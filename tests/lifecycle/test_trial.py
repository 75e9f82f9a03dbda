"""A test's page is over when its time is, whatever people did; any other page is not."""

from __future__ import annotations

from router.lifecycle.due import test_over as is_test_over
from router.lifecycle.model import Plan
from router.lifecycle.transitions import acknowledge, cancel
from tests.lifecycle.people import ALICE, ON_CALL, as_actor, at, opened, step

TRIAL = Plan((step(0, ON_CALL, repeat=False),), acknowledge="any", expires_s=300, is_test=True)


def test_a_test_is_over_at_its_time() -> None:
    page = opened(TRIAL)
    assert page.next_wake_at == at(300)
    assert not is_test_over(page, at(299))
    assert is_test_over(page, at(300))


def test_an_acknowledged_test_is_over_at_the_same_time() -> None:
    page = acknowledge(opened(TRIAL), as_actor(ALICE), at(60)).page
    assert page.next_wake_at == at(300)
    assert is_test_over(page, at(300))


def test_a_cancelled_test_is_over_already() -> None:
    page = cancel(opened(TRIAL), as_actor(ALICE), at(60)).page
    assert page.next_wake_at is None
    assert not is_test_over(page, at(300))


def test_a_page_that_expires_is_no_test() -> None:
    assert not is_test_over(opened(Plan((step(0, ON_CALL),), expires_s=300)), at(300))
