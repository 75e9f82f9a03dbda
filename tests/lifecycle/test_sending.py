from __future__ import annotations

from typing import get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st

from router.lifecycle.model import ClosedReason, NotificationKind, Status
from router.lifecycle.sending import LONGEST_WAIT_S, Standing, after_failure, not_wanted
from tests.lifecycle.people import START

KINDS: tuple[NotificationKind, ...] = get_args(NotificationKind)
CALLS: tuple[NotificationKind, ...] = ("page", "repeat", "escalation", "fallback")


def standing(
    status: Status = "active",
    closed: ClosedReason | None = None,
    *,
    heard: bool = False,
    acknowledged: bool = False,
) -> Standing:
    return Standing(status, closed, START if heard else None, START if acknowledged else None)


@pytest.mark.parametrize("kind", CALLS)
def test_a_call_for_an_active_page_is_wanted(kind: NotificationKind) -> None:
    assert not_wanted(kind, standing()) is None


@pytest.mark.parametrize("kind", CALLS)
def test_one_who_acknowledged_meanwhile_is_not_called(kind: NotificationKind) -> None:
    assert not_wanted(kind, standing(acknowledged=True)) == "the person acknowledged"


@pytest.mark.parametrize("kind", CALLS)
def test_nobody_is_called_once_another_has_the_page_in_hand(kind: NotificationKind) -> None:
    assert not_wanted(kind, standing("acknowledged")) == "the page is acknowledged"


@pytest.mark.parametrize("kind", CALLS)
@pytest.mark.parametrize("closed", ["resolved", "cancelled", "stale"])
def test_nobody_is_called_for_a_page_that_is_over(kind: NotificationKind, closed: ClosedReason) -> None:
    assert not_wanted(kind, standing("cancelled", closed)) == "the page is cancelled"


@pytest.mark.parametrize("kind", ["page", "escalation", "fallback"])
def test_one_who_was_owed_a_page_hears_of_it_although_it_expired_meanwhile(kind: NotificationKind) -> None:
    assert not_wanted(kind, standing("expired", "expired")) is None


@pytest.mark.parametrize("kind", CALLS)
def test_one_who_heard_of_a_page_is_not_called_after_it_expired(kind: NotificationKind) -> None:
    assert not_wanted(kind, standing("expired", "expired", heard=True)) == "the page is expired"


def test_the_end_is_told_to_those_who_heard_of_the_page() -> None:
    over = standing("cancelled", "resolved", heard=True)
    assert not_wanted("resolved", over) is None
    assert not_wanted("resolved", standing("cancelled", "resolved")) == "the person had not heard of the page"


def test_the_end_is_told_to_whoever_acknowledged() -> None:
    over = standing("acknowledged", "resolved", heard=True, acknowledged=True)
    assert not_wanted("resolved", over) is None


def test_a_joining_alert_is_told_to_the_holder() -> None:
    assert not_wanted("joined", standing("acknowledged", heard=True, acknowledged=True)) is None


def test_a_joining_alert_is_not_told_once_the_page_is_over() -> None:
    over = standing("acknowledged", "resolved", heard=True, acknowledged=True)
    assert not_wanted("joined", over) == "the page is acknowledged"


def test_retryable_failures_are_tried_again_after_2_8_and_30_seconds() -> None:
    waits = [after_failure("retryable", attempts, None, 0.5).retry_in_s for attempts in (1, 2, 3, 4)]
    assert waits == [2, 8, 30, None]


def test_the_second_retryable_failure_brings_in_the_next_contact_once() -> None:
    brought = [after_failure("retryable", attempts, None, 0.5).next_contact for attempts in (1, 2, 3, 4)]
    assert brought == [False, True, False, False]


def test_a_permanent_failure_brings_in_the_next_contact_at_once_and_is_not_tried_again() -> None:
    then = after_failure("permanent", 1, None, 0.5)
    assert (then.retry_in_s, then.next_contact) == (None, True)


def test_a_permanent_failure_after_the_next_contact_was_brought_in_brings_no_other() -> None:
    assert not after_failure("permanent", 3, None, 0.5).next_contact


def test_a_provider_that_asks_to_wait_is_waited_for() -> None:
    assert after_failure("retryable", 1, 45.0, 0.5).retry_in_s == 45
    assert after_failure("retryable", 1, 86_400.0, 0.5).retry_in_s == LONGEST_WAIT_S
    assert after_failure("retryable", 3, 1.0, 0.5).retry_in_s == 30


@given(st.integers(1, 3), st.floats(0, 1))
def test_jitter_stays_within_a_quarter(attempts: int, chance: float) -> None:
    exact = after_failure("retryable", attempts, None, 0.5).retry_in_s
    wait = after_failure("retryable", attempts, None, chance).retry_in_s
    assert exact is not None
    assert wait is not None
    assert 0.75 * exact <= wait <= 1.25 * exact


@given(
    st.sampled_from(KINDS),
    st.sampled_from(["resolved", "stale", "cancelled"]),
    st.booleans(),
    st.booleans(),
)
def test_nothing_but_its_end_is_told_of_a_page_that_is_over(
    kind: NotificationKind, closed: ClosedReason, heard: bool, acknowledged: bool
) -> None:
    over = standing("cancelled", closed, heard=heard, acknowledged=acknowledged)
    assert (not_wanted(kind, over) is None) == (kind == "resolved" and heard)


@given(st.sampled_from(KINDS), st.sampled_from(["active", "acknowledged"]), st.booleans())
def test_whoever_acknowledged_hears_only_of_new_alerts_and_of_the_end(
    kind: NotificationKind, status: Status, heard: bool
) -> None:
    held = standing(status, heard=heard, acknowledged=True)
    assert (not_wanted(kind, held) is None) == (kind == "joined" or (kind == "resolved" and heard))
