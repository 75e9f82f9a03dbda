"""Why somebody is a recipient: the step of the rules that paged them, kept with the page."""

from __future__ import annotations

from dataclasses import replace

from router.lifecycle.due import wake
from router.lifecycle.model import LONGEST_WHY, Page, Plan, Target
from router.lifecycle.transitions import acknowledge
from tests.lifecycle.people import (
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
    opened,
    step,
)

CHAIN = Plan((step(0, ON_CALL), step(300, SECOND)), repeat_interval_s=60, chain="payments/stripe")


def whys(page: Page) -> dict[str, str]:
    return {recipient.name: recipient.why for recipient in page.recipients}


def test_each_step_says_whom_it_paged_as_what() -> None:
    page = wake(opened(CHAIN), at(300), REACH).page

    assert whys(page) == {
        "Alice": "group on call, step 1 of chain payments/stripe",
        "Bob": "group second, step 2 of chain payments/stripe",
    }


def test_whoever_is_paged_by_two_steps_keeps_the_first_reason() -> None:
    plan = replace(CHAIN, steps=(step(0, ON_CALL), step(300, ON_CALL)))

    assert whys(wake(opened(plan), at(300), REACH).page) == {
        "Alice": "group on call, step 1 of chain payments/stripe"
    }


def test_the_default_chain_says_that_nobody_else_was_reached() -> None:
    plan = Plan((step(0, NOBODY),), fallback=(step(0, LEADS),), chain="payments/stripe")

    assert whys(opened(plan)) == {"Carol": "group leads, since nobody else was reached"}


def test_a_roster_that_fills_up_later_names_the_step_that_had_reached_nobody() -> None:
    roster: dict[Target, tuple[object, ...]] = {}
    reach = asked_of(roster)  # type: ignore[arg-type]
    plan = Plan((step(0, ON_CALL), step(30, SECOND)), repeat_interval_s=60, chain="stripe")
    page = wake(opened(plan, reach), at(30), reach).page
    roster[SECOND] = (BOB,)

    assert whys(wake(page, at(120), reach).page) == {"Bob": "group second, step 2 of chain stripe"}


def test_a_page_sent_by_hand_and_an_admin_who_steps_in_have_no_reason() -> None:
    page = opened(replace(CHAIN, chain=""))
    stepped_in = acknowledge(page, as_actor(CAROL, admin=True), at(10)).page

    assert whys(stepped_in) == {"Alice": "", "Carol": ""}


def test_a_long_name_is_cut_to_what_is_kept() -> None:
    page = opened(replace(CHAIN, chain="x" * 1_000))

    assert len(page.recipients[0].why) == LONGEST_WHY
