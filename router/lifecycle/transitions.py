"""What people and senders do to a page: open, acknowledge, cancel, join."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Literal

from router.lifecycle.closing import ended, hold_of
from router.lifecycle.due import fall_back, fire_steps, hears_by_repeat, reaches, settled
from router.lifecycle.model import (
    RANK,
    AcknowledgeMethod,
    Change,
    Event,
    NotificationKind,
    Notify,
    Page,
    Person,
    Plan,
    Priority,
    Reach,
    Recipient,
)
from router.lifecycle.spans import spell_span

Known = Literal["refired", "flapping"]
"""What alerts that fire again on a page are to its people: `flapping` ones they have been told of as such."""


class NotARecipient(Exception):  # noqa: N818 - a refusal, told to clients as 404
    """The user was not paged, and is no admin who may step in."""


class PageClosed(Exception):  # noqa: N818 - a refusal, told to clients as 422
    """The page is over; the text says how it ended."""


@dataclass(frozen=True, slots=True)
class Actor:
    """Who acts on a page."""

    user_id: int
    name: str
    is_admin: bool = False


def open_page(
    page_id: int,
    org_id: int,
    plan: Plan,
    priority: Priority,
    now: datetime,
    reach: Reach,
    why: str,
    link: int | None = None,
) -> Change:
    """Open a page and fire its first step; bring in the fallback when that reaches nobody.

    Parameters:
      plan: copied for good; its first step has `after_s` 0.
      now: UTC; becomes `created_at`.
      why: the first line of the timeline (`Routed by payments.yml:14 @a1b2c3d.`).
      link: the page that this one follows.
    """
    page = Page(
        id=page_id,
        org_id=org_id,
        plan=plan,
        priority=priority,
        created_at=now,
        expires_at=None if plan.expires_s is None else now + timedelta(seconds=plan.expires_s),
        linked_page_id=link,
    )
    change = fire_steps(page, now, reach)
    if not reaches(change):
        change = fall_back(change, now, reach)
    return settled(Change(change.page, (Event("created", why), *change.events), change.notify))


def acknowledge(
    page: Page,
    actor: Actor,
    now: datetime,
    method: AcknowledgeMethod = "app",
    note: str | None = None,
    *,
    unheard: bool = False,
) -> Change:
    """Record that a person has the page in hand; the page is acknowledged when its mode is satisfied.

    Acknowledging again changes nothing but a note that is given. An admin who was not paged becomes a
    recipient. Source: the reference, "Acknowledge a Page"; docs/architecture.md, "Lifecycle".

    Parameters:
      unheard: alerts have joined since the person was last told of the page; no repeat will speak of them
        now, so they are told once.
    Raises PageClosed when it is over, NotARecipient when the person was not paged.
    """
    mine = next((r for r in page.recipients if r.user_id == actor.user_id), None)
    if mine is None and not actor.is_admin:
        raise NotARecipient(f"user {actor.user_id} is not a recipient of page {page.id}")
    if page.closed_at is not None:
        raise PageClosed(f"page {page.id} is {page.status} and can no longer be acknowledged")
    if mine is not None and mine.acknowledged_at is not None:
        return _annotate(page, actor, note)
    done = replace(
        mine or Recipient(actor.user_id, name=actor.name), acknowledged_at=now, method=method, note=note
    )
    others = tuple(r for r in page.recipients if r.user_id != actor.user_id)
    recipients = (
        tuple(done if r.user_id == actor.user_id else r for r in page.recipients) if mine else (*others, done)
    )
    page = replace(page, recipients=recipients)
    if page.status == "active" and (
        page.plan.acknowledge == "any" or all(r.acknowledged_at for r in recipients)
    ):
        page = replace(page, status="acknowledged", acknowledged_at=now, next_repeat_at=None)
    said = f" and said: {note}" if note else "."
    event = Event("acknowledged", f"{actor.name} acknowledged by {method}{said}", actor.user_id)
    return settled(Change(page, (event,), _tell([done], "joined") if unheard else ()))


def cancel(page: Page, actor: Actor, now: datetime) -> Change:
    """End a page because a person says so; its alerts stay quiet until they resolve or start anew.

    Cancelling again changes nothing. Raises PageClosed when it ended in another way.
    """
    if page.closed_at is not None:
        if page.closed_reason == "cancelled":
            return Change(page)
        raise PageClosed(f"page {page.id} is {page.status} and can no longer be cancelled")
    page = ended(page, "cancelled", now)
    return Change(page, (Event("cancelled", f"{actor.name} cancelled the page.", actor.user_id),))


def join(page: Page, priority: Priority, detail: str, now: datetime, *, again: Known | None = None) -> Change:
    """Let new alerts join an open page; whoever would not hear of them by the next repeat is told once.

    A page takes the highest priority that any of its alerts asks for; raising it tells everybody at once. An
    active page expires as long after its latest alert as after its first: otherwise an alert that joins just
    before the expiry would be heard by nobody until its sender's next reminder. A page that was about to
    close, since its alerts had ended, goes on, and everybody is told at once: without the wait it would be a
    new page, and what is short must not be over before the next repeat.

    Parameters:
      again: they were on this page already, and fire again.
    Raises PageClosed when the page is over: the alerts need another one.
    """
    if page.closed_at is not None:
        raise PageClosed(f"page {page.id} is {page.status} and can no longer be joined")
    waited = page.closes_at is not None
    if waited:
        page = replace(page, closes_at=None, doubted_at=None, awaits_heartbeat=None, monitoring_down=False)
    raised = page.status == "active" and RANK[priority] > RANK[page.priority]
    heard = again == "flapping" and not raised
    holding = [r for r in page.recipients if r.acknowledged_at is not None]
    if heard and holding:
        names = ", ".join(r.name or f"user {r.user_id}" for r in holding)
        detail = f"{detail} {names} acknowledged this page of a flapping alert and is not told again."
    if page.status == "acknowledged":
        return settled(Change(page, (_joined(detail, again),), _tell(() if heard else holding, "joined")))
    if raised:
        detail = f"{detail} Priority raised from {page.priority} to {priority}."
        page = replace(page, priority=priority)
    if page.expires_at is not None and page.plan.expires_s is not None:
        page = replace(page, expires_at=max(page.expires_at, now + timedelta(seconds=page.plan.expires_s)))
    rings = raised or (waited and not heard)
    at_once = rings or not hears_by_repeat(page)
    told = [r for r in page.recipients if (not heard if r.acknowledged_at is not None else at_once)]
    if rings and page.repeating and page.recipients:
        page = replace(page, next_repeat_at=now + timedelta(seconds=page.plan.repeat_interval_s))
    return settled(Change(page, (_joined(detail, again),), _tell(told, "joined")))


def mark_flapping(change: Change) -> Change:
    """Keep a page, on which an alert flaps, until it has been steady for a while."""
    page = change.page
    if page.flapping or page.closed_at is not None:
        return change
    page = replace(page, flapping=True)
    event = Event(
        "flapping",
        f"It fires more than {page.plan.flap_limit} times an hour. Instead of one page each time there is "
        f"this one, until it has been quiet for {spell_span(hold_of(page))} (flap_limit, {_whose(page)}).",
    )
    return Change(page, (*change.events, event), change.notify)


def hand_over(page: Page, now: datetime, successor: int) -> Change:
    """Close an acknowledged page whose acknowledgement lapsed: its alerts have gone to a new page."""
    page = replace(page, closed_at=now, closed_reason="superseded", next_wake_at=None)
    return Change(page, (Event("superseded", f"Still firing: handed over to page {successor}."),))


def holders(page: Page) -> str:
    """Return who acknowledged a page and since when, for people."""
    held = [r for r in page.recipients if r.acknowledged_at is not None]
    return ", ".join(
        f"{r.name or f'user {r.user_id}'} since {r.acknowledged_at:%Y-%m-%d %H:%M} UTC" for r in held
    )


def _joined(detail: str, again: Known | None) -> Event:
    return Event("joined", detail) if again is None else Event("refired", detail)


def _whose(page: Page) -> str:
    return f"route {page.plan.route}" if page.plan.route else "sent by hand"


def _annotate(page: Page, actor: Actor, note: str | None) -> Change:
    if note is None or any(r.note == note for r in page.recipients if r.user_id == actor.user_id):
        return Change(page)
    recipients = tuple(replace(r, note=note) if r.user_id == actor.user_id else r for r in page.recipients)
    return Change(
        replace(page, recipients=recipients), (Event("noted", f"{actor.name} said: {note}", actor.user_id),)
    )


def _tell(recipients: Iterable[Recipient], kind: NotificationKind) -> tuple[Notify, ...]:
    return tuple(Notify(Person(r.user_id, r.name), kind) for r in recipients)
