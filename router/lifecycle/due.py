"""When a page has something to do, and what it then does."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta

from router.lifecycle.closing import finish
from router.lifecycle.model import (
    LONGEST_WHY,
    Change,
    Event,
    NotificationKind,
    Notify,
    Page,
    Person,
    Reach,
    Recipient,
    Target,
)


def next_wake(page: Page) -> datetime | None:
    """Return the moment at which `wake` next has something to do, UTC; None when never."""
    if page.closed_at is not None:
        return None
    if page.closes_at is not None:
        return page.closes_at
    if page.status == "acknowledged":
        return page.expires_at if page.plan.is_test else lapse_at(page)
    moments = [page.expires_at, page.next_repeat_at if page.repeating else None, step_at(page)]
    return min((moment for moment in moments if moment is not None), default=None)


def wake(page: Page, now: datetime, reach: Reach) -> Change:
    """Do everything that has come due, in the order of its time: escalations, one repeat, expiry.

    However long the pager was down, people hear one repeat. A step that was due before the page expired still
    fires when both are found overdue, and a repeat that was due before a step stopped repeats still goes out,
    so that an outage of the pager takes nobody's turn away. A page whose alerts have ended closes when that
    has held, and does nothing else before; one whose resolves are doubted is left to `doubting.weigh`.

    Parameters:
      now: UTC.
      reach: who a target is at this moment.
    """
    if page.closed_at is None and page.closes_at is not None and page.closes_at <= now:
        return finish(page, now) if page.doubted_at is None else Change(page)
    if page.status != "active" or page.closed_at is not None or page.closes_at is not None:
        return settled(Change(page))
    change, owed = Change(page), False
    while (at := next_wake(change.page)) is not None and at <= now:
        if at == change.page.expires_at:
            return _expire(change, now)
        if at == step_at(change.page):
            change = fire_step(change, reach)
        else:
            change, owed = _repeat_after(change, now), True
    return settled(repeat_now(change, reach) if owed else change)


def lapsed(page: Page, now: datetime) -> bool:
    """Return whether an acknowledgement has held as long as the plan lets it (`acknowledgement_timeout`)."""
    at = lapse_at(page)
    if page.closed_at is not None or page.closes_at is not None:
        return False
    return page.status == "acknowledged" and at is not None and at <= now


def test_over(page: Page, now: datetime) -> bool:
    """Return whether a page is a test whose time is over: it closes, acknowledged or not."""
    open_test = page.plan.is_test and page.closed_at is None
    return open_test and page.expires_at is not None and page.expires_at <= now


def fire_steps(page: Page, now: datetime, reach: Reach) -> Change:
    """Fire every step of the plan whose time has come before the page expires."""
    change = Change(page)
    while (at := step_at(change.page)) is not None and at <= now:
        if page.expires_at is not None and at >= page.expires_at:
            break
        change = fire_step(change, reach)
    return change


def fall_back(change: Change, now: datetime, reach: Reach) -> Change:
    """Bring in the default chain, once, for a page that reaches nobody; say so when that fails as well.

    A page that is acknowledged or closed meanwhile is left alone.
    """
    page = change.page
    if page.status != "active" or page.closed_at is not None:
        return change
    if page.fallback_used or not page.plan.fallback:
        return _unreachable(change)
    elapsed = int((now - page.created_at).total_seconds())
    shifted = tuple(replace(step, after_s=step.after_s + elapsed) for step in page.plan.fallback)
    fired, ahead = page.plan.steps[: page.next_step], page.plan.steps[page.next_step :]
    steps = fired + tuple(sorted(ahead + shifted, key=lambda step: step.after_s))
    page = replace(page, plan=replace(page.plan, steps=steps), fallback_used=True)
    event = Event("fallback", "Nobody could be reached: the default chain is brought in.")
    fallen = fire_steps(page, now, reach)
    already = {notify.person.user_id for notify in change.notify}
    fresh = tuple(notify for notify in fallen.notify if notify.person.user_id not in already)
    change = Change(fallen.page, (*change.events, event, *fallen.events), change.notify + fresh)
    return settled(change) if reaches(fallen) else _unreachable(settled(change))


def reaches(change: Change) -> bool:
    """Return whether anybody who can be reached is notified."""
    return any(notify.person.contacts for notify in change.notify)


def hears_by_repeat(page: Page) -> bool:
    """Return whether the next repeat of a page goes out before anything stops it."""
    at = page.next_repeat_at
    if page.status != "active" or not page.repeating or at is None:
        return False
    if page.expires_at is not None and page.expires_at <= at:
        return False
    ahead = page.plan.steps[page.next_step :]
    return all(step.repeat or page.created_at + timedelta(seconds=step.after_s) > at for step in ahead)


def settled(change: Change) -> Change:
    """Return the change with the page's `next_wake_at` brought up to date."""
    page = replace(change.page, next_wake_at=next_wake(change.page))
    return Change(page, change.events, change.notify)


def describe(target: Target) -> str:
    """Return a target as people read it: `group payments`, `user 5`."""
    return f"{target.kind} {target.name or target.id}"


def _unreachable(change: Change) -> Change:
    at, expires_at = step_at(change.page), change.page.expires_at
    if at is None or (expires_at is not None and at >= expires_at):
        what_next = ", and no default chain is left to try."
    else:
        what_next = f"; the next step comes at {at.astimezone(UTC):%Y-%m-%d %H:%M:%S} UTC."
    event = Event("nobody_reached", f"Nobody could be reached{what_next}")
    return replace(change, events=(*change.events, event))


