"""What holds for every plan, roster and moment."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from router.lifecycle.closing import close
from router.lifecycle.due import next_wake, wake
from router.lifecycle.model import Change, Page, Person, Plan, Target
from router.lifecycle.transitions import acknowledge, cancel, join
from tests.lifecycle.people import as_actor, asked_of, at, opened, opening
from tests.lifecycle.strategies import PEOPLE, plans, rosters, waits

Roster = Mapping[Target, tuple[Person, ...]]


def steps_fired(page: Page) -> list[tuple[Target, ...]]:
    """Return the targets of every step that has fired."""
    return [step.targets for step in page.plan.steps[: page.next_step]]


def has_work(change: Change, page: Page) -> bool:
    """Return whether waking a page did anything."""
    return change.page != page or bool(change.events or change.notify)


@given(plans, rosters, waits)
def test_after_waking_nothing_is_due_at_the_same_moment(plan: Plan, roster: Roster, wait: float) -> None:
    woken = wake(opened(plan, asked_of(roster)), at(wait), asked_of(roster)).page
    assert woken.next_wake_at is None or woken.next_wake_at > at(wait)
    assert not has_work(wake(woken, at(wait), asked_of(roster)), woken)


@given(plans, rosters, waits, waits)
def test_there_is_work_exactly_when_the_wake_has_come(
    plan: Plan, roster: Roster, first: float, second: float
) -> None:
    page = wake(opened(plan, asked_of(roster)), at(first), asked_of(roster)).page
    now = at(first + second)
    due = page.next_wake_at is not None and page.next_wake_at <= now
    assert has_work(wake(page, now, asked_of(roster)), page) == due


@given(plans, rosters, waits, st.sampled_from(PEOPLE))
def test_no_act_on_a_page_that_was_woken_on_time_sets_its_wake_in_the_past(
    plan: Plan, roster: Roster, wait: float, person: Person
) -> None:
    page = wake(opened(plan, asked_of(roster)), at(wait), asked_of(roster)).page
    if page.closed_at is not None:
        return
    actor = as_actor(person, admin=True)
    for change in (
        acknowledge(page, actor, at(wait)),
        cancel(page, actor, at(wait)),
        close(page, "resolved", "", at(wait)),
        join(page, "critical", "", at(wait)),
    ):
        assert change.page.next_wake_at == next_wake(change.page)
        assert change.page.next_wake_at is None or change.page.next_wake_at > at(wait)


@given(plans, rosters, waits)
def test_one_wake_tells_nobody_twice(plan: Plan, roster: Roster, wait: float) -> None:
    for change in (
        opening(plan, asked_of(roster)),
        wake(opened(plan, asked_of(roster)), at(wait), asked_of(roster)),
    ):
        told = [notify.person.user_id for notify in change.notify]
        assert len(told) == len(set(told))


@given(plans, rosters, waits, waits)
def test_an_outage_takes_no_step_away(plan: Plan, roster: Roster, first: float, second: float) -> None:
    reach = asked_of(roster)
    late = wake(opened(plan, reach), at(first + second), reach).page
    punctual = run(opened(plan, reach), at(first + second), roster)
    assert steps_fired(late) == steps_fired(punctual)
    assert late.status == punctual.status
    assert {r.user_id for r in late.recipients} == {r.user_id for r in punctual.recipients}


@given(plans, rosters, waits)
def test_an_outage_takes_no_persons_turn_away(plan: Plan, roster: Roster, wait: float) -> None:
    reach = asked_of(roster)
    change = wake(opened(plan, reach), at(wait), reach)
    owed: set[int] = set()
    page = opened(plan, reach)
    while page.next_wake_at is not None and page.next_wake_at <= at(wait):
        step = wake(page, page.next_wake_at, reach)
        owed |= {notify.person.user_id for notify in step.notify}
        page = step.page
    if page.status == "active":
        assert {notify.person.user_id for notify in change.notify} == owed


@given(plans, rosters, st.lists(waits, max_size=6))
def test_pure_code_leaves_ids_and_versions_alone(plan: Plan, roster: Roster, naps: list[float]) -> None:
    page, now = opened(plan, asked_of(roster)), 0.0
    for nap in naps:
        now += nap
        page = wake(page, at(now), asked_of(roster)).page
    assert (page.id, page.org_id, page.version) == (42, 1, 1)
    assert page.created_at == at(0)
    assert all(recipient.id == 0 for recipient in page.recipients)


@given(plans, rosters)
def test_a_page_with_a_person_to_reach_reaches_somebody_or_says_so(plan: Plan, roster: Roster) -> None:
    change = opening(plan, asked_of(roster))
    reached = any(notify.person.contacts for notify in change.notify)
    assert reached != any(event.kind == "nobody_reached" for event in change.events)
    reachable = [
        person
        for step in (*plan.steps[:1], *plan.fallback[:1])
        for target in step.targets
        for person in roster[target]
        if person.contacts
    ]
    assert reached == bool(reachable)


def run(page: Page, until: datetime, roster: Roster) -> Page:
    """Wake a page whenever it asks for it, as a scheduler that is never late."""
    for _ in range(10_000):
        if page.next_wake_at is None or page.next_wake_at > until:
            return page
        assert page.next_wake_at > page.created_at - timedelta(seconds=1)
        page = wake(page, page.next_wake_at, asked_of(roster)).page
    raise AssertionError("the page asks to be woken without end")
