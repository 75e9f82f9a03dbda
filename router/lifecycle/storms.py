"""How often a person is rung: page by page while there are few, by one digest when there are many."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

from router.lifecycle.model import NotificationKind, Priority

MINUTE = timedelta(minutes=1)
"""What `burst` counts over, and the least time between two digests."""

STORM = timedelta(minutes=5)
"""How long after a digest repeats go on coming by digest."""

GATHER = timedelta(seconds=10)
"""How long a digest waits for what belongs into it."""

_GATHER_URGENT = timedelta(seconds=3)
_EVERY_URGENT = timedelta(seconds=30)
_ESCALATIONS: tuple[NotificationKind, ...] = ("escalation", "fallback")

Told = Literal["alone", "together"]


@dataclass(frozen=True, slots=True)
class Phone:
    """What a person's phone has done lately, as one notification for it is about to be sent.

    Parameters:
      rung: other pages that it rang for, each by itself, within the last minute.
      digest_at: when the last digest of the last five minutes went out, UTC; None when there was none.
      waiting: notifications that wait for a digest, this one included if it does.
      due_at: when that digest goes out, UTC; None when nothing waits.
      escalations: further escalations to the person that are due at this moment.
    """

    rung: int = 0
    digest_at: datetime | None = None
    waiting: int = 0
    due_at: datetime | None = None
    escalations: int = 0


@dataclass(frozen=True, slots=True)
class Ring:
    """A notification that is about to be sent.

    Parameters:
      waited: it has waited for a digest, whose time has come.
      of_storm: others were told of its page by a digest.
    """

    kind: NotificationKind
    priority: Priority
    waited: bool = False
    of_storm: bool = False


def decide(ring: Ring, phone: Phone, burst: int, now: datetime) -> Told | datetime:
    """Return how a person is told: `alone`, `together` with all that waits, or the moment to wait for.

    Parameters:
      burst: pages a minute that a person is rung for one by one; 0 for any number.
      now: UTC.
    """
    if burst == 0:
        return "alone"
    if ring.waited:
        return "alone" if phone.waiting <= burst - phone.rung else "together"
    in_company = ring.kind in _ESCALATIONS and (ring.of_storm or phone.rung + phone.escalations >= burst)
    in_storm = ring.kind == "repeat" and phone.digest_at is not None
    if phone.rung < burst and not in_company and not in_storm:
        return "alone"
    return _digest_at(ring, phone, now)


def _digest_at(ring: Ring, phone: Phone, now: datetime) -> datetime:
    """Return when the digest goes out: soon if something critical is new."""
    urgent = ring.priority == "critical" and ring.kind == "page"
    gather, every = (_GATHER_URGENT, _EVERY_URGENT) if urgent else (GATHER, MINUTE)
    at = now + gather if phone.digest_at is None else max(now + gather, phone.digest_at + every)
    return at if phone.due_at is None else min(at, max(phone.due_at, now))
