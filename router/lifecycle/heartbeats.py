"""When a heartbeat counts as missing: a state machine over beats, silence and PingParrot's own downtime.

Source: docs/heartbeats.md, "When it counts as missing".
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Literal

Stop = Literal["silent", "resolved", "failed"]
State = Literal["waiting", "up", "missing"]

DEAF_AFTER = timedelta(seconds=30)
"""A gap between two looks, of all processes together, that counts as time in which nobody could be heard."""


@dataclass(frozen=True, slots=True)
class Heart:
    """A heartbeat as it stands; times are UTC.

    Parameters:
      heard_at: its last beat, or when it was first waited for.
      counted_from: what its period counts from: `heard_at`, or a later start of PingParrot.
      watched_at: when any process last looked at it.
      deaf_s: seconds since `heard_at` in which no process was there to hear it.
      has_beaten: it was ever heard.
      up_since: when it first came, or came back; None until it has.
      missing_since: when it stopped; None while it has not.
      stop: how it stopped.
    """

    heard_at: datetime
    counted_from: datetime
    watched_at: datetime
    deaf_s: int = 0
    has_beaten: bool = False
    up_since: datetime | None = None
    missing_since: datetime | None = None
    stop: Stop | None = None

    @property
    def state(self) -> State:
        """Whether it is missing, up, or has never been heard."""
        if self.missing_since is not None:
            return "missing"
        return "up" if self.has_beaten else "waiting"


def begin(now: datetime) -> Heart:
    """Return a heartbeat that is waited for from now on."""
    return Heart(heard_at=now, counted_from=now, watched_at=now)


def beat(heart: Heart, now: datetime) -> Heart:
    """Return a heartbeat that has just been heard, whatever it was before."""
    return replace(
        heart,
        heard_at=now,
        counted_from=now,
        watched_at=max(heart.watched_at, now),
        deaf_s=0,
        has_beaten=True,
        up_since=now if heart.missing_since is not None else heart.up_since or now,
        missing_since=None,
        stop=None,
    )


def miss(heart: Heart, stop: Stop, now: datetime) -> Heart:
    """Return a heartbeat that stopped just now; one that is missing already stays as it is."""
    if heart.missing_since is not None:
        return heart
    return replace(heart, missing_since=now, stop=stop)


def due_at(heart: Heart, within_s: int) -> datetime | None:
    """Return when it will count as missing unless it comes before; None when it is missing already."""
    if heart.missing_since is not None:
        return None
    return heart.counted_from + timedelta(seconds=within_s)


def watch(heart: Heart, within_s: int, now: datetime, *, started: bool) -> Heart:
    """Return a heartbeat that is looked at now.

    After a start, and after a time in which no process looked, everyone gets a full period: what was sent
    meanwhile reached nobody. Lest a PingParrot that restarts more often than a heartbeat comes should never
    miss it, one is listened to for two periods at the most, downtime not counted.

    Parameters:
      within_s: seconds, as the rules say now.
      started: it is the first look of a process.
    """
    gap = now - heart.watched_at
    deaf = gap > DEAF_AFTER
    deaf_s = heart.deaf_s + (int(gap.total_seconds()) if deaf else 0)
    heart = replace(heart, watched_at=max(heart.watched_at, now), deaf_s=deaf_s)
    if heart.missing_since is not None or not (started or deaf):
        return heart
    latest = heart.heard_at + timedelta(seconds=within_s + deaf_s)
    return replace(heart, counted_from=max(heart.counted_from, min(now, latest)))


def falls_silent(heart: Heart, within_s: int, now: datetime) -> bool:
    """Return whether its time is over without a beat."""
    due = due_at(heart, within_s)
    return due is not None and due <= now
