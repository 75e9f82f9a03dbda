"""How long a backtest takes: a million alerts in webhooks, nearly all of them reminders, over 30 days.

    .venv/bin/python bench/backtest.py [--alerts 1000000] [--days 30]

Writes a made-up history as `pingparrot history export` would, then measures, each alone: the bare limit,
which only decodes the file; the backtest, as the command runs it; and both again with everybody asleep, so
that every page repeats until its alerts end. Prints seconds on the
clock, processor seconds, which is what a machine without other work takes, and their ratio to the bare limit.
"""

from __future__ import annotations

import argparse
import gzip
import os
import random
import resource
import subprocess
import sys
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import NamedTuple

from intake import HERE, scratch
from machine import describe

from rules.cli.histories import open_history
from rules.history import (
    FORMAT,
    Alert,
    End,
    Header,
    OnPage,
    Page,
    People,
    Record,
    Told,
    User,
    Webhook,
    line_of,
    read,
)

BEGIN = datetime(2026, 5, 1, tzinfo=UTC)
GROUPS, PER_GROUP = 400, 5
RULES = """
defaults:
  chain: triage
  priority: {label: severity, values: {critical: critical, warning: high}, otherwise: normal}
  acknowledge: any
  repeat_interval: 60s
  expires: 24h
chains:
  triage: {steps: [{page: {group: sre}}, {after: 10m, page: {group: leads}}]}
  team: {steps: [{page: {group: payments}}, {after: 5m, page: {group: sre}}]}
time_intervals:
  office:
    - weekdays: ["monday:friday"]
      times: [{start_time: "09:00", end_time: "17:00"}]
      location: Europe/Berlin
routes:
  - {name: staging, matchers: [env="staging"], suppress: only production wakes people}
  - {name: slow, matchers: [severity="info"], active_time_intervals: [office]}
  - name: payments
    matchers: [team="payments"]
    chain: team
    group_by: [alertname]
    routes:
      - {name: critical, matchers: [severity="critical"]}
  - {name: others, matchers: [team=~".+"]}
"""


class Used(NamedTuple):
    """What something took: on the clock, of processors, and of memory at most."""

    seconds: float
    processor: float
    megabytes: float


class Group:
    """Alerts that one webhook speaks of; each fires for hours, ends, and fires again."""

    def __init__(self, number: int, chance: random.Random) -> None:
        self.chance = chance
        self.key = f'{{}}/{{team="t{number % 20}"}}:{{alertname="Alert{number}"}}'
        team = "payments" if number % 20 == 0 else f"t{number % 20}"
        severity = chance.choice(["critical", "warning", "warning", "info"])
        self.labels = [
            {
                "alertname": f"Alert{number}",
                "cluster": f"eu-{number % 7}",
                "env": "staging" if number % 10 == 3 else "production",
                "instance": f"10.{number % 250}.{place}.7:9100",
                "job": "node-exporter",
                "namespace": f"ns-{number % 31}",
                "pod": f"web-{number:05}-{place}-x7f2q",
                "severity": severity,
                "team": team,
                "unit": f"unit-{place}",
            }
            for place in range(PER_GROUP)
        ]
        self.firing: dict[int, datetime] = {}

    def speak(self, at: datetime) -> list[Alert]:
        """Return what a webhook at a moment says: what fires, and what has just ended."""
        alerts = []
        for place, labels in enumerate(self.labels):
            began = self.firing.get(place)
            ends = began is not None and self.chance.random() < 0.01
            if began is None and (self.chance.random() < 0.02 or at == BEGIN):
                began = self.firing[place] = at - timedelta(seconds=30)
            if began is None:
                continue
            if ends:
                del self.firing[place]
            text = {
                "summary": f"{labels['alertname']} on {labels['instance']} is not well",
                "runbook_url": "https://r/x",
            }
            status = "resolved" if ends else "firing"
            alerts.append(
                Alert(
                    status,
                    f"{hash((self.key, place)) & (2**64 - 1):016x}",
                    labels,
                    text,
                    began,
                    at if ends else None,
                )
            )
        return alerts


