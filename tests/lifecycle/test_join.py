from __future__ import annotations

from dataclasses import replace

import pytest

from router.lifecycle.due import wake
from router.lifecycle.model import Page, Plan
from router.lifecycle.transitions import PageClosed, acknowledge, cancel, join
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
    opened,
    step,
    told,
)

BOTH = asked_of({ON_CALL: (ALICE, BOB)})
PLAN = Plan((step(0, ON_CALL),), repeat_interval_s=60, acknowledge="all")


def held_by_alice() -> Page:
    page = opened(replace(PLAN, acknowledge="any"), BOTH)
    return acknowledge(page, as_actor(ALICE), at(10)).page


def test_those_who_are_repeated_to_hear_of_a_joining_alert_by_the_next_repeat() -> None:
    change = join(opened(PLAN, BOTH), "normal", "2 alerts joined.", at(20))
    assert change.notify == ()
    assert told(wake(change.page, at(60), BOTH)) == [("Alice", "repeat"), ("Bob", "repeat")]


def test_one_who_acknowledged_an_active_page_is_told_of_a_joining_alert_at_once() -> None:
    page = acknowledge(opened(PLAN, BOTH), as_actor(ALICE), at(10)).page
    assert told(join(page, "normal", "2 alerts joined.", at(20))) == [("Alice", "joined")]


def test_everybody_is_told_of_a_joining_alert_when_repeats_have_stopped() -> None:
    page = opened(Plan((step(0, ON_CALL, repeat=False),)), BOTH)
    assert told(join(page, "normal", "2 alerts joined.", at(20))) == [("Alice", "joined"), ("Bob", "joined")]


def test_everybody_is_told_of_a_joining_alert_when_a_step_stops_repeats_before_the_next() -> None:
    plan = Plan((step(0, ON_CALL), step(60, SECOND, repeat=False)), repeat_interval_s=60)
    assert told(join(opened(plan, BOTH), "normal", "1 alert joined.", at(20))) == [
        ("Alice", "joined"),
        ("Bob", "joined"),
    ]


def test_everybody_is_told_of_a_joining_alert_when_the_page_expires_before_the_next_repeat() -> None:
    plan = Plan((step(0, ON_CALL),), repeat_interval_s=3600, expires_s=300)
    assert told(join(opened(plan, BOTH), "normal", "1 alert joined.", at(20))) == [
        ("Alice", "joined"),
        ("Bob", "joined"),
    ]


def test_a_joining_alert_raises_the_priority_and_tells_everybody_at_once() -> None:
    change = join(opened(PLAN, BOTH), "critical", "1 alert joined.", at(20))
    assert change.page.priority == "critical"
    assert told(change) == [("Alice", "joined"), ("Bob", "joined")]
    assert change.events[0].detail == "1 alert joined. Priority raised from normal to critical."


def test_raising_the_priority_counts_as_a_repeat() -> None:
    page = join(opened(PLAN, BOTH), "critical", "1 alert joined.", at(50)).page
    assert page.next_wake_at == at(110)


@pytest.mark.parametrize("priority", ["low", "normal"])
def test_a_joining_alert_never_lowers_the_priority(priority: str) -> None:
    assert join(opened(PLAN), priority, "1 alert joined.", at(20)).page.priority == "normal"  # type: ignore[arg-type]


def test_a_joining_alert_moves_the_expiry() -> None:
    page = opened(replace(PLAN, expires_s=600))
    page = join(page, "normal", "1 alert joined.", at(599)).page
    change = wake(page, at(660), REACH)
    assert change.page.status == "active"
    assert told(change) == [("Alice", "repeat")]
    assert change.page.expires_at == at(1199)


def test_the_holder_of_an_acknowledged_page_is_told_once_of_a_joining_alert() -> None:
    change = join(held_by_alice(), "normal", "1 alert joined.", at(500))
    assert told(change) == [("Alice", "joined")]
    assert change.page.status == "acknowledged"
    assert told(wake(change.page, at(5000), BOTH)) == []


def test_joining_an_acknowledged_page_does_not_prolong_the_acknowledgement() -> None:
    plan = replace(PLAN, acknowledge="any", acknowledgement_timeout_s=3600)
    page = acknowledge(opened(plan, BOTH), as_actor(ALICE), at(10)).page
    assert join(page, "normal", "1 alert joined.", at(500)).page.next_wake_at == at(3610)


def test_a_closed_page_refuses_to_be_joined() -> None:
    page = cancel(opened(PLAN), as_actor(CAROL), at(10)).page
    with pytest.raises(PageClosed):
        join(page, "normal", "1 alert joined.", at(20))
