"""What people do to a page that nobody answers: tell everybody again, or bring the next step forward."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from router.lifecycle.due import describe, fire_step, repeat_now, settled, step_at, wake
from router.lifecycle.model import Change, Event, Page, Reach
from router.lifecycle.transitions import Actor, NotARecipient, PageClosed, holders

ONCE_WITHIN = timedelta(seconds=5)
"""Within this span the same act on a page is one: a double click, or two people at once."""


class NothingLeft(Exception):  # noqa: N818 - a refusal, told to clients as 422
    """Nobody is left to tell, or no step to fire; the text says why."""


def repage(page: Page, actor: Actor, now: datetime, reach: Reach, asked_at: datetime | None) -> Change:
    """Tell everybody who has not acknowledged once more, now; the next repeat comes a full interval later.

    Parameters:
      now: UTC.
      reach: asked for whoever the fired steps page, if they had reached nobody.
      asked_at: when this was last asked for on the page.
    Raises PageClosed when it is over, NotARecipient when the actor was not paged and is no admin, NothingLeft
    when it is acknowledged.
    """
    _check(page, actor)
    if _again(now, asked_at):
        return Change(page)
    if page.repeating:
        page = replace(page, next_repeat_at=now + timedelta(seconds=page.plan.repeat_interval_s))
    told = repeat_now(Change(page), reach)
    names = ", ".join(one.person.name or f"user {one.person.user_id}" for one in told.notify)
    event = Event("repaged", f"{actor.name} told everybody again: {names or 'nobody'}.", actor.user_id)
    return settled(Change(told.page, (event, *told.events), told.notify))


def escalate(page: Page, actor: Actor, now: datetime, reach: Reach, asked_at: datetime | None) -> Change:
    """Fire the next step of the chain as if its time had come; those after it keep theirs.

    What is overdue at this moment is done first, and if that is a step it is the one that was asked for.

    Parameters: as of `repage`.
    Raises PageClosed when it is over, NotARecipient when the actor was not paged and is no admin, NothingLeft
    when it is acknowledged or has no step left.
    """
    _check(page, actor)
    if _again(now, asked_at):
        return Change(page)
    at = step_at(page)
    if at is None:
        raise NothingLeft(f"page {page.id} has no step left to escalate to")
    woken = wake(page, now, reach)
    if woken.page.closed_at is not None:
        raise PageClosed(f"page {page.id} is {woken.page.status} and nobody is told of it any more")
    number, count = page.next_step + 1, len(page.plan.steps)
    targets = ", ".join(describe(target) for target in page.plan.steps[page.next_step].targets)
    event = Event(
        "hastened",
        f"{actor.name} let step {number} of {count} ({targets}) come now: it was due at "
        f"{at.astimezone(UTC):%Y-%m-%d %H:%M:%S} UTC.",
        actor.user_id,
    )
    change = replace(woken, events=(event, *woken.events))
    if woken.page.next_step == page.next_step:
        change = fire_step(replace(change, page=_brought_forward(woken.page, now)), reach)
    return settled(change)


def _check(page: Page, actor: Actor) -> None:
    if not actor.is_admin and all(recipient.user_id != actor.user_id for recipient in page.recipients):
        raise NotARecipient(f"user {actor.user_id} is not a recipient of page {page.id}")
    if page.closed_at is not None:
        raise PageClosed(f"page {page.id} is {page.status} and nobody is told of it any more")
    if page.status == "acknowledged":
        raise NothingLeft(f"page {page.id} is acknowledged by {holders(page)}: nobody is waited for")


def _again(now: datetime, asked_at: datetime | None) -> bool:
    return asked_at is not None and now - asked_at < ONCE_WITHIN


def _brought_forward(page: Page, now: datetime) -> Page:
    """Return the page with its next step due now, in this page's own copy of the plan."""
    fired, (step, *later) = page.plan.steps[: page.next_step], page.plan.steps[page.next_step :]
    steps = (*fired, replace(step, after_s=int((now - page.created_at).total_seconds())), *later)
    return replace(page, plan=replace(page.plan, steps=steps))
