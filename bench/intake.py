"""Durable intake under load: how many webhooks a second are on disk, beside the bare limit of this machine.

    .venv/bin/python bench/intake.py [--seconds 8] [--rounds 2] [--connections 16] [--grafana PATH]

wrk posts webhooks as fast as they are answered, each a new group with 1 or 100 new alerts. Bare limit
(bench/bare_limit.py) and `pingparrot serve` take turns; both start on an empty SQLite database with
synchronous=FULL. PingParrot runs with everything on: authentication, rules, deduplication, a page with one
recipient for every webhook, and delivery to a receiver on loopback, default settings. Afterwards the rows
are counted: pages and incidents must be what was answered 2xx, and everything must be delivered. A round that
does not hold is reported and makes the exit code 1. `cpu ms` is the server's processor time for one webhook:
it says the same on a machine that has other work, the rates do not.

With `--grafana` the bodies are Grafana's, posted to its adapter or, as the reference has it, to
/api/external/pages. A Grafana makes one attempt, so that p99 is what matters there.
"""

from __future__ import annotations

import argparse
import json
import os
import secrets
import shutil
import socket
import sqlite3
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path

from machine import cpu_seconds, describe
from stage import Receiver, Server, free_port

HERE = Path(__file__).parent
DRAIN_S = 180
TARGET = 0.2


@dataclass(frozen=True)
class Load:
    """What wrk says of one burst; latencies in milliseconds."""

    requests: int
    seconds: float
    p50_ms: float
    p99_ms: float
    refused: int
    socket_errors: int

    @property
    def rate(self) -> float:
        """Webhooks answered a second."""
        return self.requests / self.seconds


@dataclass(frozen=True)
class Round:
    """A burst and what it left: faults found when counting, and the seconds until all was delivered.

    Parameters:
      cpu_s: processor time that the server used during the burst.
    """

    load: Load
    cpu_s: float
    faults: tuple[str, ...] = ()
    drained_s: float = 0.0


def post(
    url: str,
    authorization: str,
    alerts: int,
    options: argparse.Namespace,
    directory: Path,
    beats: int = 0,
) -> Load:
    """Drive a server with wrk and return what wrk measured.

    Parameters:
      beats: let so many heartbeats beat instead.
    """
    out = directory / f"wrk-{beats}.json"
    command = ["wrk", "-t1", f"-c{options.connections}", f"-d{options.seconds}s", "--timeout", "10s"]
    subprocess.run(
        [*command, "-s", str(HERE / "post.lua"), url],
        env=os.environ
        | {"AUTH": authorization, "ALERTS": str(alerts), "RUN": secrets.token_hex(4), "OUT": str(out)}
        | {"SENDER": "grafana" if options.grafana else "", "BEATS": str(beats or "")},
        stdout=subprocess.DEVNULL,
        timeout=options.seconds + 30,
        check=True,
    )
    return Load(**json.loads(out.read_text()))


def bare(alerts: int, options: argparse.Namespace) -> Round:
    """Measure the bare limit."""
    with scratch() as directory:
        port = free_port()
        process = subprocess.Popen(
            [sys.executable, str(HERE / "bare_limit.py"), str(port), str(directory / "bare.db")]
        )
        try:
            await_port(port)
            url = f"http://127.0.0.1:{port}/"
            before = cpu_seconds(process.pid)
            load = post(url, "Bearer none", alerts, options, directory)
            return Round(load, cpu_seconds(process.pid) - before)
        finally:
            process.terminate()
            process.wait()


def await_port(port: int, seconds: float = 20) -> None:
    """Wait until something listens on a port of loopback; ConnectionError when nothing does in time."""
    begun = time.monotonic()
    while True:
        try:
            socket.create_connection(("127.0.0.1", port), 1).close()
        except ConnectionError:
            if time.monotonic() - begun > seconds:
                raise
            time.sleep(0.05)
        else:
            return


def pingparrot(alerts: int, options: argparse.Namespace) -> Round:
    """Measure PingParrot, wait until it has delivered everything, and count what it stored."""
    with scratch() as directory, Receiver() as receiver, Server(directory) as server:
        server.start()
        key = server.people_and_key(receiver)
        assert server.process is not None
        before = cpu_seconds(server.process.pid)
        address = options.grafana or "/api/adapters/alertmanager"
        load = post(f"{server.url}{address}", f"Bearer {key}", alerts, options, directory)
        used = cpu_seconds(server.process.pid) - before
        drained = drain(server.database)
        server.stop()
        found = faults(server.database, receiver, load, alerts, options.connections)
        return Round(load, used, found, drained)


