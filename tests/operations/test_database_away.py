"""PostgreSQL that goes away under load, and comes back."""

from __future__ import annotations

import threading
import time
from collections import Counter
from contextlib import ExitStack
from pathlib import Path

import pytest

from bench.stage import Receiver, Server, webhook
from router.store.migrate import upgrade
from tests.operations.house import Client, eventually, server_on, settle, start_all, told_of, using
from tests.servers import run_postgres

pytestmark = pytest.mark.slow

SENDERS = 4


class Load:
    """Senders that post one new alert after the other, each until it is answered 2xx."""

    def __init__(self, server: Server, client: Client) -> None:
        self.accepted: list[str] = []
        self.refusals: Counter[int] = Counter()
        self.without_retry_after = 0
        self._server = server
        self._client = client
        self._stop = threading.Event()
        self._threads = [threading.Thread(target=self._send, args=(number,)) for number in range(SENDERS)]

    def __enter__(self) -> Load:
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stop.set()
        for thread in self._threads:
            thread.join()

    def _send(self, sender: int) -> None:
        count = 0
        while not self._stop.is_set():
            count += 1
            instance = f"host-{sender}-{count}"
            body = webhook(instance)
            while not self._posted(body):
                time.sleep(0.05)
            self.accepted.append(instance)
            time.sleep(0.02)

    def _posted(self, body: bytes) -> bool:
        answer = self._client.post(self._server, body)
        if answer.is_success:
            return True
        self.refusals[answer.status_code] += 1
        self.without_retry_after += "retry-after" not in answer.headers
        return False


def test_a_database_that_goes_away_under_load_costs_no_alert_that_was_accepted(tmp_path: Path) -> None:
    with ExitStack() as stack:
        cluster = stack.enter_context(run_postgres(keeps_commits=True))
        url = cluster.url(cluster.create())
        with using(url) as database:
            upgrade(database)
        receiver = stack.enter_context(Receiver())
        client = stack.enter_context(Client(settle(url, {"alice": [receiver.contact]})))
        server = server_on(url, tmp_path / "server")
        start_all(stack, [server])
        with Load(server, client) as load:
            for _ in range(2):
                before = len(load.accepted)
                assert eventually(lambda before=before: len(load.accepted) > before + 20)  # type: ignore[misc]
                cluster.crash()
                try:
                    refused = sum(load.refusals.values())
                    assert eventually(lambda refused=refused: sum(load.refusals.values()) > refused + 5)  # type: ignore[misc]
                    assert client.ask(server, "GET", "/healthz").status_code == 200
                    assert client.ask(server, "GET", "/readyz").status_code == 503
                finally:
                    cluster.start()
            after = len(load.accepted)
            assert eventually(lambda: len(load.accepted) > after + 20)
        assert client.ask(server, "GET", "/readyz").status_code == 200
        assert load.refusals.keys() == {503}
        assert load.without_retry_after == 0
        accepted = set(load.accepted)
        assert receiver.wait(lambda got: accepted <= set(told_of(got)), 60), accepted - set(
            told_of(receiver.deliveries)
        )