def history(alerts: int, days: int, pages: list[Page]) -> Iterator[Record]:
    """Yield a history of about so many alerts."""
    chance = random.Random(1)
    until = BEGIN + timedelta(days=days)
    yield Header(FORMAT, BEGIN, until, time_zone="Europe/Berlin")
    people = [f"person-{number}@example.com" for number in range(30)]
    teams = {"sre": people[:6], "leads": people[6:9], "payments": people[9:14]}
    yield People([User(email) for email in people], teams)
    yield from pages
    groups = [Group(number, chance) for number in range(GROUPS)]
    said = posted = 0
    while said < alerts:
        at = BEGIN + timedelta(days=days) * (said / alerts)
        group = groups[posted % GROUPS]
        posted += 1
        spoken = group.speak(at)
        if spoken:
            said += len(spoken)
            yield Webhook(at, "prometheus-eu", "alertmanager", spoken, "pager", group.key)
    yield End(posted, said, len(pages))


def acknowledged(chance: random.Random, records: Iterator[Record]) -> Iterator[Page]:
    """Yield pages as they may have been: one for each alert that began to fire, most of them acknowledged."""
    known: set[str] = set()
    number = 0
    for record in records:
        if not isinstance(record, Webhook):
            continue
        for alert in record.alerts:
            if alert.status == "resolved":
                known.discard(alert.fingerprint)
            elif alert.fingerprint not in known:
                known.add(alert.fingerprint)
                number += 1
                after = timedelta(seconds=chance.expovariate(1 / 400))
                on_page = OnPage(record.integration, record.receiver, alert.fingerprint, record.at)
                told = Told(
                    "person-0@example.com",
                    [0, 60, 120],
                    record.at + after if chance.random() < 0.85 else None,
                )
                yield Page(number, "others", "high", record.at, alerts=[on_page], told=[told])


def main() -> int:
    """Write the histories, measure and print."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--alerts", type=int, default=1_000_000)
    parser.add_argument("--days", type=int, default=30)
    options = parser.parse_args()
    with scratch() as directory:
        print(f"backtest: {options.alerts:,} alerts in {options.days} days", describe(HERE), sep="\n")
        rules = directory / "rules.yml"
        rules.write_text(RULES)
        pages = list(acknowledged(random.Random(2), history(options.alerts, options.days, [])))
        print(f"{'':<28} {'s':>7} {'processor s':>12} {'alerts/s':>10} {'ratio':>6} {'MB':>6}")
        for name, paged in (("people acknowledge", pages), ("everybody sleeps", [])):
            file = directory / "history.jsonl.gz"
            with gzip.open(file, "wb", 6) as stream:
                stream.writelines(map(line_of, history(options.alerts, options.days, paged)))
            bare = decode(file)
            for what, used in (("decoding alone", bare), (f"backtest, {name}", run(rules, file))):
                print(
                    f"{what:<28} {used.seconds:>7.1f} {used.processor:>12.1f} "
                    f"{options.alerts / used.seconds:>10,.0f} {used.processor / bare.processor:>6.1f} "
                    f"{used.megabytes:>6.0f}",
                    flush=True,
                )
    return 0


def decode(file: Path) -> Used:
    """Read a history and do nothing."""
    begun, before = time.perf_counter(), time.process_time()
    with open_history(file) as opened:
        for _ in read(opened.lines()):
            pass
    seconds, processor = time.perf_counter() - begun, time.process_time() - before
    return Used(seconds, processor, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024)


def run(rules: Path, file: Path) -> Used:
    """Run the command, its start included."""
    begun = time.perf_counter()
    command = [sys.executable, "-m", "router.cli", "rules", "backtest", str(rules), "--history", str(file)]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    said = process.stdout.read().splitlines()
    _, status, used = os.wait4(process.pid, 0)
    assert status == 0
    print(f"    {said[1]}")
    return Used(time.perf_counter() - begun, used.ru_utime + used.ru_stime, used.ru_maxrss / 1024)


if __name__ == "__main__":
    sys.exit(main())
