from __future__ import annotations

from collections.abc import Callable

import pytest

from router.lifecycle.closing import close
from router.lifecycle.due import wake
from router.lifecycle.model import Page, Plan
from router.lifecycle.transitions import NotARecipient, PageClosed, acknowledge, cancel
from tests.lifecycle.people import (
    ALICE,
    BOB,
    CAROL,
    ON_CALL,
    REACH,
    as_actor,
    asked_of,
    at,
    kinds,
    opened,
    step,
    told,
)

BOTH = asked_of({ON_CALL: (ALICE, BOB)})
ALL = Plan((step(0, ON_CALL),), acknowledge="all")
ANY = Plan((step(0, ON_CALL),), acknowledge="any")


def test_any_stops_at_the_first_acknowledgement() -> None:
    change = acknowledge(opened(ANY, BOTH), as_actor(ALICE), at(10), "sms", "On it.")
    assert (change.page.status, change.page.acknowledged_at) == ("acknowledged", at(10))
    assert [r.acknowledged_at for r in change.page.recipients] == [at(10), None]
    assert change.events[0].detail == "Alice acknowledged by sms and said: On it."


def test_all_waits_for_everybody() -> None:
    half = acknowledge(opened(ALL, BOTH), as_actor(ALICE), at(10)).page
    assert (half.status, half.acknowledged_at) == ("active", None)
    whole = acknowledge(half, as_actor(BOB), at(20)).page
    assert (whole.status, whole.acknowledged_at) == ("acknowledged", at(20))


def test_repeating_stops_when_all_have_acknowledged() -> None:
    page = acknowledge(opened(ALL, BOTH), as_actor(ALICE), at(10)).page
    page = acknowledge(page, as_actor(BOB), at(20)).page
    assert page.next_wake_at is None
    assert told(wake(page, at(600), BOTH)) == []


def test_note_and_method_are_kept() -> None:
    page = acknowledge(opened(ANY, BOTH), as_actor(ALICE), at(10), "voice", "Restarted it.").page
    assert (page.recipients[0].method, page.recipients[0].note) == ("voice", "Restarted it.")


@pytest.mark.parametrize("plan", [ALL, ANY])
def test_acknowledging_twice_changes_nothing(plan: Plan) -> None:
    page = acknowledge(opened(plan, BOTH), as_actor(ALICE), at(10), "app", "On it.").page
    again = acknowledge(page, as_actor(ALICE), at(99), "sms")
    assert (again.page, again.events, again.notify) == (page, (), ())


def test_acknowledging_again_with_the_same_note_changes_nothing() -> None:
    page = acknowledge(opened(ANY, BOTH), as_actor(ALICE), at(10), "app", "On it.").page
    again = acknowledge(page, as_actor(ALICE), at(99), "app", "On it.")
    assert (again.page, again.events) == (page, ())


def test_acknowledging_again_may_add_a_note() -> None:
    page = acknowledge(opened(ANY, BOTH), as_actor(ALICE), at(10)).page
    again = acknowledge(page, as_actor(ALICE), at(99), "app", "Disk replaced.")
    assert again.page.recipients[0].note == "Disk replaced."
    assert again.page.recipients[0].acknowledged_at == at(10)
    assert kinds(again) == ["noted"]


def test_a_second_person_may_acknowledge_an_acknowledged_page() -> None:
    page = acknowledge(opened(ANY, BOTH), as_actor(ALICE), at(10)).page
    change = acknowledge(page, as_actor(BOB), at(20))
    assert change.page.acknowledged_at == at(10)
    assert [r.acknowledged_at for r in change.page.recipients] == [at(10), at(20)]


def test_one_who_was_not_paged_is_refused() -> None:
    with pytest.raises(NotARecipient):
        acknowledge(opened(ALL, BOTH), as_actor(CAROL), at(10))


def test_one_who_was_not_paged_is_refused_on_a_closed_page_alike() -> None:
    page = cancel(opened(ALL, BOTH), as_actor(ALICE), at(5)).page
    with pytest.raises(NotARecipient):
        acknowledge(page, as_actor(CAROL), at(10))


def test_an_admin_becomes_a_recipient_by_acknowledging() -> None:
    change = acknowledge(opened(ANY, BOTH), as_actor(CAROL, admin=True), at(10))
    assert change.page.recipients[-1].user_id == CAROL.user_id
    assert change.page.recipients[-1].acknowledged_at == at(10)
    assert change.page.status == "acknowledged"


def test_an_admin_alone_does_not_stand_for_all() -> None:
    page = acknowledge(opened(ALL, BOTH), as_actor(CAROL, admin=True), at(10)).page
    assert page.status == "active"
    assert told(wake(page, at(60), BOTH)) == [("Alice", "repeat"), ("Bob", "repeat")]


def expired() -> Page:
    return wake(opened(Plan((step(0, ON_CALL),), expires_s=60)), at(60), REACH).page


def cancelled() -> Page:
    return cancel(opened(ALL), as_actor(CAROL), at(5)).page


def resolved() -> Page:
    return close(opened(ALL), "resolved", "All alerts resolved.", at(5)).page


def resolved_after_acknowledgement() -> Page:
    page = acknowledge(opened(ALL), as_actor(ALICE), at(3)).page
    return close(page, "resolved", "All alerts resolved.", at(5)).page


@pytest.mark.parametrize("ended", [expired, cancelled, resolved, resolved_after_acknowledgement])
def test_a_closed_page_refuses_an_acknowledgement(ended: Callable[[], Page]) -> None:
    with pytest.raises(PageClosed):
        acknowledge(ended(), as_actor(ALICE), at(100))


def test_one_who_has_not_heard_of_alerts_that_joined_is_told_once() -> None:
    change = acknowledge(opened(ANY, BOTH), as_actor(ALICE), at(10), unheard=True)
    assert told(change) == [("Alice", "joined")]
    again = acknowledge(change.page, as_actor(ALICE), at(20), unheard=True)
    assert told(again) == []
