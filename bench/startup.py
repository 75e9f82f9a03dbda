"""From the start of the process to the first 200 of `/readyz`, and the memory of an idle server.

    .venv/bin/python bench/startup.py [--starts 5]

The first start makes the database; the others find it there, with a person, a key and rules.
"""

from __future__ import annotations

import argparse
import statistics
import sys
import tempfile
import time
from pathlib import Path

from latency import send
from machine import describe
from stage import Receiver, Server

IDLE_S = 5.0
PAGES = 50


def main() -> int:
    """Measure and print."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--starts", type=int, default=5, help="beside the first")
    options = parser.parse_args()
    with (
        tempfile.TemporaryDirectory(prefix=".bench-", dir=Path(__file__).parent.parent) as name,
        Receiver() as receiver,
        Server(Path(name)) as server,
    ):
        print(f"start-up: {options.starts} starts")
        print(describe(Path(name)))
        first = server.start()
        key = server.people_and_key(receiver)
        later = []
        for _ in range(options.starts):
            server.stop()
            later.append(server.start())
        time.sleep(IDLE_S)
        idle = server.resident_mb()
        send(server, key, "startup", PAGES, 0.05)
        receiver.wait(lambda deliveries: len(deliveries) >= PAGES, seconds=30)
        time.sleep(IDLE_S)
        used = server.resident_mb()
    print(
        f"ready: {statistics.median(later):.2f} s (worst {max(later):.2f}), {first:.2f} s with a new database"
    )
    print(f"resident: {idle:.0f} MB idle after the start, {used:.0f} MB idle after {PAGES} pages")
    print("targets: ready in 1.5 s, 100 MB")
    return 0


if __name__ == "__main__":
    sys.exit(main())
