"""Heartbeats: what must be heard of again and again, and how each stands."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from starlette.responses import Response

from router.lifecycle.heartbeats import due_at
from router.store import heartbeats as rows
from router.store.heartbeats import StoredHeart
from router.web.render import render
from router.web.screen import Screen, Visit
from rules.model import Heartbeat


@dataclass(frozen=True, slots=True)
class Beating:
    """A heartbeat of the rules, and how it stands.

    Parameters:
      stored: None for one that nobody has looked at yet.
      due_at: when it counts as missing unless it comes before, UTC; None while it is missing.
    """

    heartbeat: Heartbeat
    stored: StoredHeart | None
    due_at: datetime | None

    @property
    def state(self) -> str:
        """Whether it is up, missing, or waited for."""
        return "waiting" if self.stored is None else self.stored.heart.state


def show_heartbeats(visit: Visit) -> Response:
    """List the heartbeats of the rules in force, those that are missing first."""
    org_id = visit.user.org_id
    rules = visit.services.rules.in_force(org_id)
    wanted = {} if rules is None else rules.ruleset.heartbeats
    with visit.services.database.read() as connection:
        known = rows.load(connection, org_id)
    found = [_beating(each, known.get(name)) for name, each in wanted.items()]
    found.sort(key=lambda one: one.state != "missing")
    return render(visit, "heartbeats.html", found=found)


def _beating(heartbeat: Heartbeat, stored: StoredHeart | None) -> Beating:
    due = None if stored is None else due_at(stored.heart, heartbeat.within_s)
    return Beating(heartbeat, stored, due)


SCREENS = (Screen("GET", "/admin/heartbeats", show_heartbeats, "admin"),)
