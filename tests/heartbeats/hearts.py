"""A desk whose rules wait for heartbeats, and time that passes second by second."""

from __future__ import annotations

from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from router.store.engine import Database
from router.store.tables import HEARTBEATS
from router.store.writer import Writer
from router.webhook import Answer
from tests.intake.desk import START, Desk, body, build_desk, firing, resolved

RULES = """
defaults: {chain: triage, repeat_interval: 60s, expires: 24h, acknowledge: any}
chains:
  triage: {steps: [{page: {group: on call}}]}
  infra:
    steps:
      - page: {group: leads}
      - {after: 5m, page: {group: second}}
heartbeats:
  eu-1: {matchers: [alertname="Watchdog", cluster="eu-1"], within: 10m, chain: infra, priority: critical}
  nightly export: {within: 25h}
routes:
  - {name: everything}
"""
_STEP = timedelta(seconds=20)


def waiting_desk(database: Database, writer: Writer, folder: Path, rules: str = RULES) -> Desk:
    """Return a desk whose rules wait for heartbeats, and whose scheduler has looked at them once."""
    desk = build_desk(database, writer, folder, rules)
    desk.tick()
    return desk


def run(desk: Desk, **delta: float) -> None:
    """Let time pass while PingParrot is up: it looks at everything every few seconds."""
    until = desk.now + timedelta(**delta)
    while desk.now < until:
        desk.now = min(until, desk.now + _STEP)
        desk.tick()


def run_beating(desk: Desk, every: timedelta, **delta: float) -> None:
    """Let time pass while the Watchdog of eu-1 comes every so often."""
    until = desk.now + timedelta(**delta)
    while desk.now < until:
        beat(desk)
        run(desk, seconds=every.total_seconds())


def watchdog(starts_at: datetime = START, **labels: str) -> dict[str, Any]:
    """The alert that always fires in eu-1."""
    return firing("Watchdog", starts_at, **{"cluster": "eu-1", **labels})


def beat(desk: Desk, **labels: str) -> Answer:
    """Post the Watchdog of eu-1, firing."""
    return desk.post(body(watchdog(**labels), receiver="watchdog"))


def stop(desk: Desk, **labels: str) -> Answer:
    """Post the Watchdog of eu-1, resolved."""
    return desk.post(
        body(resolved("Watchdog", desk.now, **{"cluster": "eu-1", **labels}), receiver="watchdog")
    )


def heart(desk: Desk, name: str = "eu-1") -> Any:
    """Return a heartbeat's row."""
    with desk.database.read() as connection:
        return connection.execute(sa.select(HEARTBEATS).where(HEARTBEATS.c.name == name)).one()
