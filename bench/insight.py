"""How long the figures of a long history take: 400 days, 100,000 pages, three rings and two alerts each.

    .venv/bin/python bench/insight.py [--pages 100000] [--days 400] [--database postgresql://…]

Fills a scratch SQLite database (or an empty PostgreSQL one that is named), then asks for every table of
`/api/insight/` over the whole of it, five times each, and prints the median and the slowest, and the
processor's time, which is what a machine without other work takes.
"""

from __future__ import annotations

import argparse
import json
import random
import statistics
import sys
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import sqlalchemy as sa
from intake import HERE, scratch
from machine import describe
from sqlalchemy import Connection

from router.insight import figures
from router.insight.period import Period, period_of
from router.store import insight
from router.store.credentials import ensure_integration
from router.store.engine import Database, connect
from router.store.migrate import upgrade
from router.store.organisations import DEFAULT, ensure_organisation
from router.store.people import add_user
from router.store.tables import INCIDENTS, NOTIFICATIONS, PAGES, PLANS

NOW = datetime(2026, 6, 23, 14, tzinfo=UTC)
PEOPLE, TEAMS, ROUTES, ALERTS = 50, 20, 10, 100
RINGS, FIRED = 3, 2
CHUNK = 1_000


def fill(database: Database, pages: int, days: int) -> int:
    """Write the history and return the organisation's id."""
    upgrade(database)
    chance = random.Random(1)
    with database.writing.begin() as connection:
        org_id = ensure_organisation(connection, DEFAULT, NOW)
        integration = ensure_integration(connection, org_id, "prometheus", NOW).id
        plan = sa.insert(PLANS).values(digest="bench", body='{"steps": []}')
        (plan_id,) = connection.execute(plan).inserted_primary_key or (0,)
        users = [
            add_user(connection, org_id, f"{n}@example.com", f"Person {n}", NOW).id for n in range(PEOPLE)
        ]
        for first in range(1, pages + 1, CHUNK):
            rows: dict[sa.Table, list[dict[str, Any]]] = {PAGES: [], NOTIFICATIONS: [], INCIDENTS: []}
            for page_id in range(first, min(first + CHUNK, pages + 1)):
                at = NOW - timedelta(days=days) * (1 - (page_id - 0.5) / pages)
                of_page = {"org_id": org_id, "integration_id": integration}
                page = _page(page_id, at, chance) | of_page | {"plan_id": plan_id}
                rows[PAGES].append(page)
                rows[NOTIFICATIONS] += _rings(page, chance.choice(users))
                rows[INCIDENTS] += (_incident(page, chance) | of_page for _ in range(FIRED))
            for table, values in rows.items():
                connection.execute(sa.insert(table), values)
    return org_id


def _page(page_id: int, at: datetime, chance: random.Random) -> dict[str, Any]:
    taken = chance.random() < 0.8
    return {
        "id": page_id,
        "subject": "CPU load above 90% on web-01",
        "message": "m" * 600,
        "priority": "high",
        "status": "acknowledged" if taken else "cancelled",
        "delivery_mode": "group",
        "route": f"team-{chance.randrange(TEAMS)}/route-{chance.randrange(ROUTES)}",
        "created_at": at,
        "acknowledged_at": at + timedelta(seconds=chance.expovariate(1 / 300)) if taken else None,
        "closed_at": at + timedelta(seconds=chance.expovariate(1 / 3_000)),
        "closed_reason": "resolved",
    }


def _rings(page: dict[str, Any], user_id: int) -> Iterator[dict[str, Any]]:
    for number in range(RINGS):
        at = page["created_at"] + timedelta(minutes=number)
        yield {
            "page_id": page["id"],
            "user_id": user_id,
            "destination": "ntfy",
            "kind": "repeat" if number else "page",
            "state": "sent",
            "attempts": 1,
            "created_at": at,
            "rung_at": at,
            "tried_at": at,
            "finished_at": at,
        }


def _incident(page: dict[str, Any], chance: random.Random) -> dict[str, Any]:
    labels = {
        "instance": f"web-{page['id']}:9100",
        "alertname": f"Alert{chance.randrange(ALERTS)}",
        "severity": "critical",
    }
    return {
        "webhook_id": page["id"],
        "receiver": "pingparrot",
        "fingerprint": f"{chance.getrandbits(64):016x}",
        "route": page["route"],
        "priority": "high",
        "outcome": "paged",
        "page_id": page["id"],
        "first_heard_at": page["created_at"],
        "last_heard_at": page["closed_at"],
        "ended_at": page["closed_at"],
        "revision": "bench",
        "labels": json.dumps(labels),
        "detail": json.dumps({"annotations": {"summary": "s" * 200}}),
    }


def tables(org_id: int, period: Period) -> dict[str, Callable[[Connection], object]]:
    """Return what is measured, by name."""

    def load(connection: Connection) -> object:
        names = insight.names(connection, org_id)
        return figures.load(insight.rung(connection, org_id, period), names, period)

    return {
        "days": lambda connection: figures.pages_a_day(insight.called(connection, org_id, period), period),
        "teams": lambda connection: figures.times(
            insight.called(connection, org_id, period), figures.team_of
        ),
        "routes": lambda connection: figures.times(insight.called(connection, org_id, period), str),
        "load": load,
        "alerts": lambda connection: insight.noisiest(connection, org_id, period),
    }


def main() -> int:
    """Fill, measure and print."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--pages", type=int, default=100_000)
    parser.add_argument("--days", type=int, default=400, help="at most 400")
    parser.add_argument(
        "--database", help="the URL of an empty one; SQLite in a scratch directory without it"
    )
    options = parser.parse_args()
    with scratch() as directory:
        database = connect(options.database or f"sqlite:///{directory}/pingparrot.db")
        print(f"insight: {options.pages:,} pages in {options.days} days", describe(HERE), sep="\n")
        org_id = fill(database, options.pages, options.days)
        period = period_of(NOW, ZoneInfo("Europe/Berlin"), options.days)
        print(f"{'':<10} {'median s':>9} {'slowest s':>9} {'processor s':>11}")
        for name, ask in tables(org_id, period).items():
            spans, used = [], []
            for _ in range(5):
                begun, before = time.perf_counter(), time.process_time()
                with database.read() as connection:
                    ask(connection)
                spans.append(time.perf_counter() - begun)
                used.append(time.process_time() - before)
            figures_of = statistics.median(spans), max(spans), statistics.median(used)
            print(
                f"{name:<10} {figures_of[0]:>9.2f} {figures_of[1]:>9.2f} {figures_of[2]:>11.2f}", flush=True
            )
        database.close()
    return 0


if __name__ == "__main__":
    sys.exit(main())
