"""The alerts of a round that are heartbeats' beats, or their stops."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime

from adapters.alert import Alert
from adapters.grafana.trial import is_test
from router import heartbeats
from router.heartbeats import Signal
from router.in_force import Rules
from router.lifecycle.incidents import meaning
from router.spoken import Spoken
from router.store.incidents import OpenIncident
from router.store.writer import Transaction
from router.taken import Heard, Taken
from router.webhook import AlertAnswer
from rules.heartbeats import taken_by
from rules.model import Decision, Heartbeat


@dataclass(frozen=True, slots=True)
class HeardBeat:
    """What an alert that a heartbeat takes does to incidents: some are reminded of, begin, or end."""

    reminded: Sequence[int] = ()
    new: Sequence[Taken] = ()
    ended: Sequence[OpenIncident] = ()
    reason: str = "superseded"


@dataclass(slots=True)
class Beats:
    """What a round says of heartbeats."""

    beats: dict[str, Signal] = field(default_factory=dict)
    stops: list[tuple[Heard, Alert, Signal]] = field(default_factory=list)

    def listen(self, rules: Rules, spoken: Spoken) -> HeardBeat | None:
        """Return what an alert does if a heartbeat takes it, or None when it is for the routes.

        A firing one is a beat, however often it comes; a resolved one may be the heartbeat's stop.
        """
        heartbeat = _heartbeat_of(rules, spoken)
        if heartbeat is None:
            return None
        heard, alert, told, mine = spoken.heard, spoken.alert, spoken.told, spoken.mine
        route = heartbeat.terminal.name
        integration_id = spoken.sender.integration_id
        own = [each for each in mine if each.outcome == "heartbeat" and each.route == route]
        if told.firing:
            self.beats[heartbeat.name] = Signal(heartbeat, None, integration_id)
            new = [] if own else [_first(heartbeat, spoken)]
            if own:
                heard.answers.append(AlertAnswer(alert.fingerprint, "heartbeat", route))
            return HeardBeat(
                [incident.id for incident in own], new, [each for each in mine if each not in own]
            )
        ends = meaning(told, [incident.episode for incident in mine]) == "resolved"
        if mine and not ends:  # a resolve from before this episode
            heard.answers.append(AlertAnswer(alert.fingerprint, "heartbeat", route))
            return HeardBeat()
        ended_at = None if own else alert.ends_at
        self.stops.append((heard, alert, Signal(heartbeat, "resolved", integration_id, ended_at)))
        return HeardBeat(ended=mine, reason="resolved")

    def write(self, tx: Transaction, rules: Rules, now: datetime) -> None:
        """Store what was heard: where one alert of a heartbeat fires, another's resolve stops nothing."""
        stops = {signal.heartbeat.name: signal for _, _, signal in self.stops}
        signals = [*self.beats.values(), *(stops[name] for name in stops.keys() - self.beats.keys())]
        stands = heartbeats.take(tx, rules, signals, now) if signals else {}
        for heard, alert, signal in self.stops:
            page_id = stands[signal.heartbeat.name].page_id
            route = signal.heartbeat.terminal.name
            heard.answers.append(AlertAnswer(alert.fingerprint, "heartbeat", route, page_id))


def _heartbeat_of(rules: Rules, spoken: Spoken) -> Heartbeat | None:
    if rules.ruleset.takers is None or spoken.sender.org_id != rules.org_id or is_test(spoken.batch):
        return None
    return taken_by(rules.ruleset, spoken.labels)


def _first(heartbeat: Heartbeat, spoken: Spoken) -> Taken:
    """Return what puts the first beat of an alert on record."""
    decision = Decision(heartbeat.terminal, heartbeat.terminal.priority.of({}))
    return Taken(
        spoken.heard, spoken.batch, spoken.alert, spoken.stored, decision, "", None, None, beats=True
    )