def step_at(page: Page) -> datetime | None:
    """Return when a page's next step is due, UTC, even if the page expires before; None after the last."""
    if page.next_step >= len(page.plan.steps):
        return None
    return page.created_at + timedelta(seconds=page.plan.steps[page.next_step].after_s)


def lapse_at(page: Page) -> datetime | None:
    """Return when a page's acknowledgement has held as long as it may, UTC; None when for ever."""
    if page.acknowledged_at is None or page.plan.acknowledgement_timeout_s is None:
        return None
    return page.acknowledged_at + timedelta(seconds=page.plan.acknowledgement_timeout_s)


def fire_step(change: Change, reach: Reach) -> Change:
    """Fire the next step of the plan, which must have one: page whoever it names and has not acknowledged."""
    page = change.page
    number, step = page.next_step, page.plan.steps[page.next_step]
    people, events = _people_of(page, (number,), reach)
    acknowledged = {recipient.user_id for recipient in page.recipients if recipient.acknowledged_at}
    told = tuple(person for person in people if person.user_id not in acknowledged)
    if number > 0 and told:
        names = ", ".join(person.name or f"user {person.user_id}" for person in told)
        events.append(Event("escalated", f"Escalation after {step.after_s} s to {names}."))
    kind: NotificationKind = "page" if number == 0 else "fallback" if page.fallback_used else "escalation"
    recipients = _with_recipients(page, people)
    repeating = step.repeat or not recipients  # while there is nobody, every repeat asks again who there is
    next_repeat_at = page.next_repeat_at if repeating else None
    if repeating and next_repeat_at is None:
        next_repeat_at = page.created_at + timedelta(seconds=step.after_s + page.plan.repeat_interval_s)
    page = replace(
        page,
        recipients=recipients,
        next_step=number + 1,
        repeating=repeating,
        next_repeat_at=next_repeat_at,
    )
    already = {notify.person.user_id for notify in change.notify}
    notify = tuple(Notify(person, kind) for person in told if person.user_id not in already)
    return Change(page, (*change.events, *events), change.notify + notify)


def _with_recipients(page: Page, people: Mapping[Person, str]) -> tuple[Recipient, ...]:
    known = {recipient.user_id for recipient in page.recipients}
    added = (
        Recipient(person.user_id, name=person.name, why=why)
        for person, why in people.items()
        if person.user_id not in known
    )
    return (*page.recipients, *added)


def _people_of(page: Page, numbers: Iterable[int], reach: Reach) -> tuple[Mapping[Person, str], list[Event]]:
    """Return whom steps of a page's plan page, each with the reason why, and whom they do not reach."""
    people: dict[int, tuple[Person, str]] = {}
    events: list[Event] = []
    targets = [(number, target) for number in numbers for target in page.plan.steps[number].targets]
    for step, target in targets:
        found = reach(target)
        if not found:
            events.append(Event("unreachable", _nobody_in(target)))
        for person in found:
            people.setdefault(person.user_id, (person, _why(page, step, target)))
    for person, _ in people.values():
        if not person.contacts:
            name = person.name or f"User {person.user_id}"
            events.append(Event("unreachable", f"{name} has no contact.", person.user_id))
    return dict(people.values()), events


def _why(page: Page, number: int, target: Target) -> str:
    if not page.plan.chain:
        return ""
    if page.fallback_used:
        why = f"{describe(target)}, since nobody else was reached"
    else:
        why = f"{describe(target)}, step {number + 1} of chain {page.plan.chain}"
    return why[:LONGEST_WHY]


def _nobody_in(target: Target) -> str:
    if target.kind == "user":
        return f"There is no active {describe(target)}."
    named = describe(target)
    return f"{named[0].upper()}{named[1:]} has no active member."


def _repeat_after(change: Change, now: datetime) -> Change:
    page = change.page
    at = now + timedelta(seconds=page.plan.repeat_interval_s)
    return replace(change, page=replace(page, next_repeat_at=at))


def repeat_now(change: Change, reach: Reach) -> Change:
    """Tell everybody who has not acknowledged again, or look again at whom to tell when there was nobody."""
    page = change.page
    if not page.recipients:
        return _ask_again(change, reach)
    told = {notify.person.user_id for notify in change.notify}
    pending = [r for r in page.recipients if r.acknowledged_at is None and r.user_id not in told]
    notify = tuple(Notify(Person(r.user_id, r.name), "repeat") for r in pending)
    return replace(change, notify=change.notify + notify)


def _ask_again(change: Change, reach: Reach) -> Change:
    """Look again at whom the fired steps page: a roster that was empty a moment ago may not stay so."""
    page = change.page
    people, events = _people_of(page, range(page.next_step), reach)
    if not people:
        return change
    names = ", ".join(person.name or f"user {person.user_id}" for person in people)
    found = Event("reachable", f"The page, which had reached nobody, now goes to {names}.")
    repeating = page.plan.steps[page.next_step - 1].repeat
    page = replace(
        page,
        recipients=_with_recipients(page, people),
        repeating=repeating,
        next_repeat_at=page.next_repeat_at if repeating else None,
    )
    notify = tuple(Notify(person, "page") for person in people)
    return Change(page, (*change.events, *events, found), change.notify + notify)


def _expire(change: Change, now: datetime) -> Change:
    page = replace(
        change.page,
        status="expired",
        closed_at=now,
        closed_reason="expired",
        next_repeat_at=None,
        next_wake_at=None,
    )
    event = Event("expired", "Expired without being acknowledged.")
    return Change(page, (*change.events, event), change.notify)
