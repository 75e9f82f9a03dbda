"""From a webhook to the message at its receiver, on an idle server.

    .venv/bin/python bench/latency.py [--webhooks 200] [--every 0.1]

Each webhook is a new alert in a group of its own: it is authenticated, routed, stored and committed, and its
page delivered to a receiver on loopback. The clock starts before the webhook is sent and stops when the first
byte of the message arrives; SQLite, in-process broker, default settings.
"""

from __future__ import annotations

import argparse
import http.client
import secrets
import statistics
import sys
import tempfile
import time
from pathlib import Path

from machine import describe
from stage import Receiver, Server, webhook

TARGETS_MS = {"p50": 50, "p99": 150}
WARM_UP = 10


def send(server: Server, key: str, run: str, count: int, every_s: float) -> list[float]:
    """Send webhooks at a steady pace; returns when each was sent.

    Raises RuntimeError for an answer that is not 2xx.
    """
    connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=10)
    headers = {"Content-Type": "application/json", "Authorization": f"Bearer {key}"}
    sent = []
    for number in range(count):
        body = webhook(f"{run}-{number:05}")
        sent.append(time.perf_counter())
        connection.request("POST", "/api/adapters/alertmanager", body, headers)
        answer = connection.getresponse()
        text = answer.read()
        if not 200 <= answer.status < 300:
            raise RuntimeError(f"a webhook was answered {answer.status}: {text[:500]!r}")
        time.sleep(max(0.0, sent[-1] + every_s - time.perf_counter()))
    connection.close()
    return sent


def arrivals(receiver: Receiver, run: str, count: int) -> list[float]:
    """Wait for the first message of each webhook; returns when each arrived."""
    names = [f"{run}-{number:05}".encode() for number in range(count)]
    if not receiver.wait(lambda deliveries: len(deliveries) >= count, seconds=30):
        raise RuntimeError(f"{len(receiver.deliveries)} of {count} messages arrived")
    return [min(delivery.at for delivery in receiver.deliveries if name in delivery.body) for name in names]


def main() -> int:
    """Measure and print."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--webhooks", type=int, default=200)
    parser.add_argument("--every", type=float, default=0.1, help="seconds")
    options = parser.parse_args()
    run = secrets.token_hex(4)
    count = options.webhooks + WARM_UP
    with (
        tempfile.TemporaryDirectory(prefix=".bench-", dir=Path(__file__).parent.parent) as name,
        Receiver() as receiver,
        Server(Path(name)) as server,
    ):
        server.start()
        key = server.people_and_key(receiver)
        sent = send(server, key, run, count, options.every)
        arrived = arrivals(receiver, run, count)
        print(f"latency: {options.webhooks} webhooks, one every {options.every} s, after {WARM_UP} more")
        print(describe(Path(name)))
    taken = [(end - start) * 1000 for start, end in zip(sent, arrived, strict=True)][WARM_UP:]
    cuts = statistics.quantiles(taken, n=100, method="inclusive")
    figures = {"p50": cuts[49], "p90": cuts[89], "p99": cuts[98], "max": max(taken)}
    print("webhook sent to message received: " + ", ".join(f"{k} {v:.1f} ms" for k, v in figures.items()))
    print("targets: " + ", ".join(f"{k} {v} ms" for k, v in TARGETS_MS.items()))
    return 0


if __name__ == "__main__":
    sys.exit(main())
