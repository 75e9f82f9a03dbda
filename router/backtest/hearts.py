"""Heartbeats for which alerts beat: heard, missed, and their pages.

The same as `router.beats` and `router.heartbeats` do with rows. Those that beat by an address of their own
are in no history, and are left out.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from router.backtest.live import Incident, LivePage
from router.backtest.spoken import Spoken
from router.backtest.world import HEART, World
from router.lifecycle import heartbeats as law
from router.lifecycle import transitions
from router.lifecycle.doubting import SETTLES, Pulse
from router.lifecycle.heartbeats import Heart, Stop
from router.lifecycle.incidents import meaning
from rules.heartbeats import taken_by
from rules.model import Decision, Heartbeat, RuleSet


@dataclass(frozen=True, slots=True)
class Beat:
    """What an alert that a heartbeat takes does to incidents: one begins, or some end."""

    new: Incident | None = None
    ended: Sequence[Incident] = ()
    reason: str = "superseded"


@dataclass(frozen=True, slots=True)
class Stopped:
    """A resolve of a heartbeat's alert; `ended_at` is the sender's, if no firing of it is known."""

    heartbeat: Heartbeat
    ended_at: datetime | None


@dataclass(slots=True)
class Signals:
    """What a round says of heartbeats, by name: where one alert beats, another's resolve stops nothing.

    Parameters:
      beats: from which integration.
    """

    beats: dict[str, str] = field(default_factory=dict)
    stops: dict[str, Stopped] = field(default_factory=dict)


def listen(ruleset: RuleSet, signals: Signals, spoken: Spoken, now: datetime) -> Beat | None:
    """Return what an alert does if a heartbeat takes it, or None when it is for the routes."""
    heartbeat = taken_by(ruleset, spoken.webhook.labels_of(spoken.alert))
    if heartbeat is None:
        return None
    mine = spoken.mine
    own = [one for one in mine if one.outcome == "heartbeat" and one.route == heartbeat.terminal.name]
    if spoken.told.firing:
        signals.beats[heartbeat.name] = spoken.webhook.integration
        for incident in own:
            incident.last_heard_at = now
        decision = Decision(heartbeat.terminal, heartbeat.terminal.priority.of({}))
        new = None if own else spoken.incident(decision, ("", ""), "heartbeat", now)
        return Beat(new, [one for one in mine if one not in own])
    ends = meaning(spoken.told, [one.episode for one in mine]) == "resolved"
    if mine and not ends:
        return Beat()
    ended_at = None if own else spoken.alert.ends_at
    signals.stops[heartbeat.name] = Stopped(heartbeat, ended_at)
    return Beat(ended=mine, reason="resolved")


@dataclass(slots=True)
class _Kept:
    heartbeat: Heartbeat
    heart: Heart
    integration: str = ""
    page: LivePage | None = None


class Hearts:
    """Holds the heartbeats that are waited for."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._kept: dict[str, _Kept] = {}

    def begin(self, now: datetime) -> None:
        """Wait for every heartbeat from now on; again changes nothing."""
        if self._kept:
            return
        for name in self._world.rules.proofs:
            heartbeat = self._world.rules.ruleset.heartbeats[name]
            self._kept[name] = _Kept(heartbeat, law.begin(now))
            self._expect(name)

    def watched(self) -> Mapping[str, str]:
        """Return the integrations that have a heartbeat for which alerts beat, and its name."""
        beaten = [one for one in self._kept.values() if one.heart.has_beaten]
        beaten.sort(key=lambda one: one.heart.heard_at)
        return {one.integration: one.heartbeat.name for one in beaten}

    def unsure(self, now: datetime) -> Mapping[str, str]:
        """Return the integrations whose heartbeat is missing, or has come back only lately."""
        since = now - SETTLES
        return {
            one.integration: one.heartbeat.name
            for one in self._kept.values()
            if one.integration
            and (
                one.heart.missing_since is not None
                or (one.heart.up_since is not None and one.heart.up_since > since)
            )
        }

    def pulse(self, name: str) -> Pulse | None:
        """Return how a heartbeat stands, None when there is none of that name."""
        kept = self._kept.get(name)
        if kept is None:
            return None
        return Pulse(name, kept.heart.heard_at, kept.heart.missing_since is not None)

    def take(self, signals: Signals, now: datetime) -> None:
        """Let what was heard of heartbeats come true: pages open and close."""
        for name, integration in signals.beats.items():
            self._beat(name, integration, now)
        for name in signals.stops.keys() - signals.beats.keys():
            stopped = signals.stops[name]
            if self._counts(stopped, now):
                self._miss(name, "resolved", now)

    def watch(self, names: Sequence[str], now: datetime) -> None:
        """Look at heartbeats: page for those whose time is over, and again where their page expired."""
        for name in names:
            kept = self._kept[name]
            if law.falls_silent(kept.heart, kept.heartbeat.within_s, now):
                self._miss(name, "silent", now)
            elif kept.heart.missing_since is None:
                self._expect(name)
            elif kept.page is not None and kept.page.page.closed_reason == "expired":
                self._page(kept, now, kept.page.page.id)

    def move(self, page: LivePage, to: LivePage) -> None:
        """Let the heartbeat of a page, if it has one, be on another."""
        for kept in self._kept.values():
            if kept.page is page:
                kept.page = to

    def _beat(self, name: str, integration: str, now: datetime) -> None:
        kept = self._kept[name]
        before, kept.heart, kept.integration = kept.heart, law.beat(kept.heart, now), integration
        if before.missing_since is not None:
            if kept.page is not None:
                self._world.close(kept.page, "resolved", now)
            self._expect(name)

    def _counts(self, stopped: Stopped, now: datetime) -> bool:
        heart = self._kept[stopped.heartbeat.name].heart
        if stopped.ended_at is not None and heart.has_beaten and stopped.ended_at < heart.heard_at:
            return False
        heard_after = now - timedelta(seconds=stopped.heartbeat.within_s)
        route = stopped.heartbeat.terminal.name
        return not any(
            one.outcome == "heartbeat" and one.route == route and one.last_heard_at > heard_after
            for one in self._world.incidents.firing()
        )

    def _miss(self, name: str, stop: Stop, now: datetime) -> None:
        kept = self._kept[name]
        before, kept.heart = kept.heart, law.miss(kept.heart, stop, now)
        if kept.heart != before:
            self._page(kept, now, None)

    def _page(self, kept: _Kept, now: datetime, link: int | None) -> None:
        terminal, rules = kept.heartbeat.terminal, self._world.rules
        priority = terminal.priority.of({})
        plan = rules.plan_of(terminal, "")
        page_id = self._world.pages.next_id()
        change = transitions.open_page(
            page_id, rules.org_id, plan, priority, now, self._world.crew.reach, "", link
        )
        kept.page = LivePage(change.page, "", kept.integration, None, (), as_of=now)
        self._world.pages.add(kept.page, change)
        if change.page.expires_at is not None:
            self._world.agenda.note(change.page.expires_at, HEART, kept.heartbeat.name)

    def _expect(self, name: str) -> None:
        kept = self._kept[name]
        due = law.due_at(kept.heart, kept.heartbeat.within_s)
        if due is not None:
            self._world.agenda.note(due, HEART, name)
