"""How a page ends when its alerts do: at once, or after their end has held for a while."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

from router.lifecycle.model import Change, ClosedReason, Event, Notify, Page, Person, Status
from router.lifecycle.spans import spell_span


def close(page: Page, reason: ClosedReason, detail: str, now: datetime) -> Change:
    """End a page because its last alert ended; tells those who were paged, if the plan says so.

    Parameters:
      reason: `resolved` or `stale`.
      detail: a sentence for the timeline.
    """
    if page.closed_at is not None:
        return Change(page)
    told = page.recipients if page.plan.notify_resolved else ()
    notify = tuple(Notify(Person(recipient.user_id, recipient.name), "resolved") for recipient in told)
    return Change(ended(page, reason, now), (Event(reason, detail),), notify)


def resolve(page: Page, detail: str, now: datetime, at_least_s: int = 0) -> Change:
    """Close a page whose last alert has resolved, or keep it until that has held as long as it must.

    Meanwhile it neither repeats nor escalates; an alert that fires before `closes_at` is on the same page,
    and what came due meanwhile is done then. Source: docs/rules.md, "Resolves that are not true".

    Parameters:
      detail: how they ended, a sentence.
      at_least_s: seconds that it waits although its plan does not say so.
    """
    hold_s = max(hold_of(page), at_least_s)
    if page.closed_at is not None or page.closes_at is not None:
        return Change(page)
    if hold_s == 0:
        return close(page, "resolved", detail, now)
    closes_at = now + timedelta(seconds=hold_s)
    event = Event(
        "resolve_held",
        f"{detail} The page closes at {closes_at:%H:%M:%S} UTC, unless one fires before.",
    )
    return Change(replace(page, closes_at=closes_at, next_wake_at=closes_at), (event,))


def finish(page: Page, now: datetime) -> Change:
    """Close a page whose alerts have stayed resolved until `closes_at`."""
    hold_s = hold_of(page)
    held = f", for {spell_span(hold_s)} now" if hold_s else ""
    return close(page, "resolved", f"Every alert has ended{held}.", now)


def hold_of(page: Page) -> int:
    """Return the seconds that the end of a page's last alert must hold before it closes."""
    return max(page.plan.resolve_hold_s, page.plan.reopen_within_s if page.flapping else 0)


def ended(page: Page, reason: ClosedReason, now: datetime) -> Page:
    """Return a page as it is once it is over."""
    status: Status = (
        "acknowledged" if page.status == "acknowledged" and reason != "cancelled" else "cancelled"
    )
    return replace(
        page,
        status=status,
        closed_at=now,
        closed_reason=reason,
        next_repeat_at=None,
        next_wake_at=None,
        closes_at=None,
        doubted_at=None,
        awaits_heartbeat=None,
        monitoring_down=False,
    )
