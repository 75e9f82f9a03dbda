"""When it is worth waking somebody that the database is away, and when that it is back.

Source: docs/runbook.md, "PingParrot cannot reach its database".
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Literal

TOLD_AFTER = timedelta(seconds=60)
"""How long the database must have failed every look before anybody is told."""

STEADY_FOR = timedelta(seconds=15)
"""How long it must have answered every look to count as back: one that is recovering comes and goes."""


@dataclass(frozen=True, slots=True)
class Outage:
    """What a process knows of its database; times are UTC.

    Parameters:
      since: the first look that failed; None while all is well.
      answers_since: the first of the looks that have all been answered since the last that failed.
      is_told: somebody has been told of it.
    """

    since: datetime | None = None
    answers_since: datetime | None = None
    is_told: bool = False


@dataclass(frozen=True, slots=True)
class Telling:
    """What is to be told: the database is `away` since then, or `back`, having been away until then."""

    kind: Literal["away", "back"]
    since: datetime
    until: datetime


def look(outage: Outage, answered: bool, now: datetime) -> tuple[Outage, Telling | None]:
    """Return what a look at the database makes of what was known, and what is to be told, if anything.

    An outage is told once, and its end once; one that nobody was told of ends without a word.
    """
    if not answered:
        since = min(outage.since or now, now)
        failing = replace(outage, since=since, answers_since=None)
        if outage.is_told or now - since < TOLD_AFTER:
            return failing, None
        return replace(failing, is_told=True), Telling("away", since, now)
    if outage.since is None or not outage.is_told:
        return Outage(), None
    answers_since = min(outage.answers_since or now, now)
    if now - answers_since < STEADY_FOR:
        return replace(outage, answers_since=answers_since), None
    return Outage(), Telling("back", outage.since, answers_since)
