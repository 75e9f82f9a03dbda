"""A real Prometheus rule, through a real Alertmanager, to a person who acknowledges."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path

import pytest

from bench.stage import Delivery, Receiver, Server
from tests.e2e.client import Person
from tests.e2e.monitoring import Target, watch

RULES = """\
defaults: {chain: oncall, repeat_interval: 30s}
chains: {oncall: {steps: [{page: {user: oncall@example.com}}]}}
routes:
  - name: shop
    matchers: [alertname="InstanceDown", severity="critical"]
"""


def told_of(target: Target, times: int) -> Callable[[list[Delivery]], bool]:
    return lambda deliveries: sum(target.instance.encode() in one.body for one in deliveries) >= times


@pytest.mark.slow
@pytest.mark.timeout(180)
def test_an_outage_pages_until_acknowledged_and_its_end_closes_the_page(
    tmp_path: Path, receiver: Receiver
) -> None:
    directory = tmp_path / "pingparrot"
    directory.mkdir()
    taken, ignored = Target(), Target()
    with ExitStack() as stack:
        server = stack.enter_context(Server(directory, rules=RULES))
        server.start()
        server.command(
            "user", "add", "oncall@example.com", "--name", "On Call", "--password-stdin", given="parrot-of-42"
        )
        server.command("contact", "add", "oncall@example.com", receiver.contact)
        key = server.command("key", "create", "prometheus-eu", "--kind", "alertmanager")["key"]
        person = Person(server, "oncall@example.com", "parrot-of-42")
        stack.callback(person.close)
        stack.enter_context(watch([taken, ignored], server.url, key, tmp_path / "monitoring"))

        for target in (taken, ignored):
            assert receiver.wait(told_of(target, 1), 30), "no page was delivered"
        pages = {
            target.instance: page["id"]
            for page in person.pages()
            for target in (taken, ignored)
            if target.instance in page["subject"]
        }
        assert len(pages) == len(person.pages()) == 2

        for target in (taken, ignored):
            assert receiver.wait(told_of(target, 2), 45), "the page was not repeated"
        person.acknowledge(pages[taken.instance])
        assert person.page(pages[taken.instance])["status"] == "acknowledged"
        assert person.page(pages[ignored.instance])["status"] == "active"

        stack.enter_context(taken.up())
        stack.enter_context(ignored.up())
        closed = {
            target: person.wait_for_page(
                pages[target.instance], lambda page: page["closed_at"] is not None, seconds=40
            )
            for target in (taken, ignored)
        }
        assert closed[taken]["status"] == "acknowledged"
        assert closed[ignored]["status"] == "cancelled"
        assert {page["closed_reason"] for page in closed.values()} == {"resolved"}
