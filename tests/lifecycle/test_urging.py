from __future__ import annotations

from datetime import timedelta

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from router.lifecycle.closing import resolve
from router.lifecycle.due import next_wake, wake
from router.lifecycle.model import Person, Plan, Target
from router.lifecycle.transitions import NotARecipient, PageClosed, acknowledge, cancel
from router.lifecycle.urging import ONCE_WITHIN, NothingLeft, escalate, repage
from tests.lifecycle.people import (
    ALICE,
    BOB,
    CAROL,
    LEADS,
    NOBODY,
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
from tests.lifecycle.strategies import PEOPLE, plans, rosters, waits

BOTH = Plan((step(0, ON_CALL, SECOND), step(300, LEADS), step(900, ON_CALL)), repeat_interval_s=60)
ADMIN = as_actor(CAROL, admin=True)


def test_everybody_who_has_not_acknowledged_is_told_again() -> None:
    page = acknowledge(opened(BOTH), as_actor(ALICE), at(5)).page
    change = repage(page, ADMIN, at(10), REACH, None)
    assert told(change) == [("Bob", "repeat")]
    assert [(e.kind, e.detail, e.user_id) for e in change.events] == [
        ("repaged", "Carol told everybody again: Bob.", CAROL.user_id)
    ]


def test_the_next_repeat_comes_a_full_interval_after_a_page_was_sent_again() -> None:
    change = repage(opened(BOTH), ADMIN, at(50), REACH, None)
    assert change.page.next_repeat_at == at(110)
    assert change.page.next_wake_at == at(110)


def test_a_page_that_does_not_repeat_stays_so_when_it_is_sent_again() -> None:
    page = opened(Plan((step(0, ON_CALL, repeat=False),)))
    change = repage(page, ADMIN, at(50), REACH, None)
    assert told(change) == [("Alice", "repeat")]
    assert change.page.next_wake_at is None


def test_a_page_that_had_reached_nobody_is_sent_to_whoever_is_there_now() -> None:
    roster: dict[Target, tuple[Person, ...]] = {NOBODY: ()}
    page = opened(Plan((step(0, NOBODY),)), asked_of(roster))
    assert told(repage(page, ADMIN, at(10), asked_of(roster), None)) == []
    roster[NOBODY] = (BOB,)
    change = repage(page, ADMIN, at(10), asked_of(roster), None)
    assert told(change) == [("Bob", "page")]
    assert kinds(change) == ["repaged", "reachable"]


def test_the_next_step_comes_now_and_those_after_it_keep_their_times() -> None:
    change = escalate(opened(BOTH), as_actor(ALICE), at(72.5), REACH, None)
    assert ("Carol", "escalation") in told(change)
    assert kinds(change) == ["hastened", "escalated"]
    assert change.events[0].detail == (
        "Alice let step 2 of 3 (group leads) come now: it was due at 2026-03-01 03:05:00 UTC."
    )
    assert change.events[1].detail == "Escalation after 72 s to Carol."
    assert [one.after_s for one in change.page.plan.steps] == [0, 72, 900]


def test_a_step_that_was_overdue_is_the_one_that_was_asked_for() -> None:
    change = escalate(opened(BOTH), ADMIN, at(301), REACH, None)
    assert change.page.next_step == 2
    assert change.page.plan == BOTH


def test_a_repeat_that_was_overdue_is_not_lost_to_a_step_that_stops_repeats() -> None:
    page = opened(Plan((step(0, ON_CALL), step(300, SECOND, repeat=False)), repeat_interval_s=60))
    change = escalate(page, ADMIN, at(61), REACH, None)
    assert sorted(told(change)) == [("Alice", "repeat"), ("Bob", "escalation")]
    assert change.page.next_wake_at is None


def test_a_page_that_waits_whether_its_end_holds_is_told_of_all_the_same() -> None:
    waiting = resolve(opened(Plan(BOTH.steps, resolve_hold_s=300)), "It ended.", at(10)).page
    for change in (
        repage(waiting, ADMIN, at(20), REACH, None),
        escalate(waiting, ADMIN, at(20), REACH, None),
    ):
        assert told(change)
        assert change.page.next_wake_at == change.page.closes_at == at(310)


@pytest.mark.parametrize("act", [repage, escalate])
def test_a_double_click_is_one(act: object) -> None:
    page = opened(BOTH)
    again = act(page, ADMIN, at(10) + ONCE_WITHIN - timedelta(microseconds=1), REACH, at(10))  # type: ignore[operator]
    assert (again.page, again.events, again.notify) == (page, (), ())
    assert kinds(act(page, ADMIN, at(10) + ONCE_WITHIN, REACH, at(10)))  # type: ignore[operator]


@pytest.mark.parametrize("act", [repage, escalate])
def test_nobody_else_may(act: object) -> None:
    with pytest.raises(NotARecipient):
        act(opened(BOTH), as_actor(CAROL), at(10), REACH, None)  # type: ignore[operator]


@pytest.mark.parametrize("act", [repage, escalate])
def test_a_page_that_is_over_is_told_of_no_more(act: object) -> None:
    page = cancel(opened(BOTH), ADMIN, at(5)).page
    with pytest.raises(PageClosed, match="page 42 is cancelled"):
        act(page, ADMIN, at(10), REACH, None)  # type: ignore[operator]


@pytest.mark.parametrize("act", [repage, escalate])
def test_a_page_that_somebody_has_in_hand_is_left_to_them(act: object) -> None:
    page = acknowledge(opened(Plan(BOTH.steps, acknowledge="any")), as_actor(ALICE), at(5)).page
    with pytest.raises(NothingLeft, match="acknowledged by Alice since"):
        act(page, ADMIN, at(10), REACH, None)  # type: ignore[operator]


def test_a_page_whose_time_is_over_cannot_escalate() -> None:
    page = opened(Plan(BOTH.steps, expires_s=60))
    with pytest.raises(PageClosed, match="page 42 is expired"):
        escalate(page, ADMIN, at(61), REACH, None)


def test_after_the_last_step_there_is_nothing_to_escalate_to() -> None:
    page = wake(opened(BOTH), at(900), REACH).page
    with pytest.raises(NothingLeft, match="no step left"):
        escalate(page, ADMIN, at(901), REACH, None)


@given(plans, rosters, waits, st.sampled_from(PEOPLE))
def test_a_step_that_is_hastened_reaches_whom_it_would_have_reached_in_its_time(
    plan: Plan, roster: dict[Target, tuple[Person, ...]], wait: float, person: Person
) -> None:
    reach = asked_of(roster)
    page = wake(opened(plan, reach), at(wait), reach).page
    assume(page.status == "active" and page.next_step < len(page.plan.steps))
    actor = as_actor(person, admin=True)

    change = escalate(page, actor, at(wait), reach, None)

    due = page.plan.steps[page.next_step]
    named = {one.user_id for target in due.targets for one in reach(target)}
    assert {one.person.user_id for one in change.notify} == named
    assert change.page.next_wake_at == next_wake(change.page)
    assert change.page.next_wake_at is None or change.page.next_wake_at > at(wait)
    assert [one.after_s for one in change.page.plan.steps] == sorted(
        one.after_s for one in change.page.plan.steps
    )


@given(plans, rosters, waits, st.lists(st.sampled_from(PEOPLE), max_size=3))
def test_whoever_acknowledged_is_not_told_again(
    plan: Plan, roster: dict[Target, tuple[Person, ...]], wait: float, holding: list[Person]
) -> None:
    reach = asked_of(roster)
    page = wake(opened(plan, reach), at(wait), reach).page
    for person in holding:
        if page.closed_at is None:
            page = acknowledge(page, as_actor(person, admin=True), at(wait)).page
    assume(page.status == "active")

    change = repage(page, ADMIN, at(wait), reach, None)

    pending = {r.user_id for r in page.recipients if r.acknowledged_at is None}
    assert {one.person.user_id for one in change.notify} >= pending
    assert not {one.person.user_id for one in change.notify} & {p.user_id for p in holding}
    assert change.page.next_wake_at == next_wake(change.page)
