"""When a destination counts as failing: its last sends, to whomever they went, have all failed.

Source: docs/runbook.md, "… is failing".
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

SENDS = 5
"""How many of the last sends must have failed, without one in between that did not."""

WITHIN = timedelta(minutes=10)
"""What is longer ago says nothing about now."""

QUIET = timedelta(hours=24)
"""A destination to which nothing was sent for so long is no longer said to be failing: nobody knows."""


@dataclass(frozen=True, slots=True)
class Tried:
    """A notification that was handed to a destination at least once; times are UTC.

    Parameters:
      succeeded: its last try did.
      tries: that have come to an end.
      ordered_at: when it was written; no try is older.
      at: the end of its last try.
    """

    succeeded: bool
    tries: int
    ordered_at: datetime
    at: datetime


def is_failing(tried: Sequence[Tried], now: datetime) -> bool:
    """Return whether the last sends to a destination all failed.

    Of a notification that was written before the last success only its last try is known to be later.

    Parameters:
      tried: notifications to it, in any order.
    """
    recent = [one for one in tried if one.at > now - WITHIN]
    success = max((one.at for one in recent if one.succeeded), default=now - WITHIN)
    since = [one for one in recent if not one.succeeded and one.at > success]
    return sum(one.tries if one.ordered_at > success else 1 for one in since) >= SENDS
