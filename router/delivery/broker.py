"""The broker that carries notification ids: in the process by default, Redis or RabbitMQ by URL."""

from __future__ import annotations

import logging
from collections import defaultdict, deque
from typing import Any

from dramatiq import Broker
from dramatiq.brokers.stub import StubBroker
from dramatiq.middleware import AgeLimit, Middleware

QUEUE = "deliver"
_MESSAGE_AGE_MS = 600_000  # an id that waited longer has been found in the database long ago
_DEAD_LETTERS = 100
_CONNECT_S = 2.0
_ANSWER_S = 5.0


class InProcessBroker(StubBroker):
    """Dramatiq's StubBroker without its test habit of keeping every dead letter for ever.

    It has no middleware: each message runs, whatever the clock says, so that what is in hand is counted
    right; the notification's row owns retries, and channels their own time limits. A TimeLimit would break
    in between a send and its recording.
    """

    def __init__(self) -> None:
        super().__init__([])
        self.dead_letters_by_queue: Any = defaultdict(lambda: deque(maxlen=_DEAD_LETTERS))


def make_in_process_broker() -> Broker:
    """Return a new broker for one process; none becomes Dramatiq's global one."""
    return InProcessBroker()


def make_broker(url: str) -> Broker:
    """Return a new broker between processes.

    Parameters:
      url: `redis://…`, `rediss://…`, `amqp://…` or `amqps://…`.
    Raises ValueError for any other.
    """
    middleware: list[Middleware] = [AgeLimit(max_age=_MESSAGE_AGE_MS)]
    if url.startswith(("redis://", "rediss://")):
        return _redis(url, middleware)
    if url.startswith(("amqp://", "amqps://")):
        from dramatiq.brokers.rabbitmq import RabbitmqBroker

        # A broker that is away is ten lines of pika's, every few seconds; the relay says it in one.
        logging.getLogger("pika").setLevel(logging.CRITICAL)
        return RabbitmqBroker(url=url, middleware=middleware, confirm_delivery=True)
    raise ValueError(f"the broker URL starts with {url.split(':', 1)[0]!r}: use redis://… or amqp://…")


def ask(url: str) -> None:
    """Connect to a broker between processes and put nothing there; raises what its library does."""
    broker: Any = make_broker(url)
    if url.startswith("redis"):
        broker.client.ping()
    else:
        broker.connection.close()


def _redis(url: str, middleware: list[Middleware]) -> Broker:
    """One that gives up on a Redis that does not answer: what is not said there is found in the database."""
    from dramatiq.brokers.redis import RedisBroker
    from redis import Redis
    from redis.backoff import NoBackoff
    from redis.retry import Retry

    client = Redis.from_url(
        url, socket_connect_timeout=_CONNECT_S, socket_timeout=_ANSWER_S, retry=Retry(NoBackoff(), 1)
    )
    return RedisBroker(client=client, middleware=middleware, namespace="pingparrot")  # type: ignore[no-untyped-call]
