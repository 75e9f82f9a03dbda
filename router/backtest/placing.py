"""Alerts that are to page somebody, put on pages: joined to an open one, or opening one together.

The same as `router.paging.place` and `router.refiring.recall` do with rows.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from router.backtest.live import Incident, JoinKey, LivePage, Opening
from router.backtest.world import World
from router.lifecycle import transitions
from router.lifecycle.flapping import Again, fired_again
from router.lifecycle.incidents import page_to_join
from router.lifecycle.model import RANK, Plan, Priority
from router.lifecycle.transitions import Known


@dataclass(slots=True, eq=False)
class Arrival:
    """An alert that a route has decided to page for.

    Parameters:
      is_stored: its incident is on record already: held, or its page expired.
      twin: an open page of its route that the same fingerprint has been heard on.
      follows: the page that a new one should say it follows.
      again: how it has fired lately, None when it has not.
      awaited_by: an open page on which it fired last, which waits whether it does again.
    """

    incident: Incident
    plan: Plan
    join_key: JoinKey
    is_stored: bool = False
    twin: LivePage | None = None
    follows: LivePage | None = None
    again: Again | None = None
    awaited_by: LivePage | None = None
    page: LivePage | None = None

    def was_on(self, page_id: int) -> bool:
        """Return whether it was on a page when it last fired."""
        awaited = self.awaited_by is not None and self.awaited_by.page.id == page_id
        return awaited or (self.again is not None and self.again.past.page_id == page_id)


@dataclass(slots=True, eq=False)
class _Group:
    arrivals: list[Arrival] = field(default_factory=list)
    page: LivePage | None = None
    link: int | None = None

    @property
    def priority(self) -> Priority:
        return max((arrival.incident.priority for arrival in self.arrivals), key=RANK.__getitem__)

    @property
    def flaps(self) -> bool:
        return any(arrival.again.streak.flapping for arrival in self.arrivals if arrival.again is not None)

    def known_to(self, live: LivePage) -> Known | None:
        if not all(arrival.was_on(live.page.id) for arrival in self.arrivals):
            return None
        told = [
            again
            for again in (arrival.again for arrival in self.arrivals)
            if again is not None and again.past.flapped and again.streak.flapping
        ]
        return "flapping" if live.page.flapping and len(told) == len(self.arrivals) else "refired"


def recall(world: World, arrivals: Iterable[Arrival], now: datetime) -> None:
    """Note on new arrivals that they have fired lately, and lead them to the page that waits for them."""
    if not (world.rules.memory_s or world.rules.proofs):
        return
    since = now - timedelta(seconds=world.rules.memory_s)
    for arrival in arrivals:
        last = world.incidents.last.get(arrival.incident.key)
        if last is None or last.page is None or last.ended_at is None:
            continue
        page = last.page.page
        held_up = bool(world.rules.proofs) and page.closes_at is not None
        if last.ended_at < since and not held_up:
            continue
        arrival.again = fired_again(last.past, arrival.plan, now)
        if arrival.again is not None:
            arrival.incident.streak = arrival.again.streak
        waits = page.closed_at is None and (page.closes_at is not None or page.flapping)
        higher = RANK[arrival.incident.priority] > RANK[page.priority]
        if waits and not (page.status == "acknowledged" and higher):
            arrival.awaited_by = last.page


def place(
    world: World, arrivals: Sequence[Arrival], now: datetime, emptied: Collection[LivePage] = ()
) -> None:
    """Put arrivals on pages.

    Parameters:
      emptied: pages whose last alert has just ended: acknowledged ones are about to close, nobody joins them.
    """
    groups = _grouped(world, arrivals, emptied)
    for group in groups:
        if group.page is not None:
            _join(world, group, group.page, now)
    for group in groups:
        if group.page is None:
            _open(world, group, now)
    for arrival in arrivals:
        if arrival.is_stored:
            assert arrival.page is not None
            move(arrival.incident, arrival.page)
            arrival.incident.held_until = None


def move(incident: Incident, to: LivePage) -> None:
    """Put an open incident on another page."""
    if incident.page is not None:
        incident.page.incidents.discard(incident)
    incident.page = to
    to.incidents.add(incident)


def _grouped(world: World, arrivals: Sequence[Arrival], emptied: Collection[LivePage]) -> list[_Group]:
    groups: dict[object, _Group] = {}
    for arrival in arrivals:
        key: object = arrival.awaited_by or arrival.twin or (arrival.plan.route, arrival.join_key)
        groups.setdefault(key, _Group()).arrivals.append(arrival)
    for key, group in groups.items():
        if isinstance(key, LivePage):
            group.page = key
            continue
        first = group.arrivals[0]
        beside = {
            candidate.id: (live, candidate)
            for live, candidate in world.pages.joinable(first.plan.route, first.join_key)
            if not (candidate.status == "acknowledged" and (candidate.closing or live in emptied))
        }
        page_id, link = page_to_join([candidate for _, candidate in beside.values()], group.priority)
        group.page = beside[page_id][0] if page_id is not None else None
        group.link = link or next((link for arrival in group.arrivals if (link := _follows(arrival))), None)
    return _merged(groups.values())


def _follows(arrival: Arrival) -> int | None:
    if arrival.follows is not None:
        return arrival.follows.page.id
    return arrival.again.past.page_id if arrival.again is not None else None


def _merged(groups: Iterable[_Group]) -> list[_Group]:
    """One page is joined once, also when some of its arrivals were led there by their fingerprint."""
    joining: dict[LivePage, _Group] = {}
    opening = []
    for group in groups:
        if group.page is None:
            opening.append(group)
        elif group.page in joining:
            joining[group.page].arrivals += group.arrivals
        else:
            joining[group.page] = group
    return [*joining.values(), *opening]


def _join(world: World, group: _Group, live: LivePage, now: datetime) -> None:
    page = world.pages.catch_up(live, now)
    change = transitions.join(page, group.priority, "", now, again=group.known_to(live))
    if group.flaps:
        change = transitions.mark_flapping(change)
    for arrival in group.arrivals:
        arrival.page, arrival.incident.outcome = live, "joined"
    world.change(live, change, now)


def _open(world: World, group: _Group, now: datetime) -> None:
    first = group.arrivals[0]
    change = transitions.open_page(
        world.pages.next_id(),
        world.rules.org_id,
        first.plan,
        group.priority,
        now,
        world.crew.reach,
        "",
        group.link,
    )
    if group.flaps:
        change = transitions.mark_flapping(change)
    incident = first.incident
    opened_for = tuple(Opening(one.incident.key, one.incident.first_heard_at) for one in group.arrivals)
    live = LivePage(change.page, incident.name, incident.integration, first.join_key, opened_for, as_of=now)
    for arrival in group.arrivals:
        arrival.page, arrival.incident.outcome = live, "paged"
    world.pages.add(live, change)
