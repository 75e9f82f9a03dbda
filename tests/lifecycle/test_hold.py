"""A page whose alerts have ended, and which waits whether that holds."""

from __future__ import annotations

import pytest

from router.lifecycle.closing import resolve
from router.lifecycle.due import lapsed, wake
from router.lifecycle.model import Change, Page, Plan
from router.lifecycle.transitions import acknowledge, cancel, join, mark_flapping
from tests.lifecycle.people import ALICE, LEADS, ON_CALL, REACH, as_actor, at, kinds, opened, step, told

PLAN = Plan(
    (step(0, ON_CALL), step(300, LEADS)),
    acknowledge="any",
    expires_s=600,
    notify_resolved=True,
    resolve_hold_s=120,
)


def waiting(page: Page, seconds: float) -> Page:
    """Return a page all of whose alerts end at a moment."""
    change = resolve(page, "Every alert has ended.", at(seconds))
    assert kinds(change) == ["resolve_held"]
    assert not change.notify
    return change.page


def test_it_neither_repeats_nor_escalates_nor_expires() -> None:
    page = waiting(opened(Plan(PLAN.steps, expires_s=600, resolve_hold_s=1200)), 30)
    for seconds in (60, 120, 300, 600, 1229):
        assert wake(page, at(seconds), REACH) == Change(page)


def test_it_closes_when_that_has_held_and_tells_who_was_paged() -> None:
    change = wake(waiting(opened(PLAN), 30), at(150), REACH)
    assert (change.page.closed_reason, change.page.closes_at) == ("resolved", None)
    assert change.events[0].detail == "Every alert has ended, for 2 minutes now."
    assert told(change) == [("Alice", "resolved")]


def test_what_came_due_meanwhile_is_done_once_an_alert_fires() -> None:
    page = waiting(opened(PLAN), 250)
    back = join(page, "normal", "Disk fires again.", at(320), again="refired")
    assert (kinds(back), told(back)) == (["refired"], [("Alice", "joined")])
    assert told(wake(back.page, at(320), REACH)) == [("Carol", "escalation")]
    assert told(wake(back.page, at(380), REACH)) == [("Carol", "escalation"), ("Alice", "repeat")]


def test_new_trouble_on_a_page_that_waits_is_told_at_once_though_a_repeat_is_near() -> None:
    """Without the wait it would have been a page of its own; it may be over before the repeat."""
    page = waiting(opened(PLAN), 10)
    assert told(join(page, "normal", "1 alert joined: Login.", at(20))) == [("Alice", "joined")]


def test_it_does_not_expire_for_having_waited() -> None:
    page = waiting(opened(PLAN), 590)
    back = join(page, "normal", "Disk fires again.", at(640), again="refired")
    assert wake(back.page, at(640), REACH).page.status == "active"


def test_whoever_acknowledged_is_told_once_that_it_fires_again() -> None:
    page = acknowledge(opened(PLAN), as_actor(ALICE), at(10)).page
    back = join(waiting(page, 30), "normal", "Disk fires again.", at(60), again="refired")
    assert told(back) == [("Alice", "joined")]
    assert back.page.closes_at is None


def test_no_acknowledgement_lapses_while_it_waits() -> None:
    page = opened(Plan(PLAN.steps, acknowledge="any", acknowledgement_timeout_s=60, resolve_hold_s=120))
    page = waiting(acknowledge(page, as_actor(ALICE), at(10)).page, 30)
    assert not lapsed(page, at(100))
    assert page.next_wake_at == at(150)


def test_a_person_may_acknowledge_or_cancel_it() -> None:
    page = waiting(opened(PLAN), 30)
    done = acknowledge(page, as_actor(ALICE), at(40)).page
    assert (done.status, done.next_wake_at) == ("acknowledged", at(150))
    assert cancel(page, as_actor(ALICE), at(40)).page.closes_at is None


def test_without_a_hold_it_closes_at_once() -> None:
    change = resolve(opened(Plan(PLAN.steps)), "Every alert has ended.", at(30))
    assert kinds(change) == ["resolved"]


@pytest.mark.parametrize(("hold_s", "within_s", "waits_s"), [(0, 600, 600), (900, 600, 900), (30, 0, 30)])
def test_while_an_alert_flaps_it_waits_for_the_longer_of_both(
    hold_s: int, within_s: int, waits_s: int
) -> None:
    page = opened(Plan(PLAN.steps, resolve_hold_s=hold_s, reopen_within_s=within_s))
    page = mark_flapping(Change(page)).page
    assert waiting(page, 30).closes_at == at(30 + waits_s)


def test_a_flapping_alert_tells_who_acknowledged_no_more_unless_it_is_worse() -> None:
    page = acknowledge(opened(PLAN), as_actor(ALICE), at(10)).page
    quiet = join(waiting(page, 30), "normal", "Disk fires again.", at(60), again="flapping")
    assert told(quiet) == []
    assert quiet.events[0].detail == (
        "Disk fires again. Alice acknowledged this page of a flapping alert and is not told again."
    )
    waits_for_all = acknowledge(opened(Plan((step(0, ON_CALL, LEADS),))), as_actor(ALICE), at(10)).page
    worse = join(waits_for_all, "critical", "Disk fires again.", at(60), again="flapping")
    assert told(worse) == [("Alice", "joined"), ("Carol", "joined")]
