"""What a round of webhooks means, by the law of intake.

The same as `router.hearing` does with rows. Source: docs/architecture.md, "Incidents: the law of intake".
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from router.backtest import hearts
from router.backtest.doubts import Doubts
from router.backtest.hearts import Hearts, Signals
from router.backtest.live import Incident, JoinKey, LivePage
from router.backtest.placing import Arrival, place, recall
from router.backtest.spoken import Spoken
from router.backtest.world import World
from router.lifecycle.doubting import WAIT_S
from router.lifecycle.incidents import Told, meaning
from rules.history import Webhook
from rules.match import match


@dataclass(slots=True)
class _Gathered:
    """What a round asks for, before anything comes true."""

    ended: dict[str, list[Incident]] = field(default_factory=lambda: defaultdict(list))
    truncated: set[LivePage] = field(default_factory=set)
    resolved: list[Incident] = field(default_factory=list)
    new: list[tuple[Incident, Arrival | None]] = field(default_factory=list)
    again: list[Arrival] = field(default_factory=list)
    held: list[tuple[Incident, datetime]] = field(default_factory=list)
    signals: Signals = field(default_factory=Signals)

    @property
    def only_reminders(self) -> bool:
        """Whether nothing comes of it, as of most webhooks."""
        asked = self.ended or self.new or self.again or self.held or self.truncated
        return not (asked or self.signals.beats or self.signals.stops)


class Hearing:
    """Hears rounds of webhooks, in which no alert is named twice."""

    def __init__(self, world: World, hearts_: Hearts, doubts: Doubts) -> None:
        self._world = world
        self._hearts = hearts_
        self._doubts = doubts

    def hear(self, round_: Sequence[Webhook], now: datetime) -> None:
        """Let webhooks that came at one moment, UTC, come true."""
        gathered = _Gathered()
        for webhook in round_:
            for alert in webhook.alerts:
                beside = self._world.incidents.beside(webhook.integration, alert.fingerprint)
                told = Told(alert.status == "firing", alert.starts_at, alert.ends_at)
                self._listen(gathered, Spoken(webhook, alert, told, beside), now)
        self._come_true(gathered, now)

    def _listen(self, gathered: _Gathered, spoken: Spoken, now: datetime) -> None:
        mine = spoken.mine
        if self._world.rules.ruleset.takers is not None:
            beat = hearts.listen(self._world.rules.ruleset, gathered.signals, spoken, now)
            if beat is not None:
                if beat.new is not None:
                    gathered.new.append((beat.new, None))
                self._end(gathered, beat.reason, beat.ended, spoken.webhook)
                return
        means = meaning(spoken.told, [incident.episode for incident in mine])
        if means == "reminder":
            for incident in mine:
                incident.last_heard_at = now
                self._remind(gathered, spoken, incident, now)
        elif means == "resolved":
            self._end(gathered, "resolved", mine, spoken.webhook)
            gathered.resolved += mine
        elif means != "unknown_resolve":
            gathered.ended["superseded"] += mine
            gathered.new += self._routed(spoken, now)

    def _end(self, gathered: _Gathered, reason: str, ended: Sequence[Incident], webhook: Webhook) -> None:
        gathered.ended[reason] += ended
        if webhook.truncated:
            gathered.truncated |= {incident.page for incident in ended if incident.page is not None}

    def _remind(self, gathered: _Gathered, spoken: Spoken, incident: Incident, now: datetime) -> None:
        """Page again for what still fires although its page expired, at the next hours of its route."""
        page, plan = incident.page, incident.plan
        if page is None or plan is None or page.page.closed_reason != "expired" or incident.held_until:
            return
        labels = spoken.webhook.labels_of(spoken.alert)
        decisions = match(self._world.rules.ruleset, labels, now)
        until = next(
            (one.held_until for one in decisions if one.terminal.name == incident.route and one.held), None
        )
        if until is not None:
            gathered.held.append((incident, until))
        else:
            twin = spoken.twins.get(incident.route)
            gathered.again.append(
                Arrival(incident, plan, incident.join_key, is_stored=True, twin=twin, follows=page)
            )

    def _routed(self, spoken: Spoken, now: datetime) -> Iterator[tuple[Incident, Arrival | None]]:
        webhook, alert = spoken.webhook, spoken.alert
        labels = webhook.labels_of(alert)
        for decision in match(self._world.rules.ruleset, labels, now):
            terminal = decision.terminal
            key: JoinKey = webhook.integration, webhook.group_key or alert.labels.get("alertname", "")
            if terminal.group_by is not None:
                key = "", tuple(labels.get(name, "") for name in sorted(terminal.group_by))
            incident = spoken.incident(decision, key, "suppressed", now)
            if terminal.suppress is not None:
                yield incident, None
                continue
            incident.plan = self._world.rules.plan_of(terminal, webhook.integration)
            if decision.held:
                incident.outcome, incident.held_until = "held", decision.held_until
                yield incident, None
            else:
                yield incident, Arrival(incident, incident.plan, key, twin=spoken.twins.get(terminal.name))

    def _come_true(self, gathered: _Gathered, now: datetime) -> None:
        if gathered.only_reminders:
            return
        world = self._world
        for incident, until in gathered.held:
            world.hold(incident, until)
        ended: dict[LivePage, list[Incident]] = defaultdict(list)
        for reason, incidents in gathered.ended.items():
            for incident in incidents:
                if (page := incident.open_page) is not None:
                    ended[page].append(incident)
                world.end(incident, reason, now)
        emptied = {page for page in ended if not page.incidents}
        arrivals = [arrival for _, arrival in gathered.new if arrival is not None]
        recall(world, arrivals, now)
        place(world, [*arrivals, *gathered.again], now, emptied)
        self._put_on_record(gathered.new)
        joined = {arrival.page for arrival in (*arrivals, *gathered.again)}
        over = emptied - joined - gathered.truncated
        watched = self._hearts.watched() if gathered.resolved else {}
        begun_anew = {
            page for page in over if any(one in ended[page] for one in gathered.ended["superseded"])
        }
        self._close(over, ended, begun_anew, watched, now)
        self._doubts.tell(gathered.resolved, watched, now)
        for page in gathered.truncated:
            self._doubts.look_later(page, now)
        self._hearts.take(gathered.signals, now)

    def _put_on_record(self, new: Sequence[tuple[Incident, Arrival | None]]) -> None:
        for incident, arrival in sorted(new, key=lambda pair: _pageless_in_order(*pair)):
            if arrival is not None:
                incident.page = arrival.page
            self._world.incidents.add(incident)
            self._doubts.expect(incident)
            if incident.held_until is not None:
                self._world.hold(incident, incident.held_until)

    def _close(
        self,
        over: Collection[LivePage],
        ended: Mapping[LivePage, Sequence[Incident]],
        begun_anew: Collection[LivePage],
        watched: Mapping[str, str],
        now: datetime,
    ) -> None:
        for page in sorted(over, key=lambda live: live.page.id):
            if page in begun_anew:
                self._world.close(page, "resolved", now)
            else:
                doubtful = any(incident.integration in watched for incident in ended[page])
                self._world.resolve(page, now, WAIT_S if doubtful else 0)


def _pageless_in_order(incident: Incident, arrival: Arrival | None) -> tuple[int | str, ...]:
    if arrival is not None:
        return (1,)
    return 0, incident.integration, incident.receiver, incident.fingerprint, incident.route
