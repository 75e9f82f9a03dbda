"""A server that is killed under load loses nothing that it answered 2xx."""

from __future__ import annotations

import random
import re
import sqlite3
import threading
import time
from collections import Counter
from contextlib import closing

import httpx2
import pytest

from bench.stage import Delivery, Receiver, Server, webhook

KILLS = 5
SENDERS = 8
PAUSE_S = 0.02
INSTANCE = re.compile(rb"host-\d-\d{5}")


class Stream:
    """Senders of one new alert after the other, each posted until it is answered 2xx."""

    def __init__(self, server: Server, key: str) -> None:
        self.answered: list[str] = []
        self._url = f"{server.url}/api/adapters/alertmanager"
        self._headers = {"Authorization": f"Bearer {key}", "Content-Type": "application/json"}
        self._stop = threading.Event()
        self._threads = [threading.Thread(target=self._send, args=(number,)) for number in range(SENDERS)]

    def start(self) -> None:
        for thread in self._threads:
            thread.start()

    def finish(self) -> None:
        """Let every sender end with the answer to its last alert."""
        self._stop.set()
        for thread in self._threads:
            thread.join()

    def _send(self, number: int) -> None:
        with httpx2.Client(headers=self._headers, timeout=10) as http:
            count = 0
            while not self._stop.is_set():
                count += 1
                instance = f"host-{number}-{count:05}"
                self._until_accepted(http, webhook(instance))
                self.answered.append(instance)
                time.sleep(PAUSE_S)

    def _until_accepted(self, http: httpx2.Client, body: bytes) -> None:
        while True:
            try:
                if http.post(self._url, content=body).is_success:
                    return
            except httpx2.TransportError:
                time.sleep(0.02)
            else:
                time.sleep(0.02)


@pytest.mark.slow
@pytest.mark.timeout(240)
def test_kill_9_under_load_leaves_one_delivered_page_for_every_accepted_alert(
    server: Server, receiver: Receiver
) -> None:
    accepted = killed_under_load(server, receiver)
    receiver.wait(lambda got: accepted.keys() <= _told(got), seconds=100)
    assert _pages_by_instance(server) == accepted
    lost = accepted.keys() - _told(receiver.deliveries)
    assert lost == set(), f"of {len(accepted)} these were not delivered"


@pytest.mark.slow
@pytest.mark.timeout(240)
def test_kill_9_in_a_storm_leaves_every_page_told_of_alone_or_by_digest(
    server: Server, receiver: Receiver
) -> None:
    (server.directory / "rules.yml").write_text(server.rules.replace("burst: 0", "burst: 5"))
    accepted = killed_under_load(server, receiver)
    until = time.monotonic() + 150  # digests come a minute apart
    while _untold(server) and time.monotonic() < until:
        time.sleep(0.2)
    assert _pages_by_instance(server) == accepted
    assert _untold(server) == 0
    assert len(receiver.deliveries) < len(accepted) / 5


def killed_under_load(server: Server, receiver: Receiver) -> Counter[str]:
    """Kill a server again and again while alerts come; returns the instances that it answered 2xx."""
    server.start()
    stream = Stream(server, server.people_and_key(receiver))
    stream.start()
    try:
        for _ in range(KILLS):
            time.sleep(random.uniform(0.2, 1.5))
            server.kill()
            server.start()
        time.sleep(0.5)
    finally:
        stream.finish()
    return Counter(stream.answered)


def _untold(server: Server) -> int:
    """Count the recipients that no message has reached."""
    with closing(sqlite3.connect(f"file:{server.database}?mode=ro", uri=True)) as connection:
        (count,) = connection.execute(
            "SELECT count(*) FROM recipients WHERE first_sent_at IS NULL"
        ).fetchone()
    return int(count)


def _told(deliveries: list[Delivery]) -> set[str]:
    """Return the instances that messages spoke of."""
    return {name.decode() for delivery in deliveries for name in INSTANCE.findall(delivery.body)}


def _pages_by_instance(server: Server) -> Counter[str]:
    """Count the pages that hold an alert of each instance; a page without one counts under the empty name."""
    query = """
        SELECT DISTINCT coalesce(json_extract(incidents.labels, '$.instance'), ''), pages.id
        FROM pages LEFT JOIN incidents ON incidents.page_id = pages.id
    """
    with closing(sqlite3.connect(f"file:{server.database}?mode=ro", uri=True)) as connection:
        return Counter(instance for instance, _ in connection.execute(query))
