"""A history lived through under some rules, by a simulated clock."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import cast

from router.backtest.acts import Act, Reactions
from router.backtest.agenda import Agenda
from router.backtest.crew import Crew
from router.backtest.doubts import Doubts
from router.backtest.hearing import Hearing
from router.backtest.hearts import Hearts
from router.backtest.incidents import Incidents
from router.backtest.live import Incident, JoinKey, LivePage, Opening
from router.backtest.pages import Listener, Pages
from router.backtest.placing import Arrival, move, place
from router.backtest.world import ACT, HEART, LEFT, RELEASE, STALE, WAKE, World
from router.in_force import Rules
from router.lifecycle import transitions
from router.lifecycle.doubting import weigh
from router.lifecycle.due import lapsed, wake
from router.lifecycle.model import Change, NotificationKind, Page
from router.lifecycle.transitions import Actor
from rules.history import Webhook

_BATCH = 100
_TEST = "test:"


class Simulation:
    """Takes webhooks in the order of their time, and does what is due in between.

    Every message is taken to arrive at once, and PingParrot to be always there. What is due at the moment of
    a webhook is done before it.

    Parameters:
      rules: what decides.
      crew: who the targets are.
      reactions: what people do to a page.
      listener: is told what happens.
      since: when the history begins, UTC; heartbeats are waited for from the first webhook of it on.
    """

    def __init__(
        self, rules: Rules, crew: Crew, reactions: Reactions, listener: Listener, since: datetime
    ) -> None:
        agenda: Agenda[object] = Agenda()
        self._reactions = reactions
        self._listener = listener
        pages = Pages(crew, self, lambda live, at: agenda.note(at, WAKE, live))
        self._world = World(rules, crew, Incidents(), pages, agenda)
        self._hearts = Hearts(self._world)
        self._doubts = Doubts(self._world)
        self._hearing = Hearing(self._world, self._hearts, self._doubts)
        self._since = since
        self._waiting: list[Webhook] = []
        self.tests = 0

    def take(self, webhook: Webhook) -> None:
        """Take a webhook; those of one moment are heard together, as they were stored in one commit."""
        if webhook.adapter == "grafana" and webhook.alerts and _is_test(webhook):
            self.tests += 1  # a person pressed a button: no rule has a part in what that does
            return
        if self._waiting and webhook.at != self._waiting[0].at:
            self._hear()
        self._waiting.append(webhook)

    def finish(self, until: datetime) -> None:
        """Hear what waits, and let the time pass until the end, UTC."""
        self._hear()
        self._pass_time(until)
        for live in self._world.pages.open():
            self._world.pages.catch_up(live, until)

    def opened(self, live: LivePage) -> None:
        """Let people do what they do to a page that was just opened."""
        self._listener.opened(live)
        for act in self._reactions.to(live):
            self._world.agenda.note(live.page.created_at + act.after, ACT, (live, act))

    def told(
        self, live: LivePage, user_id: int, kind: NotificationKind, at: datetime, every_s: int, times: int
    ) -> None:
        """Pass on that somebody was told."""
        self._listener.told(live, user_id, kind, at, every_s, times)

    def _hear(self) -> None:
        if not self._waiting:
            return
        waiting, self._waiting = self._waiting, []
        now = waiting[0].at
        self._pass_time(now)
        if not waiting[0].resumed:  # before the first there was nothing to hear of
            self._hearts.begin(now)
        for round_ in _rounds(waiting):
            self._hearing.hear(round_, now)
        if waiting[0].resumed:
            # What was said of them between then and the beginning of the history is not in it.
            for webhook in waiting:
                for alert in webhook.alerts:
                    for incident in self._world.incidents.beside(webhook.integration, alert.fingerprint):
                        incident.last_heard_at = self._since

    def _pass_time(self, until: datetime) -> None:
        agenda = self._world.agenda
        while (found := agenda.next_until(until)) is not None:
            now, rank = found
            taken = agenda.take(now, rank)
            if rank == WAKE:
                self._wake(cast("list[LivePage]", taken), now)
            elif rank == RELEASE:
                self._release(cast("list[Incident]", taken), now)
            elif rank == HEART:
                self._hearts.watch(list(dict.fromkeys(cast("list[str]", taken))), now)
            elif rank == STALE:
                self._doubts.end_stale(cast("list[Incident]", taken), self._hearts.unsure(now), now)
            elif rank == LEFT:
                self._doubts.close_left(cast("list[tuple[LivePage, datetime]]", taken), now)
            else:
                for live, act in cast("list[tuple[LivePage, Act]]", taken):
                    self._act(live, act, now)

    def _wake(self, noted: Sequence[LivePage], now: datetime) -> None:
        due = {live: self._world.pages.catch_up(live, now) for live in noted if live.wakes_at == now}
        lapses = {live: page for live, page in due.items() if lapsed(page, now)}
        for live in due:
            live.wakes_at = None
        # A lapsed page may join another that is due as well: that one is judged in the next round.
        for live in due if lapses else ():
            if live not in lapses:
                self._world.pages.wake_at(live, now)
        for live, page in (lapses or due).items():
            self._world.pages.apply(live, self._judged(live, page, now), now)

    def _judged(self, live: LivePage, page: Page, now: datetime) -> Change:
        if lapsed(page, now):
            return self._hand_over(live, page, now)
        if page.awaits_heartbeat is not None and page.closes_at is not None and page.closes_at <= now:
            return weigh(page, self._hearts.pulse(page.awaits_heartbeat), now)
        return wake(page, now, self._world.crew.reach)

    def _hand_over(self, live: LivePage, page: Page, now: datetime) -> Change:
        """Page anew for what still fires although it was acknowledged long ago, as the scheduler does."""
        pages = self._world.pages
        active = None
        if live.join_key is not None:
            beside = pages.joinable(page.plan.route, live.join_key)
            active = next((other for other, candidate in beside if candidate.status == "active"), None)
        if active is None:
            change = transitions.open_page(
                pages.next_id(),
                page.org_id,
                page.plan,
                page.priority,
                now,
                self._world.crew.reach,
                "",
                page.id,
            )
            opened_for = tuple(Opening(one.key, one.first_heard_at) for one in _in_order(live.incidents))
            active = LivePage(
                change.page,
                live.name,
                live.integration,
                live.join_key,
                opened_for or live.opened_for,
                as_of=now,
            )
            pages.add(active, change)
        else:
            change = transitions.join(pages.catch_up(active, now), page.priority, "", now)
            self._world.change(active, change, now)
        for incident in list(live.incidents):
            move(incident, active)
        self._hearts.move(live, active)
        return transitions.hand_over(page, now, active.page.id)

    def _release(self, noted: Sequence[Incident], now: datetime) -> None:
        """Page for held alerts that still fire now that their hours have come."""
        due = [one for one in noted if one.ended_at is None and one.held_until == now]
        due.sort(key=lambda one: one.number)
        for first in range(0, len(due), _BATCH):
            self._page_for(due[first : first + _BATCH], now)

    def _page_for(self, due: Sequence[Incident], now: datetime) -> None:
        keys: dict[tuple[str, str, str], JoinKey] = {}  # what two receivers were told of is one alert
        arrivals = []
        for incident in due:
            assert incident.plan is not None
            alert = incident.integration, incident.fingerprint, incident.route
            beside = self._world.incidents.beside(incident.integration, incident.fingerprint)
            twins = [one.open_page for one in beside if one.route == incident.route and one.open_page]
            arrivals.append(
                Arrival(
                    incident,
                    incident.plan,
                    keys.setdefault(alert, incident.join_key),
                    is_stored=True,
                    twin=twins[-1] if twins else None,
                    follows=incident.page,
                )
            )
        place(self._world, arrivals, now)

    def _act(self, live: LivePage, act: Act, now: datetime) -> None:
        """Let somebody acknowledge or cancel a page; on one that is over nothing happens."""
        page = self._world.pages.catch_up(live, now)
        if page.closed_at is not None:
            return
        if act.cancels:
            self._world.change(live, transitions.cancel(page, Actor(0, "", is_admin=True), now), now)
            return
        actor = self._actor(page, act)
        if actor is None:
            return
        told_at = live.told_at.get(actor.user_id)
        unheard = live.joined_at is not None and (told_at is None or live.joined_at > told_at)
        self._world.change(live, transitions.acknowledge(page, actor, now, unheard=unheard), now)

    def _actor(self, page: Page, act: Act) -> Actor | None:
        """Return who acknowledges: who really did, or, where that person is not paged, who was told first."""
        crew = self._world.crew
        number = crew.number_of(act.person) if act.person else 0
        if number and (act.steps_in or any(one.user_id == number for one in page.recipients)):
            return Actor(number, act.person, is_admin=act.steps_in)
        waiting = [
            one for one in page.recipients if one.acknowledged_at is None and crew.contacts_of(one.user_id)
        ]
        return Actor(waiting[0].user_id, waiting[0].name) if waiting else None


def _rounds(webhooks: Sequence[Webhook]) -> Iterator[list[Webhook]]:
    """Cut webhooks where an alert is named again: what is said second is judged by what was said first."""
    if len(webhooks) == 1:
        yield [webhooks[0]]
        return
    round_: list[Webhook] = []
    named: set[tuple[str, str]] = set()
    for webhook in webhooks:
        keys = {(webhook.integration, alert.fingerprint) for alert in webhook.alerts}
        if not named.isdisjoint(keys):
            yield round_
            round_, named = [], set()
        round_.append(webhook)
        named |= keys
    yield round_


def _in_order(incidents: set[Incident]) -> list[Incident]:
    return sorted(incidents, key=lambda one: one.number)


def _is_test(webhook: Webhook) -> bool:
    return all(alert.fingerprint.startswith(_TEST) for alert in webhook.alerts)
