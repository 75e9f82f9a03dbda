"""The law of intake: what one alert means, given the open incidents of its fingerprint.

Source: docs/architecture.md, "Incidents: the law of intake"; docs/facts.md, section 6.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from router.lifecycle.model import RANK, Priority

Meaning = Literal["new", "reminder", "new_episode", "resolved", "unknown_resolve"]


@dataclass(frozen=True, slots=True)
class Told:
    """What a sender says of one alert: firing or resolved, and its own times in UTC."""

    firing: bool
    starts_at: datetime | None
    ends_at: datetime | None


@dataclass(frozen=True, slots=True)
class Episode:
    """An open incident as far as the law looks at it, times in UTC.

    Parameters:
      starts_at: the sender's, as first heard.
      last_heard_at: ours.
    """

    starts_at: datetime | None
    last_heard_at: datetime


def meaning(told: Told, open_episodes: Sequence[Episode]) -> Meaning:
    """Return what an alert means.

    Parameters:
      told: the alert.
      open_episodes: the open incidents of the same (integration, receiver, fingerprint), one for each route
        that took it.
    """
    if not told.firing:
        ends = [episode for episode in open_episodes if _ends(told, episode)]
        return "resolved" if ends else "unknown_resolve"
    if not open_episodes:
        return "new"
    if any(_is_later(told, episode) for episode in open_episodes):
        return "new_episode"
    return "reminder"


def _ends(told: Told, episode: Episode) -> bool:
    """A resolve that arrives late, from before the episode began, ends nothing."""
    return told.ends_at is None or episode.starts_at is None or told.ends_at >= episode.starts_at


def _is_later(told: Told, episode: Episode) -> bool:
    """Within one episode `startsAt` only ever moves earlier (docs/facts.md, sections 2 and 6.3)."""
    if told.starts_at is None:
        return False
    begun = episode.starts_at
    return (begun is None or told.starts_at > begun) and told.starts_at > episode.last_heard_at


@dataclass(frozen=True, slots=True)
class OpenPage:
    """A page that is not closed, as far as joining looks at it; `closing` when its alerts have ended."""

    id: int
    status: Literal["active", "acknowledged"]
    priority: Priority
    closing: bool = False


def page_to_join(candidates: Sequence[OpenPage], priority: Priority) -> tuple[int | None, int | None]:
    """Return (the page that a new alert joins, or None; the page that a new one should be linked to).

    An active page is joined; an acknowledged one too, unless the alert asks for a higher priority than it
    has: then a new page opens, linked to it.
    """
    active = [page for page in candidates if page.status == "active"]
    if active:
        return max(page.id for page in active), None
    acknowledged = max(
        (page for page in candidates if page.status == "acknowledged"), key=lambda page: page.id, default=None
    )
    if acknowledged is None:
        return None, None
    if RANK[priority] > RANK[acknowledged.priority]:
        return None, acknowledged.id
    return acknowledged.id, None
