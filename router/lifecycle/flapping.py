"""Alerts that fire again soon after they ended: how often in a row, and when that is flapping.

Source: docs/rules.md, "Alerts that come again".
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from router.lifecycle.model import Plan
from router.lifecycle.spans import ordinal, spell_span

_WINDOW = timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class Streak:
    """Firings of one alert in a row, each begun soon after the end of the one before; times are UTC.

    Parameters:
      times: how many.
      since: when the first began.
      recent: when those of the last hour began, no more of them than decide whether it flaps.
      flapping: it has fired too often within an hour, and has not been steady since.
    """

    times: int
    since: datetime
    recent: tuple[datetime, ...] = ()
    flapping: bool = False


@dataclass(frozen=True, slots=True)
class Past:
    """How an alert last fired on a route: from when to when (ours, UTC), on which page, how often before."""

    began: datetime
    ended: datetime
    page_id: int
    streak: Streak | None = None

    @property
    def flapped(self) -> bool:
        """Whether it flapped already then."""
        return self.streak is not None and self.streak.flapping


@dataclass(frozen=True, slots=True)
class Again:
    """An alert that fires again soon after it ended.

    Parameters:
      streak: with this firing in it.
      past: the firing before.
    """

    streak: Streak
    past: Past


def fired_again(past: Past, plan: Plan, now: datetime) -> Again | None:
    """Return what an alert's firing is to its last one; None when that is too long ago.

    Parameters:
      plan: of the route, as it is now.
      now: UTC.
    """
    within = timedelta(seconds=plan.reopen_within_s)
    if not within or now - past.ended > within:
        return None
    before = past.streak or Streak(1, past.began, (past.began,))
    latest = (*before.recent, now)[-(plan.flap_limit + 1) :]
    recent = tuple(began for began in latest if began > now - _WINDOW)
    was_steady = past.ended - past.began > within
    flapping = (before.flapping and not was_steady) or len(recent) > plan.flap_limit
    return Again(Streak(before.times + 1, before.since, recent, flapping), past)


def remark(streak: Streak, now: datetime) -> str:
    """Return how often an alert has fired, for people: `4th time in 40 minutes`."""
    return f"{ordinal(streak.times)} time in {spell_span((now - streak.since).total_seconds())}"
