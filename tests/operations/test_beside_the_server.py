"""What is done to a running server from beside it: the command line on its SQLite file, SIGHUP, a reload."""

from __future__ import annotations

import signal
import threading
from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from bench.stage import Server, webhook
from tests.operations.house import RULES, Client, eventually, server_on, settle, start_all
from tests.sinks import HttpSink

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def running(
    sqlite_template: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[tuple[Server, Client]]:
    folder = tmp_path_factory.mktemp("beside")
    path = folder / "pingparrot.db"
    path.write_bytes(sqlite_template.read_bytes())
    with ExitStack() as stack:
        sink = stack.enter_context(HttpSink())
        client = stack.enter_context(Client(settle(f"sqlite:///{path}", {"alice": [sink.url("json")]})))
        server = server_on(f"sqlite:///{path}", folder / "server")
        start_all(stack, [server])
        yield server, client


def test_commands_that_write_beside_a_busy_server_cost_no_webhook(running: tuple[Server, Client]) -> None:
    server, client = running
    answers: Counter[int] = Counter()
    over = threading.Event()

    def post() -> None:
        while not over.is_set():
            answers[client.post(server, webhook("host-beside")).status_code] += 1

    threads = [threading.Thread(target=post) for _ in range(4)]
    for thread in threads:
        thread.start()
    try:
        for number in range(3):
            made = server.command("user", "add", f"new{number}@example.com", "--name", "New")
            assert made["id"]
        key = server.command("key", "create", "grafana-eu")["key"]
    finally:
        over.set()
        for thread in threads:
            thread.join()
    assert answers.keys() == {200}
    with Client(key) as other:
        assert other.post(server, webhook("host-other")).status_code == 200


def test_sighup_reloads_the_rules(running: tuple[Server, Client]) -> None:
    server, _ = running
    reloads = _reloads(server)
    assert server.process is not None
    server.process.send_signal(signal.SIGHUP)
    assert eventually(lambda: _reloads(server) > reloads)


def test_a_reload_from_the_machine_itself_says_how_it_went(running: tuple[Server, Client]) -> None:
    server, client = running
    rules = server.directory / "rules.yml"
    rules.write_text(RULES.replace("everything", "posted"))
    good = client.ask(server, "POST", "/-/reload")
    assert (good.status_code, good.json()["last_reload_successful"]) == (200, True)
    assert _route(server, client) == "posted"
    rules.write_text("routes: [\n")
    bad = client.ask(server, "POST", "/-/reload")
    assert bad.status_code == 422
    assert bad.json()["findings"][0]["line"]
    assert _route(server, client) == "posted"
    metric = 'pingparrot_rules_last_reload_successful{rules_namespace=""}'
    assert f"{metric} 0.0" in client.ask(server, "GET", "/metrics").text
    rules.write_text(RULES)
    assert client.ask(server, "POST", "/-/reload").status_code == 200
    assert f"{metric} 1.0" in client.ask(server, "GET", "/metrics").text


def _reloads(server: Server) -> int:
    return server.log.read_text().count('"rules reloaded"')


_asked = iter(range(1_000_000))


def _route(server: Server, client: Client) -> str:
    name: str = client.fire(server, f"host-asks-{next(_asked)}")["alerts"][0]["route"]
    return name
