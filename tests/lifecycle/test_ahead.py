from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from hypothesis import given
from hypothesis import strategies as st

from router.lifecycle.ahead import ahead
from router.lifecycle.closing import resolve
from router.lifecycle.doubting import doubt
from router.lifecycle.due import next_wake, wake
from router.lifecycle.model import Page, Person, Plan, Target
from router.lifecycle.transitions import acknowledge, cancel
from tests.lifecycle.people import (
    ALICE,
    BOB,
    LEADS,
    NOBODY,
    ON_CALL,
    REACH,
    SECOND,
    as_actor,
    asked_of,
    at,
    opened,
    step,
)
from tests.lifecycle.strategies import PEOPLE, plans, rosters, waits

Roster = dict[Target, tuple[Person, ...]]


def told_ahead(page: Page) -> list[tuple[object, str, str]]:
    """What lies ahead, as plain values."""
    return [(one.at, one.kind, one.detail) for one in ahead(page, REACH)]


def test_repeats_steps_and_the_expiry_lie_ahead_of_a_page_that_nobody_has() -> None:
    plan = Plan(
        (step(0, ON_CALL), step(300, SECOND, ON_CALL), step(600, LEADS, repeat=False), step(7200, LEADS)),
        repeat_interval_s=60,
        expires_s=3600,
    )
    assert told_ahead(opened(plan)) == [
        (at(60), "repeat", "Tells again, every 1 minute: Alice."),
        (at(300), "escalation", "Escalates to group second, group on call: Bob, Alice."),
        (at(600), "escalation", "Escalates to group leads: Carol. Repeats stop then."),
        (at(3600), "expiry", "Expires, unless somebody acknowledges before."),
    ]


def test_a_step_that_would_reach_nobody_says_so_beforehand() -> None:
    plan = Plan((step(0, ON_CALL, repeat=False), step(300, NOBODY, repeat=False)))
    ((_, _, detail),) = told_ahead(opened(plan))
    assert detail == "Escalates to group empty: nobody. Group empty has no active member. Repeats stop then."


def test_whoever_acknowledged_is_not_named_for_a_step() -> None:
    plan = Plan((step(0, ON_CALL, SECOND), step(300, ON_CALL, SECOND)))
    page = acknowledge(opened(plan), as_actor(ALICE), at(5)).page
    assert [detail for _, _, detail in told_ahead(page)] == [
        "Tells again, every 1 minute: Bob.",
        "Escalates to group on call, group second: Bob.",
    ]


def test_an_acknowledgement_lapses_or_lasts() -> None:
    plan = Plan((step(0, SECOND),), acknowledgement_timeout_s=600)
    page = acknowledge(opened(plan), as_actor(BOB), at(5)).page
    assert [(one.at, one.kind) for one in ahead(page, REACH)] == [(at(605), "lapse")]
    for_ever = replace(page, plan=replace(plan, acknowledgement_timeout_s=None))
    assert ahead(for_ever, REACH) == ()


def test_a_page_that_waits_does_nothing_else_before_it_closes() -> None:
    page = resolve(opened(Plan((step(0, ON_CALL), step(20, SECOND)), resolve_hold_s=300)), "", at(10)).page
    assert [(one.at, one.kind) for one in ahead(page, REACH)] == [(at(310), "close")]


def test_nobody_knows_when_a_heartbeat_will_be_heard() -> None:
    page = resolve(opened(Plan((step(0, ON_CALL),), resolve_hold_s=60)), "", at(10)).page
    ((when, kind, detail),) = told_ahead(doubt(page, "prometheus", "", at(11)).page)
    assert (when, kind) == (None, "close")
    assert "heartbeat prometheus" in detail


def test_a_test_closes_by_itself() -> None:
    page = opened(Plan((step(0, ON_CALL, repeat=False),), expires_s=300, is_test=True))
    assert [(one.at, one.kind) for one in ahead(page, REACH)] == [(at(300), "close")]
    held = acknowledge(page, as_actor(ALICE), at(5)).page
    assert [(one.at, one.kind) for one in ahead(held, REACH)] == [(at(300), "close")]


def test_nothing_lies_ahead_of_a_page_that_is_over() -> None:
    page = cancel(opened(Plan((step(0, ON_CALL), step(60, SECOND)))), as_actor(ALICE, admin=True), at(5)).page
    assert ahead(page, REACH) == ()


@given(plans, rosters, waits, st.lists(st.sampled_from(PEOPLE), max_size=2), st.booleans())
def test_the_first_thing_ahead_is_what_the_page_wakes_for(
    plan: Plan, roster: Roster, wait: float, holding: list[Person], ends: bool
) -> None:
    page = wake(opened(plan, asked_of(roster)), at(wait), asked_of(roster)).page
    for person in holding:
        if page.closed_at is None:
            page = acknowledge(page, as_actor(person, admin=True), at(wait)).page
    if ends and page.closed_at is None:
        page = resolve(page, "", at(wait)).page

    moments = [one.at for one in ahead(page, asked_of(roster))]

    assert moments == sorted(moments)  # type: ignore[type-var]
    assert next(iter(moments), None) == next_wake(page)


@given(plans, rosters, waits)
def test_every_step_and_the_end_come_when_they_were_said_to(plan: Plan, roster: Roster, wait: float) -> None:
    reach = asked_of(roster)
    page = wake(opened(plan, reach), at(wait), reach).page
    said = [one for one in ahead(page, reach) if one.kind != "repeat"]
    steps = [(page.created_at + timedelta(seconds=one.after_s)) for one in page.plan.steps[page.next_step :]]

    for one in said:
        assert one.at is not None
        assert page.closed_at is None
        page = wake(page, one.at, reach).page

    escalations = [one.at for one in said if one.kind == "escalation"]
    assert escalations == steps[: len(escalations)]
    assert page.next_step == len(page.plan.steps) or page.closed_reason == "expired"
    assert (page.closed_reason == "expired") == (page.expires_at is not None)
