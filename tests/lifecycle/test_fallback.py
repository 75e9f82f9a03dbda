from __future__ import annotations

import pytest

from router.lifecycle.due import fall_back, wake
from router.lifecycle.model import Change, Person, Plan, Target
from router.lifecycle.transitions import acknowledge, cancel
from tests.lifecycle.people import (
    ALICE,
    BOB,
    CAROL,
    LEADS,
    MUTED,
    NOBODY,
    ON_CALL,
    REACH,
    SECOND,
    as_actor,
    asked_of,
    at,
    kinds,
    opened,
    opening,
    step,
    told,
)

FALLBACK = (step(0, LEADS), step(120, SECOND))


@pytest.mark.parametrize("target", [NOBODY, MUTED, Target("user", 99)])
def test_a_page_whose_first_step_reaches_nobody_brings_in_the_default_chain_at_once(target: Target) -> None:
    change = opening(Plan((step(0, target),), fallback=FALLBACK))
    assert ("Carol", "fallback") in told(change)
    assert "fallback" in kinds(change)
    assert change.page.fallback_used


def test_the_default_chain_goes_on_escalating() -> None:
    page = opened(Plan((step(0, NOBODY),), fallback=FALLBACK))
    change = wake(page, at(120), REACH)
    assert ("Bob", "fallback") in told(change)


def test_the_steps_ahead_still_fire_beside_the_default_chain() -> None:
    page = opened(Plan((step(0, NOBODY), step(60, ON_CALL)), fallback=FALLBACK))
    assert [s.after_s for s in page.plan.steps] == [0, 0, 60, 120]
    assert told(wake(page, at(60), REACH))[0][0] == "Alice"


def test_a_plan_without_steps_falls_back() -> None:
    assert told(opening(Plan((), fallback=FALLBACK))) == [("Carol", "page")]


def test_a_page_that_reaches_nobody_at_all_says_so_loudly() -> None:
    change = opening(Plan((step(0, NOBODY),), fallback=(step(0, MUTED),)))
    assert kinds(change) == [
        "created",
        "unreachable",
        "fallback",
        "unreachable",
        "escalated",
        "nobody_reached",
    ]
    assert change.events[-1].detail == "Nobody could be reached, and no default chain is left to try."


def test_a_page_without_a_default_chain_that_reaches_nobody_says_so_loudly() -> None:
    change = opening(Plan((step(0, NOBODY),)))
    assert kinds(change) == ["created", "unreachable", "nobody_reached"]
    assert change.page.status == "active"


def test_a_page_that_reaches_nobody_says_when_its_next_step_comes() -> None:
    change = opening(Plan((step(0, NOBODY), step(300, ON_CALL)), expires_s=600))
    said = f"Nobody could be reached; the next step comes at {at(300):%Y-%m-%d %H:%M:%S} UTC."
    assert change.events[-1].detail == said


def test_a_step_after_the_expiry_is_none_to_wait_for() -> None:
    change = opening(Plan((step(0, NOBODY), step(300, ON_CALL)), expires_s=200))
    assert change.events[-1].detail == "Nobody could be reached, and no default chain is left to try."


def test_the_default_chain_is_brought_in_once() -> None:
    page = opened(Plan((step(0, ON_CALL),), fallback=FALLBACK))
    first = fall_back(Change(page), at(30), REACH)
    second = fall_back(Change(first.page), at(90), REACH)
    assert told(first) == [("Carol", "fallback")]
    assert kinds(first) == ["fallback", "escalated"]
    assert (told(second), kinds(second)) == ([], ["nobody_reached"])
    assert second.page.plan == first.page.plan


def test_a_default_chain_brought_in_late_counts_its_delays_from_then() -> None:
    page = opened(Plan((step(0, ON_CALL),), fallback=FALLBACK))
    page = fall_back(Change(page), at(30.9), REACH).page
    assert [s.after_s for s in page.plan.steps] == [0, 30, 150]


def test_no_default_chain_for_a_page_that_is_in_hand_or_over() -> None:
    page = opened(Plan((step(0, ON_CALL),), fallback=FALLBACK))
    for meanwhile in (
        acknowledge(page, as_actor(ALICE), at(5)).page,
        cancel(page, as_actor(CAROL), at(5)).page,
    ):
        change = fall_back(Change(meanwhile), at(30), REACH)
        assert (change.page, told(change), kinds(change)) == (meanwhile, [], [])


def test_a_page_that_reached_nobody_pages_whoever_the_roster_has_at_the_next_repeat() -> None:
    roster: dict[Target, tuple[Person, ...]] = {}
    page = opened(Plan((step(0, ON_CALL),), fallback=(step(0, LEADS),)), asked_of(roster))
    silent = wake(page, at(60), asked_of(roster))
    roster[ON_CALL] = (ALICE, BOB)
    heard = wake(silent.page, at(120), asked_of(roster))
    assert (told(silent), kinds(silent)) == ([], [])
    assert told(heard) == [("Alice", "page"), ("Bob", "page")]
    assert kinds(heard) == ["unreachable", "reachable"]
    assert told(wake(heard.page, at(180), asked_of(roster))) == [("Alice", "repeat"), ("Bob", "repeat")]


def test_a_page_that_reached_nobody_asks_again_even_if_its_step_does_not_repeat() -> None:
    roster: dict[Target, tuple[Person, ...]] = {}
    page = opened(Plan((step(0, ON_CALL, repeat=False),)), asked_of(roster))
    roster[ON_CALL] = (ALICE,)
    heard = wake(page, at(60), asked_of(roster))
    assert told(heard) == [("Alice", "page")]
    assert heard.page.next_wake_at is None


def test_one_who_has_no_contact_and_stands_in_both_chains_is_noted_once() -> None:
    change = opening(Plan((step(0, MUTED),), fallback=(step(0, MUTED, LEADS),)))
    assert told(change) == [("Mute", "page"), ("Carol", "fallback")]
