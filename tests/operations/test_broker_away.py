"""A worker whose broker is away."""

from __future__ import annotations

import logging

import pytest
from structlog.testing import capture_logs

from router.delivery.broker import QUEUE, make_broker
from router.delivery.relay import Relay
from tests.operations.house import eventually
from tests.servers import free_port

CONSUMER = f"dramatiq.worker.ConsumerThread({QUEUE}"


@pytest.mark.parametrize("scheme", ["redis", "amqp"])
def test_a_broker_that_is_away_is_one_line_of_ours(scheme: str, caplog: pytest.LogCaptureFixture) -> None:
    relay = Relay(make_broker(f"{scheme}://127.0.0.1:{free_port()}/0"), lambda _: None)
    with capture_logs() as logs, caplog.at_level(logging.INFO):
        relay.start()
        said = eventually(lambda: any(line["event"] == "broker does not answer" for line in logs))
        relay.stop()

    consumers = [record for record in caplog.records if record.name.startswith(("pika", CONSUMER))]
    assert said
    assert [record.getMessage() for record in consumers] == []
