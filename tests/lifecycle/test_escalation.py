from __future__ import annotations

from router.lifecycle.closing import close
from router.lifecycle.due import wake
from router.lifecycle.model import Person, Plan, Target
from router.lifecycle.transitions import acknowledge, cancel
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

CHAIN = Plan((step(0, ON_CALL, repeat=False), step(300, SECOND), step(900, LEADS)), repeat_interval_s=3600)


def test_a_step_fires_its_delay_after_the_page_was_created() -> None:
    page = opened(CHAIN)
    assert told(wake(page, at(299), REACH)) == []
    assert told(wake(page, at(300), REACH)) == [("Bob", "escalation")]


def test_an_outage_of_the_pager_does_not_move_the_later_steps() -> None:
    change = wake(opened(CHAIN), at(700), REACH)
    assert told(change) == [("Bob", "escalation")]
    assert change.page.next_wake_at == at(900)


def test_an_outage_of_the_pager_takes_no_step_away() -> None:
    change = wake(opened(CHAIN), at(100_000), REACH)
    assert told(change)[:2] == [("Bob", "escalation"), ("Carol", "escalation")]
    assert kinds(change) == ["escalated", "escalated"]


def test_the_targets_of_a_step_become_recipients() -> None:
    page = wake(opened(CHAIN), at(300), REACH).page
    assert [r.user_id for r in page.recipients] == [ALICE.user_id, BOB.user_id]


def test_a_pending_recipient_who_is_escalated_to_is_told_again_and_stays_one_recipient() -> None:
    page = opened(Plan((step(0, ON_CALL, repeat=False), step(300, ON_CALL, repeat=False))))
    change = wake(page, at(300), REACH)
    assert told(change) == [("Alice", "escalation")]
    assert len(change.page.recipients) == 1


def test_members_are_looked_up_when_a_step_fires() -> None:
    roster: dict[Target, tuple[Person, ...]] = {ON_CALL: (ALICE,), SECOND: (BOB,)}
    page = opened(CHAIN, asked_of(roster))
    roster[SECOND] = (CAROL,)
    assert told(wake(page, at(300), asked_of(roster))) == [("Carol", "escalation")]


def test_a_later_step_that_reaches_nobody_is_on_the_timeline() -> None:
    page = opened(Plan((step(0, ON_CALL), step(90, NOBODY)), fallback=(step(0, LEADS),)))
    change = wake(page, at(95), REACH)
    assert kinds(change) == ["unreachable"]
    assert told(change) == [("Alice", "repeat")]


def test_an_acknowledged_page_escalates_no_further() -> None:
    page = acknowledge(opened(CHAIN), as_actor(ALICE), at(10)).page
    assert page.next_wake_at is None
    assert told(wake(page, at(1000), REACH)) == []


def test_a_page_waiting_for_all_still_escalates_after_the_first_acknowledgement() -> None:
    reach = asked_of({ON_CALL: (ALICE, BOB), SECOND: (CAROL,)})
    plan = Plan((step(0, ON_CALL, repeat=False), step(300, SECOND)), acknowledge="all")
    page = acknowledge(opened(plan, reach), as_actor(ALICE), at(10)).page
    assert told(wake(page, at(300), reach)) == [("Carol", "escalation")]


def test_a_closed_page_escalates_no_further() -> None:
    for ended in (
        cancel(opened(CHAIN), as_actor(ALICE), at(10)),
        close(opened(CHAIN), "resolved", "All alerts resolved.", at(10)),
    ):
        change = wake(ended.page, at(1000), REACH)
        assert (change.page, change.notify, change.events) == (ended.page, (), ())
