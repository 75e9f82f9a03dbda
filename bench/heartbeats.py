"""Heartbeats beside a busy intake: how many beats a second are on disk, and what they cost the webhooks.

    .venv/bin/python bench/heartbeats.py [--seconds 8] [--jobs 200] [--connections 16]

Three bursts of wrk in one run, each on an empty SQLite database with synchronous=FULL: webhooks at the bare
limit (bench/bare_limit.py), webhooks alone at `pingparrot serve`, and webhooks and beats of so many jobs by
their addresses at the same time. Every ratio is to the bare limit. Afterwards the rows are looked at: every
job must have been heard, and every webhook stored.
"""

from __future__ import annotations

import argparse
import shutil
import sqlite3
import sys
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing

from intake import HERE, Load, bare, post, scratch
from machine import describe
from stage import RULES, Receiver, Server


def busy(options: argparse.Namespace, *, beating: bool) -> tuple[Load, Load | None, list[str]]:
    """Measure PingParrot's intake, alone or beside beats; returns both loads and what is missing after."""
    names = [f"job-{number}" for number in range(1, options.jobs + 1)]
    rules = RULES + "heartbeats:\n" + "".join(f"  {name}: {{within: 1h}}\n" for name in names)
    with scratch() as directory, Receiver() as receiver, Server(directory, rules) as server:
        server.start()
        key = f"Bearer {server.people_and_key(receiver)}"
        address = f"{server.url}/api/adapters/alertmanager"
        with ThreadPoolExecutor(2) as threads:
            webhooks = threads.submit(post, address, key, 1, options, directory)
            jobs = (
                threads.submit(post, server.url, key, 1, options, directory, options.jobs)
                if beating
                else None
            )
            load, beats = webhooks.result(), jobs.result() if jobs is not None else None
        server.stop()
        return load, beats, missing(server, load, options, beating=beating)


def missing(server: Server, load: Load, options: argparse.Namespace, *, beating: bool) -> list[str]:
    """Return what the answers promised and the database lacks."""
    with closing(sqlite3.connect(f"file:{server.database}?mode=ro", uri=True)) as connection:
        (pages,) = connection.execute("SELECT count(*) FROM pages").fetchone()
        (heard,) = connection.execute("SELECT count(*) FROM heartbeats WHERE has_beaten").fetchone()
    faults = []
    if pages < load.requests - load.refused:
        faults.append(f"{load.requests - load.refused} webhooks were answered 2xx and {pages} pages stored")
    if beating and heard < options.jobs:
        faults.append(f"{heard} of {options.jobs} jobs were heard")
    return faults


def row(name: str, load: Load, limit: float) -> str:
    """Return a line of the table."""
    errors = load.refused + load.socket_errors
    return (
        f"{name:<28} {load.rate:>9,.0f} {load.rate / limit:>6.2f} {load.p50_ms:>8.1f} {load.p99_ms:>8.1f}"
        f" {errors:>7}"
    )


def main() -> int:
    """Measure, print the table, and return 1 when a promise was broken."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--seconds", type=int, default=8, help="of each burst")
    parser.add_argument("--jobs", type=int, default=200, help="that beat, at most 1,000")
    parser.add_argument("--connections", type=int, default=16, help="of webhooks, and as many of beats")
    options = parser.parse_args()
    options.grafana = None
    if shutil.which("wrk") is None:
        parser.exit(2, "wrk is not installed (Debian: apt-get install wrk)\n")
    print(f"heartbeats: {options.jobs} jobs, wrk -t1 -c{options.connections} -d{options.seconds}s")
    print(describe(HERE))
    print(f"{'':<28} {'a second':>9} {'ratio':>6} {'p50 ms':>8} {'p99 ms':>8} {'errors':>7}")
    limit = bare(1, options).load
    print(row("bare limit, webhooks", limit, limit.rate))
    alone, _, faults = busy(options, beating=False)
    print(row("webhooks alone", alone, limit.rate), flush=True)
    beside, beats, more = busy(options, beating=True)
    assert beats is not None
    print(row("webhooks beside beats", beside, limit.rate))
    print(row("beats beside webhooks", beats, limit.rate))
    for fault in (*faults, *more):
        print(f"broken: {fault}")
    return 1 if faults or more or beats.refused or beside.refused else 0


if __name__ == "__main__":
    sys.exit(main())
