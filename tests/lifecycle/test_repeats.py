from __future__ import annotations

from dataclasses import replace

import pytest

from router.lifecycle.due import wake
from router.lifecycle.model import Page, Plan
from router.lifecycle.transitions import acknowledge
from tests.lifecycle.people import (
    ALICE,
    BOB,
    CAROL,
    LEADS,
    ON_CALL,
    REACH,
    SECOND,
    as_actor,
    asked_of,
    at,
    opened,
    step,
    told,
)

EVERYBODY = asked_of({ON_CALL: (ALICE, BOB)})


def stopped_by_second_step() -> Page:
    """Alice is repeated to each minute until, after five, Bob is paged and repeats stop."""
    return opened(Plan((step(0, ON_CALL), step(300, SECOND, repeat=False), step(900, LEADS))))


def test_a_repeat_goes_out_each_interval() -> None:
    page = opened(Plan((step(0, ON_CALL),), repeat_interval_s=60))
    first = wake(page, at(60), REACH)
    second = wake(first.page, at(120), REACH)
    assert told(first) == told(second) == [("Alice", "repeat")]


def test_nothing_goes_out_before_the_interval_is_over() -> None:
    page = opened(Plan((step(0, ON_CALL),), repeat_interval_s=60))
    change = wake(page, at(59.999), REACH)
    assert (change.page, change.notify, change.events) == (page, (), ())


def test_downtime_sends_one_repeat() -> None:
    page = opened(Plan((step(0, ON_CALL),), repeat_interval_s=60))
    change = wake(page, at(40 * 60 + 7), REACH)
    assert told(change) == [("Alice", "repeat")]
    assert change.page.next_wake_at == at(41 * 60 + 7)


def test_whoever_acknowledged_is_never_repeated_to() -> None:
    page = opened(Plan((step(0, ON_CALL),), acknowledge="all"), EVERYBODY)
    page = acknowledge(page, as_actor(ALICE), at(10)).page
    change = wake(page, at(60), EVERYBODY)
    assert told(change) == [("Bob", "repeat")]


def test_whoever_acknowledged_is_not_escalated_to() -> None:
    reach = asked_of({ON_CALL: (ALICE, BOB), SECOND: (ALICE, CAROL)})
    page = opened(Plan((step(0, ON_CALL), step(60, SECOND)), acknowledge="all"), reach)
    page = acknowledge(page, as_actor(ALICE), at(10)).page
    change = wake(page, at(60), reach)
    assert told(change) == [("Carol", "escalation"), ("Bob", "repeat")]


def test_a_step_without_repeat_stops_repeats_to_everybody() -> None:
    page = wake(stopped_by_second_step(), at(300), REACH).page
    assert page.next_repeat_at is None
    assert page.next_wake_at == at(900)


def test_a_repeat_due_with_the_step_that_stops_repeats_is_not_sent() -> None:
    page = replace(stopped_by_second_step(), next_repeat_at=at(300), next_wake_at=at(300))
    assert told(wake(page, at(300), REACH)) == [("Bob", "escalation")]


def test_a_repeat_owed_before_repeats_stopped_is_sent_after_downtime() -> None:
    change = wake(stopped_by_second_step(), at(400), REACH)
    assert told(change) == [("Bob", "escalation"), ("Alice", "repeat")]
    assert change.page.next_wake_at == at(900)


def test_a_later_step_with_repeat_resumes_repeats_to_everybody() -> None:
    page = wake(stopped_by_second_step(), at(300), REACH).page
    resumed = wake(page, at(900), REACH)
    assert told(resumed) == [("Carol", "escalation")]
    assert resumed.page.next_wake_at == at(960)
    assert told(wake(resumed.page, at(960), REACH)) == [
        ("Alice", "repeat"),
        ("Bob", "repeat"),
        ("Carol", "repeat"),
    ]


def test_downtime_over_stop_and_resumption_repeats_once_to_those_not_told_by_a_step() -> None:
    change = wake(stopped_by_second_step(), at(2000), REACH)
    assert told(change) == [("Bob", "escalation"), ("Carol", "escalation"), ("Alice", "repeat")]
    assert change.page.next_wake_at == at(2060)


@pytest.mark.parametrize("late_s", [0, 1, 3600])
def test_escalation_does_not_postpone_the_next_repeat(late_s: int) -> None:
    page = opened(Plan((step(0, ON_CALL), step(90, SECOND)), repeat_interval_s=60))
    page = wake(page, at(60), REACH).page
    change = wake(page, at(90 + late_s), REACH)
    assert change.page.next_wake_at == at(120 if late_s < 30 else 90 + late_s + 60)


def test_one_who_is_told_by_a_step_is_not_told_by_a_repeat_at_the_same_moment() -> None:
    reach = asked_of({ON_CALL: (ALICE, BOB), SECOND: (BOB,)})
    page = opened(Plan((step(0, ON_CALL), step(60, SECOND)), repeat_interval_s=60), reach)
    assert told(wake(page, at(60), reach)) == [("Bob", "escalation"), ("Alice", "repeat")]
