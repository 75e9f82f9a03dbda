"""One page under everything that people, senders, outages and a changing roster do to it."""

from __future__ import annotations

from datetime import datetime, timedelta

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from router.lifecycle.closing import close, hold_of, resolve
from router.lifecycle.due import fall_back, lapsed, next_wake, wake
from router.lifecycle.model import Change, Page, Person, Plan, Priority, Target
from router.lifecycle.transitions import (
    Known,
    PageClosed,
    acknowledge,
    cancel,
    hand_over,
    join,
    mark_flapping,
    open_page,
)
from router.lifecycle.urging import NothingLeft, escalate, repage
from tests.lifecycle.people import START, as_actor, asked_of
from tests.lifecycle.strategies import GROUPS, PEOPLE, plans, rosters, waits

EDGES = {
    ("active", "acknowledged"),
    ("active", "expired"),
    ("active", "cancelled"),
    ("acknowledged", "cancelled"),
}


class OnePage(RuleBasedStateMachine):
    """Keeps, beside the page, who was last told of it and when."""

    page: Page
    roster: dict[Target, tuple[Person, ...]]

    @initialize(plan=plans, roster=rosters)
    def open(self, plan: Plan, roster: dict[Target, tuple[Person, ...]]) -> None:
        self.now = START
        self.roster = roster
        self.last_told: dict[int, datetime] = {}
        self.fallbacks = 0
        change = open_page(42, 1, plan, "normal", START, asked_of(roster), "Sent by hand.")
        self.page = change.page
        self.heed(change)

    def heed(self, change: Change) -> None:
        """Take a change over after what must hold between a page and the next."""
        before, after = self.page, change.page
        if before.status != after.status:
            assert (before.status, after.status) in EDGES
        assert before.closed_at is None or after == before
        assert after.next_step >= before.next_step
        held = {r.user_id: r.acknowledged_at for r in before.recipients if r.acknowledged_at}
        now_held = {r.user_id: r.acknowledged_at for r in after.recipients if r.acknowledged_at}
        assert now_held.items() >= held.items()
        self.fallbacks += sum(event.kind == "fallback" for event in change.events)
        for notify in change.notify:
            assert notify.kind in ("joined", "resolved") or notify.person.user_id not in held
            self.last_told[notify.person.user_id] = self.now
        self.page = after

    def scheduler_runs(self) -> None:
        if lapsed(self.page, self.now):
            self.heed(hand_over(self.page, self.now, 43))
        else:
            self.heed(wake(self.page, self.now, asked_of(self.roster)))

    @rule(wait=waits)
    def time_passes_with_the_scheduler_on_time(self, wait: float) -> None:
        until = self.now + timedelta(seconds=wait)
        while (at := self.page.next_wake_at) is not None and at <= until:
            self.now = max(self.now, at)
            self.scheduler_runs()
        self.now = until

    @rule(wait=waits)
    def the_pager_is_down_for_a_while(self, wait: float) -> None:
        self.now += timedelta(seconds=wait)
        self.scheduler_runs()

    @rule(group=st.sampled_from(GROUPS), people=st.lists(st.sampled_from(PEOPLE), max_size=3, unique=True))
    def the_roster_changes(self, group: Target, people: list[Person]) -> None:
        self.roster = {**self.roster, group: tuple(people)}

    @rule(person=st.sampled_from(PEOPLE))
    def somebody_acknowledges(self, person: Person) -> None:
        if self.page.closed_at is not None:
            return
        before = self.page
        self.heed(acknowledge(self.page, as_actor(person, admin=True), self.now))
        again = acknowledge(self.page, as_actor(person, admin=True), self.now)
        assert (again.page, again.events, again.notify) == (self.page, (), ())
        everybody = all(r.acknowledged_at for r in self.page.recipients)
        done = before.status == "acknowledged" or before.plan.acknowledge == "any" or everybody
        assert (self.page.status == "acknowledged") == done

    @rule(
        priority=st.sampled_from(["low", "normal", "high", "critical"]),
        again=st.sampled_from([None, "refired", "flapping"]),
    )
    @precondition(lambda self: self.page.closed_at is None)
    def an_alert_joins(self, priority: Priority, again: Known | None) -> None:
        before = self.page
        change = join(self.page, priority, "1 alert joined.", self.now, again=again)
        self.heed(change)
        assert (self.page.status, self.page.closes_at) == (before.status, None)
        told = {notify.person.user_id for notify in change.notify}
        holding = {r.user_id for r in before.recipients if r.acknowledged_at}
        if before.status == "acknowledged":
            assert told == (set() if again == "flapping" else holding)
        if not told & holding and holding:
            assert again == "flapping"
            assert "not told again" in change.events[0].detail
        self.scheduler_runs()  # what came due while the page waited

    @rule()
    @precondition(lambda self: self.page.closed_at is None)
    def an_alert_turns_out_to_flap(self) -> None:
        self.heed(mark_flapping(Change(self.page)))
        assert self.page.flapping

    @rule()
    @precondition(lambda self: self.page.closed_at is None and self.page.closes_at is None)
    def every_alert_resolves(self) -> None:
        hold = timedelta(seconds=hold_of(self.page))
        self.heed(resolve(self.page, "Every alert has ended.", self.now))
        assert self.page.closes_at == (self.now + hold if hold else None)
        assert (self.page.closed_reason == "resolved") == (not hold)
        again = resolve(self.page, "Every alert has ended.", self.now)
        assert (again.page, again.events, again.notify) == (self.page, (), ())

    @rule()
    def delivery_gives_up_on_everybody(self) -> None:
        self.heed(fall_back(Change(self.page), self.now, asked_of(self.roster)))

    @rule()
    @precondition(lambda self: self.page.status == "active" and self.page.closed_at is None)
    def somebody_tells_everybody_again(self) -> None:
        pending = {r.user_id for r in self.page.recipients if r.acknowledged_at is None}
        actor = as_actor(PEOPLE[0], admin=True)
        change = repage(self.page, actor, self.now, asked_of(self.roster), None)
        told = {notify.person.user_id for notify in change.notify}
        assert told == pending or not self.page.recipients
        self.heed(change)

    @rule()
    @precondition(lambda self: self.page.status == "active" and self.page.closed_at is None)
    def somebody_escalates_now(self) -> None:
        before = self.page
        actor = as_actor(PEOPLE[0], admin=True)
        try:
            change = escalate(self.page, actor, self.now, asked_of(self.roster), None)
        except NothingLeft:
            assert before.next_step == len(before.plan.steps)
            return
        self.heed(change)
        assert self.page.next_step == before.next_step + 1
        assert self.page.plan.steps[self.page.next_step :] == before.plan.steps[self.page.next_step :]

    @rule()
    @precondition(lambda self: self.page.closed_at is None)
    def an_admin_cancels(self) -> None:
        change = cancel(self.page, as_actor(PEOPLE[0], admin=True), self.now)
        assert change.notify == ()
        self.heed(change)

    @rule(reason=st.sampled_from(["resolved", "stale"]))
    def the_last_alert_ends(self, reason: str) -> None:
        paged = {r.user_id for r in self.page.recipients}
        change = close(self.page, reason, "", self.now)  # type: ignore[arg-type]
        told = {notify.person.user_id for notify in change.notify}
        expected = paged if self.page.closed_at is None and self.page.plan.notify_resolved else set()
        assert told == expected
        self.heed(change)

    @rule(person=st.sampled_from(PEOPLE))
    @precondition(lambda self: self.page.closed_at is not None)
    def a_closed_page_refuses(self, person: Person) -> None:
        for act in (
            lambda: acknowledge(self.page, as_actor(person, admin=True), self.now),
            lambda: join(self.page, "critical", "1 alert joined.", self.now),
            lambda: repage(self.page, as_actor(person, admin=True), self.now, asked_of(self.roster), None),
            lambda: escalate(self.page, as_actor(person, admin=True), self.now, asked_of(self.roster), None),
        ):
            try:
                act()
            except PageClosed:
                continue
            raise AssertionError("a closed page took an act")

    @invariant()
    def the_wake_is_up_to_date_and_ahead(self) -> None:
        assert self.page.next_wake_at == next_wake(self.page)
        assert self.page.next_wake_at is None or self.page.next_wake_at > self.now

    @invariant()
    def a_pending_recipient_is_never_left_silent_longer_than_the_interval(self) -> None:
        """While the page is active and repeats, whoever is pending hears of it once an interval."""
        if self.page.status != "active" or not self.page.repeating or self.page.closes_at is not None:
            return
        interval = timedelta(seconds=self.page.plan.repeat_interval_s)
        assert self.page.next_repeat_at is not None
        assert self.page.next_repeat_at <= self.now + interval
        fired = self.page.plan.steps[: self.page.next_step]
        if all(step.repeat for step in fired):
            for recipient in self.page.recipients:
                if recipient.acknowledged_at is None:
                    assert self.now - self.last_told[recipient.user_id] < interval

    @invariant()
    def an_active_page_ends_or_wakes_or_has_nothing_left_to_do(self) -> None:
        if self.page.closed_at is not None:
            assert self.page.next_wake_at is None
            assert self.page.closes_at is None
        elif self.page.closes_at is not None:
            assert self.page.next_wake_at == self.page.closes_at
        elif self.page.status == "active" and self.page.next_wake_at is None:
            assert self.page.expires_at is None
            assert self.page.next_step == len(self.page.plan.steps)
            assert not self.page.plan.steps[-1].repeat
            assert self.page.recipients

    @invariant()
    def repeats_follow_the_last_step_that_fired(self) -> None:
        if self.page.recipients and self.page.status == "active" and self.page.next_step:
            assert self.page.repeating == self.page.plan.steps[self.page.next_step - 1].repeat

    @invariant()
    def recipients_are_unique_and_the_fallback_comes_once(self) -> None:
        ids = [recipient.user_id for recipient in self.page.recipients]
        assert len(ids) == len(set(ids))
        assert self.fallbacks == int(self.page.fallback_used) <= 1

    @invariant()
    def closed_and_status_agree(self) -> None:
        page = self.page
        assert (page.closed_at is None) == (page.closed_reason is None)
        assert page.status not in ("expired", "cancelled") or page.closed_at is not None
        assert (page.acknowledged_at is not None) >= (page.status == "acknowledged")
        assert (page.id, page.version) == (42, 1)


OnePage.TestCase.settings = settings(max_examples=60, stateful_step_count=25, deadline=None)
TestOnePage = OnePage.TestCase
