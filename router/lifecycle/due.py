"""When a page has something to do, and what it then does."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

from router.lifecycle.model import (
    Change,
    Event,
    NotificationKind,
    Notify,
    Page,
    Person,
    Reach,
    Recipient,
    Step,
    Target,
)


def next_wake(page: Page) -> datetime | None:
    """Return the moment at which `wake` next has something to do, UTC; None when never."""
    if page.closed_at is not None:
        return None
    if page.status == "acknowledged":
        return _lapse_at(page)
    moments = [page.expires_at, page.next_repeat_at if page.repeating else None, _step_at(page)]
    return min((moment for moment in moments if moment is not None), default=None)


def wake(page: Page, now: datetime, reach: Reach) -> Change:
    """Do everything that has come due: escalations, one repeat however long it was overdue, expiry.

    A step that was due before the page expired still fires when both are found overdue, so that an outage of
    the pager takes nobody's turn away. Parameters: now in UTC; reach says who a target is at this moment.
    """
    if page.status != "active" or page.closed_at is not None:
        return Change(page)
    change = fire_steps(page, now, reach)
    if page.expires_at is not None and page.expires_at <= now:
        return _expire(change, now)
    if page.repeating and page.next_repeat_at is not None and page.next_repeat_at <= now:
        change = _repeat(change, now)
    return settled(change)


def lapsed(page: Page, now: datetime) -> bool:
    """Return whether an acknowledgement has held as long as the plan lets it (`acknowledgement_timeout`)."""
    at = _lapse_at(page)
    return page.status == "acknowledged" and page.closed_at is None and at is not None and at <= now


def fire_steps(page: Page, now: datetime, reach: Reach) -> Change:
    """Fire every step of the plan whose time has come; fall back if the first reaches nobody."""
    change = Change(page)
    while (at := _step_at(change.page)) is not None and at <= now:
        if page.expires_at is not None and at >= page.expires_at:
            break
        change = _fire(change, change.page.plan.steps[change.page.next_step], now, reach)
    if page.next_step == 0 and change.page.next_step > 0 and not _reaches(change):
        change = fall_back(change, now, reach)
    return change


def fall_back(change: Change, now: datetime, reach: Reach) -> Change:
    """Bring in the default chain, once, for a page that reaches nobody; say so when that fails as well."""
    page = change.page
    if page.fallback_used or not page.plan.fallback:
        return _unreachable(change)
    elapsed = int((now - page.created_at).total_seconds())
    shifted = tuple(replace(step, after_s=step.after_s + elapsed) for step in page.plan.fallback)
    fired, ahead = page.plan.steps[: page.next_step], page.plan.steps[page.next_step :]
    steps = fired + tuple(sorted(ahead + shifted, key=lambda step: step.after_s))
    page = replace(page, plan=replace(page.plan, steps=steps), fallback_used=True)
    event = Event("fallback", "Nobody could be reached: the default chain is brought in.")
    fallen = fire_steps(page, now, reach)
    change = Change(fallen.page, (*change.events, event, *fallen.events), change.notify + fallen.notify)
    return settled(change) if _reaches(fallen) else _unreachable(settled(change))


def settled(change: Change) -> Change:
    """Return the change with the page's `next_wake_at` brought up to date."""
    return replace(change, page=replace(change.page, next_wake_at=next_wake(change.page)))


def describe(target: Target) -> str:
    """Return a target as people read it: `group payments`, `user 5`."""
    return f"{target.kind} {target.name or target.id}"


def _reaches(change: Change) -> bool:
    return any(notify.person.contacts for notify in change.notify)


def _unreachable(change: Change) -> Change:
    event = Event("unreachable", "Nobody could be reached, and no default chain is left to try.")
    return replace(change, events=(*change.events, event))


def _step_at(page: Page) -> datetime | None:
    if page.next_step >= len(page.plan.steps):
        return None
    return page.created_at + timedelta(seconds=page.plan.steps[page.next_step].after_s)


def _lapse_at(page: Page) -> datetime | None:
    if page.acknowledged_at is None or page.plan.acknowledgement_timeout_s is None:
        return None
    return page.acknowledged_at + timedelta(seconds=page.plan.acknowledgement_timeout_s)


def _fire(change: Change, step: Step, now: datetime, reach: Reach) -> Change:
    page = change.page
    number = page.next_step
    people, events = _people_of(step, reach)
    known = {recipient.user_id for recipient in page.recipients}
    acknowledged = {recipient.user_id for recipient in page.recipients if recipient.acknowledged_at}
    added = tuple(
        Recipient(person.user_id, name=person.name) for person in people if person.user_id not in known
    )
    told = tuple(person for person in people if person.user_id not in acknowledged)
    if number > 0 and told:
        names = ", ".join(person.name or f"user {person.user_id}" for person in told)
        events.append(Event("escalated", f"Escalation after {step.after_s} s to {names}."))
    kind: NotificationKind = "page" if number == 0 else "fallback" if page.fallback_used else "escalation"
    interval = timedelta(seconds=page.plan.repeat_interval_s)
    resumed = step.repeat and (not page.repeating or page.next_repeat_at is None)
    page = replace(
        page,
        recipients=page.recipients + added,
        next_step=number + 1,
        repeating=step.repeat,
        next_repeat_at=(now + interval if resumed else page.next_repeat_at) if step.repeat else None,
    )
    already = {notify.person.user_id for notify in change.notify}
    notify = tuple(Notify(person, kind) for person in told if person.user_id not in already)
    return Change(page, (*change.events, *events), change.notify + notify)


def _people_of(step: Step, reach: Reach) -> tuple[tuple[Person, ...], list[Event]]:
    people: dict[int, Person] = {}
    events: list[Event] = []
    for target in step.targets:
        found = reach(target)
        if not found:
            events.append(Event("unreachable", f"{describe(target).capitalize()} has no active member."))
        for person in found:
            people.setdefault(person.user_id, person)
    for person in people.values():
        if not person.contacts:
            name = person.name or f"User {person.user_id}"
            events.append(Event("unreachable", f"{name} has no contact.", person.user_id))
    return tuple(people.values()), events


def _repeat(change: Change, now: datetime) -> Change:
    page = change.page
    told = {notify.person.user_id for notify in change.notify}
    pending = [r for r in page.recipients if r.acknowledged_at is None and r.user_id not in told]
    page = replace(page, next_repeat_at=now + timedelta(seconds=page.plan.repeat_interval_s))
    notify = tuple(Notify(Person(r.user_id, r.name), "repeat") for r in pending)
    return Change(page, change.events, change.notify + notify)


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
