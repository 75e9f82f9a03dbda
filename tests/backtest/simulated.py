"""A simulation of records, told in the words in which the server's pages are told (life.py)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from router.backtest.acts import Reactions, with_their_alerts
from router.backtest.crew import Crew
from router.backtest.live import LivePage
from router.backtest.simulation import Simulation
from router.in_force import Rules
from router.lifecycle.model import NotificationKind
from rules.history import Header, Page, People, Record, Webhook
from rules.model import RuleSet
from tests.backtest.life import in_order


@dataclass
class Told:
    """What a simulation says, as it says it."""

    crew: Crew
    pages: list[LivePage] = field(default_factory=list)
    notes: dict[int, list[tuple[str, str, datetime]]] = field(default_factory=dict)

    def opened(self, live: LivePage) -> None:
        self.pages.append(live)

    def told(
        self, live: LivePage, user_id: int, kind: NotificationKind, at: datetime, every_s: int, times: int
    ) -> None:
        notes = self.notes.setdefault(live.page.id, [])
        for number in range(times):
            notes.append((self.crew.name_of(user_id), kind, at + timedelta(seconds=every_s * number)))


def simulate(records: Sequence[Record], ruleset: RuleSet, until: datetime) -> list[Any]:
    people = next(one for one in records if isinstance(one, People))
    header = next(one for one in records if isinstance(one, Header))
    crew = Crew(ruleset, people)
    reactions = Reactions(with_their_alerts(one for one in records if isinstance(one, Page)), None)
    told = Told(crew)
    simulation = Simulation(Rules(ruleset, None, header.since, 1), crew, reactions, told, header.since)
    for record in records:
        if isinstance(record, Webhook):
            simulation.take(record)
    simulation.finish(until)
    opened = {live.page.id: live.page.created_at for live in told.pages}
    return in_order(
        (
            page.created_at,
            page.plan.route,
            page.priority,
            page.status,
            page.closed_at,
            page.closed_reason,
            page.closes_at,
            page.flapping,
            opened.get(page.linked_page_id or 0),
            sorted(told.notes.get(page.id, [])),
        )
        for page in (live.page for live in told.pages)
    )
