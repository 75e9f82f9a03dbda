"""Pages that many resolves at once have emptied: they wait for the heartbeat of whoever sent those.

Source: docs/rules.md, "Resolves that are not true".
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from router.lifecycle.closing import close, finish
from router.lifecycle.model import Change, Event, Page

WAIT_S = 60
"""Seconds that a page of an integration with a heartbeat waits at least: whether the resolves are a mass."""

_LOOK_AGAIN = timedelta(seconds=30)
SETTLES = timedelta(minutes=10)
"""How long alerts that still fire have to say so, once the way that they come by is open again."""


@dataclass(frozen=True, slots=True)
class Pulse:
    """A heartbeat: its name, when it was last heard (UTC), whether it is missing."""

    name: str
    heard_at: datetime
    missing: bool


def doubt(page: Page, heartbeat: str, detail: str, now: datetime) -> Change:
    """Let a page that waits whether the end of its alerts holds wait for a heartbeat as well.

    Parameters:
      heartbeat: the name of the one that proves whether the monitoring lives.
      detail: how many there were, a sentence.
    """
    if page.closes_at is None or page.doubted_at is not None:
        return Change(page)
    event = Event("mass_resolve", f"{detail} The page stays until heartbeat {heartbeat} has been heard.")
    return Change(replace(page, doubted_at=now, awaits_heartbeat=heartbeat), (event,))


def weigh(page: Page, pulse: Pulse | None, now: datetime) -> Change:
    """Judge a doubted page whose `closes_at` has come.

    A heartbeat that was heard after the resolves proves that the monitoring lives, and they are true. If it
    went missing, the page stays until it is back and the alerts that still fire have had time to say so.

    Parameters:
      pulse: None when the rules have that heartbeat no more.
    """
    if pulse is None or page.doubted_at is None:
        return finish(page, now)
    if pulse.missing or pulse.heard_at <= page.doubted_at:
        stays = replace(page, closes_at=now + _LOOK_AGAIN, next_wake_at=now + _LOOK_AGAIN)
        if not pulse.missing or page.monitoring_down:
            return Change(stays)
        event = Event(
            "monitoring_down",
            f"The monitoring may be down: heartbeat {pulse.name} has not been heard since the resolves. The "
            "page stays until it is back, or a person decides.",
        )
        return Change(replace(stays, monitoring_down=True), (event,))
    if not page.monitoring_down:
        heard = f"heartbeat {pulse.name} was heard after it, at {pulse.heard_at:%H:%M:%S} UTC"
        return close(page, "resolved", f"Every alert has ended, and {heard}.", now)
    closes_at = now + SETTLES
    back = Event(
        "monitoring_back",
        f"Heartbeat {pulse.name} is back. The page closes at {closes_at:%H:%M:%S} UTC, unless one of its "
        "alerts fires before.",
    )
    settles = replace(
        page,
        closes_at=closes_at,
        next_wake_at=closes_at,
        doubted_at=None,
        awaits_heartbeat=None,
        monitoring_down=False,
    )
    return Change(settles, (back,))
