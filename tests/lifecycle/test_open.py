from __future__ import annotations

from router.lifecycle.model import Plan, Target
from tests.lifecycle.people import (
    ALICE,
    BOB,
    LEADS,
    MUTED,
    NOBODY,
    ON_CALL,
    SECOND,
    START,
    asked_of,
    at,
    kinds,
    opened,
    opening,
    step,
    told,
)


def test_opening_pages_the_first_step_at_once() -> None:
    change = opening(Plan((step(0, ON_CALL), step(300, SECOND))))
    assert told(change) == [("Alice", "page")]
    assert kinds(change) == ["created"]
    assert change.page.status == "active"


def test_the_timeline_begins_with_the_reason() -> None:
    change = opening(Plan((step(0, ON_CALL),)))
    assert change.events[0].detail == "Routed by payments.yml:14 @a1b2c3d."


def test_a_new_page_wakes_for_its_first_repeat() -> None:
    page = opened(Plan((step(0, ON_CALL),), repeat_interval_s=30))
    assert page.next_repeat_at == page.next_wake_at == at(30)


def test_a_new_page_that_does_not_repeat_wakes_for_its_next_step() -> None:
    page = opened(Plan((step(0, ON_CALL, repeat=False), step(300, SECOND))))
    assert page.next_repeat_at is None
    assert page.next_wake_at == at(300)


def test_a_page_with_nothing_ahead_never_wakes() -> None:
    page = opened(Plan((step(0, ON_CALL, repeat=False),)))
    assert page.next_wake_at is None


def test_a_person_in_two_targets_of_a_step_is_told_once() -> None:
    reach = asked_of({ON_CALL: (ALICE, BOB), SECOND: (BOB,)})
    change = opening(Plan((step(0, ON_CALL, SECOND),)), reach)
    assert told(change) == [("Alice", "page"), ("Bob", "page")]
    assert [r.user_id for r in change.page.recipients] == [ALICE.user_id, BOB.user_id]


def test_expiry_counts_from_the_opening() -> None:
    page = opened(Plan((step(0, ON_CALL),), expires_s=600))
    assert page.expires_at == at(600)
    assert page.created_at == START


def test_one_empty_group_beside_a_reachable_one_is_on_the_timeline() -> None:
    change = opening(Plan((step(0, ON_CALL, NOBODY),), fallback=(step(0, LEADS),)))
    assert told(change) == [("Alice", "page")]
    assert [e.detail for e in change.events if e.kind == "unreachable"] == [
        "Group empty has no active member."
    ]


def test_an_empty_group_is_called_as_it_is_spelt() -> None:
    nobody = Target("group", name="DBA on call")
    change = opening(Plan((step(0, ON_CALL, nobody),)))
    assert [e.detail for e in change.events if e.kind == "unreachable"] == [
        "Group DBA on call has no active member."
    ]


def test_a_person_who_is_not_there_is_on_the_timeline() -> None:
    change = opening(Plan((step(0, ON_CALL, Target("user", name="jane@example.com")),)))
    assert [e.detail for e in change.events if e.kind == "unreachable"] == [
        "There is no active user jane@example.com."
    ]


def test_a_person_without_contact_is_on_the_timeline() -> None:
    change = opening(Plan((step(0, ON_CALL, MUTED),)))
    assert [e.detail for e in change.events if e.kind == "unreachable"] == ["Mute has no contact."]
    assert not change.page.fallback_used
