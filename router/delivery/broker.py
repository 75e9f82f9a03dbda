"""The broker that carries notification ids: in the process by default, Redis or RabbitMQ by URL."""

from __future__ import annotations

from collections import defaultdict, deque
from typing import Any

from dramatiq import Broker
from dramatiq.brokers.stub import StubBroker
from dramatiq.middleware import (
    AgeLimit,
    CurrentMessage,
    Middleware,
    Retries,
    ShutdownNotifications,
    TimeLimit,
)

QUEUE = "deliver"
_TIME_LIMIT_MS = 25_000  # under the lease; channels give up long before
_MESSAGE_AGE_MS = 600_000  # an id that waited longer has been handed over again
_DEAD_LETTERS = 100


class InProcessBroker(StubBroker):
    """Dramatiq's StubBroker without its test habit of keeping every dead letter for ever."""

    def __init__(self, middleware: list[Middleware]) -> None:
        super().__init__(middleware)
        self.dead_letters_by_queue: Any = defaultdict(lambda: deque(maxlen=_DEAD_LETTERS))


def make_in_process_broker() -> Broker:
    """Return a new broker for one process; none becomes Dramatiq's global one."""
    return InProcessBroker(_middleware())


def make_broker(url: str) -> Broker:
    """Return a new broker between processes.

    Parameters:
      url: `redis://…`, `rediss://…`, `amqp://…` or `amqps://…`.
    Raises ValueError for any other.
    """
    middleware = _middleware()
    if url.startswith(("redis://", "rediss://")):
        from dramatiq.brokers.redis import RedisBroker

        return RedisBroker(url=url, middleware=middleware, namespace="pingparrot")  # type: ignore[no-untyped-call]
    if url.startswith(("amqp://", "amqps://")):
        from dramatiq.brokers.rabbitmq import RabbitmqBroker

        return RabbitmqBroker(url=url, middleware=middleware, confirm_delivery=True)
    raise ValueError(f"the broker URL starts with {url.split(':', 1)[0]!r}: use redis://… or amqp://…")


def _middleware() -> list[Middleware]:
    return [
        AgeLimit(max_age=_MESSAGE_AGE_MS),
        TimeLimit(time_limit=_TIME_LIMIT_MS),
        ShutdownNotifications(),
        CurrentMessage(),
        Retries(max_retries=0),  # the notification's row owns retries
    ]
