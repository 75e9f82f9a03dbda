"""Whether a notification is still wanted, and what follows when a send fails."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from router.lifecycle.model import ClosedReason, NotificationKind, Status

RETRY_AFTER_S = (2.0, 8.0, 30.0)
"""Seconds after each failed try; after the last one the page's next repeat is the net."""

LONGEST_WAIT_S = 600.0
_JITTER = 0.25


@dataclass(frozen=True, slots=True)
class Standing:
    """A page and a recipient, as they stand when the send begins."""

    status: Status
    closed_reason: ClosedReason | None
    first_sent_at: datetime | None
    acknowledged_at: datetime | None


def not_wanted(kind: NotificationKind, standing: Standing) -> str | None:
    """Return why a notification need not be sent any more, or None when it is to be sent.

    Somebody who was owed a page that has expired meanwhile is still told of it once; one that was never
    delivered before its alerts resolved is not.
    """
    closed = standing.closed_reason
    if kind == "resolved":
        return None if standing.first_sent_at else "the person had not heard of the page"
    if kind == "joined":
        return f"the page is {standing.status}" if closed else None
    if standing.acknowledged_at is not None:
        return "the person acknowledged"
    if standing.status == "expired" and kind != "repeat" and standing.first_sent_at is None:
        return None
    return None if standing.status == "active" else f"the page is {standing.status}"


@dataclass(frozen=True, slots=True)
class AfterFailure:
    """What follows a failed try.

    Parameters:
      retry_in_s: seconds until the next try; None when there is none.
      next_contact: bring in the person's next contact at once.
    """

    retry_in_s: float | None
    next_contact: bool


def brings_next_contact(then: AfterFailure, attempts: int, *, failing: bool) -> bool:
    """Return whether a failed try brings in the person's next contact.

    Parameters:
      attempts: tries made, this one included.
      failing: its destination is known to be: the second failure is not waited for.
    """
    return then.next_contact or (failing and attempts < 2)


def after_failure(
    outcome: Literal["permanent", "retryable"], attempts: int, asked_to_wait_s: float | None, chance: float
) -> AfterFailure:
    """Return what follows a failed try.

    Parameters:
      attempts: tries made, this one included.
      asked_to_wait_s: the provider's Retry-After in seconds.
      chance: a random number from 0 to 1, for jitter.
    """
    next_contact = attempts == 2 or (outcome == "permanent" and attempts < 2)
    if outcome == "permanent" or attempts > len(RETRY_AFTER_S):
        return AfterFailure(None, next_contact)
    wait = RETRY_AFTER_S[attempts - 1] * (1 + _JITTER * (2 * chance - 1))
    return AfterFailure(min(max(wait, asked_to_wait_s or 0.0), LONGEST_WAIT_S), next_contact)
