"""`pingparrot api` and `pingparrot worker`, with a broker between them that may lose everything."""

from __future__ import annotations

import signal
import statistics
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass

import pytest

from bench.stage import Receiver, Server
from tests.operations.house import Client, server_on, settle, start_all, told_of
from tests.servers import Postgres, RabbitMq, Redis, run_rabbitmq, run_redis

pytestmark = pytest.mark.slow


@dataclass
class Fleet:
    """What a test holds."""

    api: Server
    worker: Server
    broker: Redis | RabbitMq
    receiver: Receiver
    client: Client

    def fire(self, name: str, count: int) -> list[str]:
        """Post new alerts, each answered 2xx; returns their instances."""
        instances = [f"host-{name}-{number}" for number in range(count)]
        for instance in instances:
            self.client.fire(self.api, instance)
        return instances

    def wait_for(self, instances: list[str], seconds: float = 30) -> None:
        """Return once each was delivered, and each once."""
        wanted = set(instances)
        came = self.receiver.wait(lambda got: wanted <= set(told_of(got)), seconds)
        counts = Counter(instance for instance in told_of(self.receiver.deliveries) if instance in wanted)
        assert came, f"{wanted - counts.keys()} were not delivered"
        assert counts == dict.fromkeys(instances, 1)


@pytest.fixture(scope="module", params=[run_redis, run_rabbitmq], ids=["redis", "rabbitmq"])
def started_fleet(
    request: pytest.FixtureRequest,
    postgres: Postgres,
    postgres_template: str,
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[Fleet]:
    folder = tmp_path_factory.mktemp("fleet")
    name = postgres.create(postgres_template)
    url = postgres.url(name)
    with ExitStack() as stack:
        stack.callback(postgres.drop, name)
        broker = stack.enter_context(request.param())
        receiver = stack.enter_context(Receiver())
        client = stack.enter_context(Client(settle(url, {"alice": [receiver.contact]})))
        api = server_on(url, folder / "api", role="api", broker_url=broker.url)
        worker = server_on(url, folder / "worker", role="worker", broker_url=broker.url)
        start_all(stack, [api, worker])
        yield Fleet(api, worker, broker, receiver, client)


@pytest.fixture
def fleet(started_fleet: Fleet) -> Fleet:
    """The fleet, all of it running."""
    started_fleet.broker.start()
    return started_fleet


@contextmanager
def stopped(server: Server) -> Iterator[None]:
    """Keep a process from running for a while, as a machine does that has other things to do."""
    assert server.process is not None
    server.process.send_signal(signal.SIGSTOP)
    try:
        yield
    finally:
        server.process.send_signal(signal.SIGCONT)


def test_what_the_api_takes_the_worker_delivers(fleet: Fleet) -> None:
    took = []
    for number in range(20):
        begun = time.perf_counter()
        (instance,) = fleet.fire(f"latency{number}", 1)
        fleet.wait_for([instance])
        took.append(time.perf_counter() - begun)
    print(f"webhook to delivery over the broker: median {statistics.median(took) * 1000:.0f} ms")


def test_ids_that_the_broker_forgets_are_found_in_the_database(fleet: Fleet) -> None:
    with stopped(fleet.worker):
        instances = fleet.fire("forgotten", 20)
        fleet.broker.forget()
    fleet.wait_for(instances)


def test_a_broker_that_is_away_costs_neither_a_webhook_nor_a_page(fleet: Fleet) -> None:
    fleet.broker.kill()
    while_away = fleet.fire("away", 20)
    fleet.wait_for(while_away)
    fleet.broker.start()
    fleet.wait_for(fleet.fire("back", 5))


def test_a_worker_whose_broker_is_away_stops_in_good_order(fleet: Fleet) -> None:
    fleet.broker.kill()
    try:
        begun = time.monotonic()
        assert (fleet.api.stop(), fleet.worker.stop()) == (0, 0)
        assert time.monotonic() - begun < 15
    finally:
        fleet.api.start()
        fleet.worker.start()
