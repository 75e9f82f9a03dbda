"""How long we have been there to hear: silence counts against an alert only while it could be heard.

Source: docs/rules.md, `stale_after`.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from router.lifecycle.doubting import SETTLES

DEAF_AFTER = timedelta(minutes=5)
"""A gap between two looks of a process that counts as time in which nobody could be heard."""


@dataclass(frozen=True, slots=True)
class Listening:
    """Since when a process has been there to hear without a gap, and when it last looked; UTC."""

    since: datetime
    looked_at: datetime


def listen(before: Listening | None, now: datetime) -> Listening:
    """Return how a process listens that looks now; None before when it has just started."""
    if before is None or now - before.looked_at > DEAF_AFTER:
        return Listening(now, now)
    return replace(before, looked_at=now)


def may_judge(listening: Listening) -> bool:
    """Return whether senders that we were deaf to have had time to say again what fires."""
    return listening.looked_at - listening.since >= SETTLES
