"""A provider that takes connections and never answers."""

from __future__ import annotations

from contextlib import ExitStack
from pathlib import Path

import pytest

from tests.operations.house import Client, server_on, settle, start_all
from tests.sinks import HttpSink, silent_server

RULES = """\
defaults: {chain: dead, burst: 0} # every page by itself
chains:
  dead: {steps: [{page: {user: alice@example.com}}]}
  alive: {steps: [{page: {user: bob@example.com}}]}
routes:
  - {name: alive, matchers: [owner="bob"], chain: alive}
"""


@pytest.mark.slow
def test_many_pages_by_a_dead_provider_do_not_delay_other_people(tmp_path: Path, sqlite_url: str) -> None:
    with ExitStack() as stack:
        dead = stack.enter_context(silent_server())
        alive = stack.enter_context(HttpSink())
        people = {"alice": [f"json://127.0.0.1:{dead}/"], "bob": [alive.url("json")]}
        client = stack.enter_context(Client(settle(sqlite_url, people)))
        server = server_on(sqlite_url, tmp_path / "server", rules=RULES, delivery_threads="4")
        start_all(stack, [server])
        for number in range(40):
            client.fire(server, f"host-dead-{number}")
        for number in range(20):
            client.fire(server, f"host-alive-{number}", owner="bob")
        alive.wait_for(20, seconds=30)  # one try at the dead one takes 7 s, and there are forty


@pytest.mark.slow
def test_two_dead_providers_do_not_delay_a_third(tmp_path: Path, sqlite_url: str) -> None:
    rules = RULES.replace(
        "{user: alice@example.com}", "[{user: alice@example.com}, {user: carol@example.com}]"
    )
    with ExitStack() as stack:
        dead, gone = (stack.enter_context(silent_server()) for _ in range(2))
        alive = stack.enter_context(HttpSink())
        people = {
            "alice": [f"json://127.0.0.1:{dead}/"],
            "carol": [f"json://127.0.0.1:{gone}/"],
            "bob": [alive.url("json")],
        }
        client = stack.enter_context(Client(settle(sqlite_url, people)))
        server = server_on(sqlite_url, tmp_path / "server", rules=rules, delivery_threads="4")
        start_all(stack, [server])
        for number in range(20):
            client.fire(server, f"host-dead-{number}")
        for number in range(20):
            client.fire(server, f"host-alive-{number}", owner="bob")
        alive.wait_for(20, seconds=30)