def drain(database: Path) -> float:
    """Wait until all first notifications are finished; returns the seconds taken, DRAIN_S at most."""
    begun = time.monotonic()
    waiting = (
        "SELECT EXISTS (SELECT 1 FROM notifications WHERE kind = 'page' AND state IN ('due', 'sending'))"
    )
    with closing(sqlite3.connect(f"file:{database}?mode=ro", uri=True, timeout=10)) as connection:
        while time.monotonic() - begun < DRAIN_S:
            if connection.execute(waiting).fetchone() == (0,):
                break
            time.sleep(0.2)
    return time.monotonic() - begun


def faults(database: Path, receiver: Receiver, load: Load, alerts: int, connections: int) -> tuple[str, ...]:
    """Return what the burst's promises lack; requests that wrk cut off at its end may be stored or not."""
    accepted = load.requests - load.refused
    with closing(sqlite3.connect(f"file:{database}?mode=ro", uri=True)) as connection:

        def count(query: str) -> int:
            return int(connection.execute(query).fetchone()[0])

        pages = count("SELECT count(*) FROM pages")
        incidents = count("SELECT count(*) FROM incidents WHERE page_id IS NOT NULL")
        sent = count("SELECT count(DISTINCT page_id) FROM notifications WHERE state = 'sent'")
    found = []
    if load.refused or load.socket_errors:
        found.append(f"{load.refused} answers were not 2xx, {load.socket_errors} connections failed")
    if not accepted <= pages <= accepted + connections:
        found.append(f"{accepted} webhooks were answered 2xx and {pages} pages stored")
    if incidents != pages * alerts:
        found.append(f"{pages} pages of {alerts} alerts have {incidents} incidents")
    if sent != pages or len(receiver.deliveries) < pages:
        found.append(f"{sent} of {pages} pages were sent and {len(receiver.deliveries)} messages arrived")
    return tuple(found)


@contextmanager
def scratch() -> Iterator[Path]:
    """A directory on the checkout's disk; /tmp may be in memory, where a flush costs nothing."""
    with tempfile.TemporaryDirectory(prefix=".bench-", dir=HERE.parent) as name:
        yield Path(name)


def row(name: str, alerts: int, rounds: list[Round], ratio: float | None) -> str:
    """Return a line of the table: the median of the rounds by rate."""
    load = sorted((item.load for item in rounds), key=lambda item: item.rate)[len(rounds) // 2]
    errors = sum(item.load.refused + item.load.socket_errors for item in rounds)
    rate = statistics.median(item.load.rate for item in rounds)
    return (
        f"{name:<12} {alerts:>7} {rate:>11,.0f} {rate * alerts:>10,.0f} {load.p50_ms:>8.1f}"
        f" {load.p99_ms:>8.1f} {errors:>7} {'' if ratio is None else f'{ratio:.2f}':>6}"
        f" {sum(item.cpu_s for item in rounds) * 1000 / sum(item.load.requests for item in rounds):>7.2f}"
        f" {max(item.drained_s for item in rounds):>8.1f}"
    )


def main() -> int:
    """Measure, print the table, and return 1 when a promise was broken."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--seconds", type=int, default=8, help="of each burst")
    parser.add_argument("--rounds", type=int, default=2, help="of each kind; the table shows the median")
    parser.add_argument("--connections", type=int, default=16)
    parser.add_argument("--alerts", type=int, nargs="+", default=[1, 100], help="in a webhook")
    parser.add_argument(
        "--grafana",
        metavar="PATH",
        nargs="?",
        const="/api/adapters/grafana",
        help="post Grafana's bodies, to its adapter or to /api/external/pages",
    )
    options = parser.parse_args()
    if shutil.which("wrk") is None:
        parser.exit(2, "wrk is not installed (Debian: apt-get install wrk)\n")

    print(f"intake: wrk -t1 -c{options.connections} -d{options.seconds}s, {options.rounds} rounds")
    print(describe(HERE))
    print(
        f"{'':<12} {'alerts':>7} {'webhooks/s':>11} {'alerts/s':>10} {'p50 ms':>8} {'p99 ms':>8}"
        f" {'errors':>7} {'ratio':>6} {'cpu ms':>7} {'drain s':>8}"
    )
    broken: list[str] = []
    for alerts in options.alerts:
        limits, ours = [], []
        for _ in range(options.rounds):
            limits.append(bare(alerts, options))
            ours.append(pingparrot(alerts, options))
        limit = statistics.median(item.load.rate for item in limits)
        ratio = statistics.median(item.load.rate for item in ours) / limit
        print(row("bare limit", alerts, limits, None))
        print(row("pingparrot", alerts, ours, ratio), flush=True)
        broken += [fault for item in ours for fault in item.faults]
    print(f"target: a ratio of {TARGET} without errors; every page counted and delivered")
    for fault in broken:
        print(f"broken: {fault}")
    return 1 if broken else 0


if __name__ == "__main__":
    sys.exit(main())
