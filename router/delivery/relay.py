"""Word of new notifications from processes that take webhooks to those that send, through a broker.

It is a wake-up call and nothing more: workers find in the database what the broker loses.
"""

from __future__ import annotations

import logging
import threading
import time
from collections import deque
from collections.abc import Callable, Sequence

import dramatiq
import structlog
from dramatiq import Broker, Worker

from router.delivery.broker import QUEUE
from router.store.writer import Handed

_WAITING = 10_000
_REST_S = 1.0
_THREADS = 2
_STOP_MS = 2_000
_WORKER_TIMEOUT_MS = 100  # Redis is polled this often; the default of a second would delay every page
_SAY_AGAIN_S = 30.0
_CONSUMERS = [
    logging.getLogger(f"dramatiq.worker.ConsumerThread({queue})")
    for queue in (QUEUE, f"{QUEUE}.DQ")  # its delay queue has a consumer, too
]
_log = structlog.get_logger(__name__)


class Quietened(logging.Filter):
    """Says in one line of ours, twice a minute at most, what Dramatiq's consumers say every second in many.

    A broker that is away is no emergency: work is found in the database.
    """

    def __init__(self) -> None:
        super().__init__()
        self._said_at = -_SAY_AGAIN_S

    def filter(self, record: logging.LogRecord) -> bool:
        """Return whether a line is logged as it is."""
        if record.levelno < logging.CRITICAL:
            return record.levelno > logging.INFO
        if time.monotonic() - self._said_at >= _SAY_AGAIN_S:
            self._said_at = time.monotonic()
            cause = record.exc_info[1] if record.exc_info else next(iter(record.args or ()), None)
            _log.warning("broker does not answer", error=type(cause).__name__)
        return False


class Relay:
    """Publishes what was committed here, or passes on what was published elsewhere.

    Parameters:
      pass_on: what a process that sends does with word of a notification; None to publish only.
    """

    def __init__(self, broker: Broker, pass_on: Callable[[Sequence[Handed]], None] | None = None) -> None:
        self._broker = broker
        self._pass_on = pass_on
        self._waiting: deque[Handed] = deque(maxlen=_WAITING)
        self._changed = threading.Condition()
        self._stopping = False
        declare = dramatiq.actor(broker=broker, queue_name=QUEUE, actor_name="wake")
        self._actor = declare(self._heard)
        self._quietened = Quietened()
        self._worker: Worker | None = None
        self._thread = threading.Thread(target=self._publish, name="relay", daemon=True)

    def start(self) -> None:
        """Start to publish, and to pass on if this process sends."""
        if self._pass_on is not None:
            for logger in _CONSUMERS:
                logger.addFilter(self._quietened)
            self._worker = Worker(self._broker, worker_threads=_THREADS, worker_timeout=_WORKER_TIMEOUT_MS)
            self._worker.start()
        self._thread.start()

    def stop(self) -> None:
        """Stop; what was not published is found in the database."""
        with self._changed:
            self._stopping = True
            self._changed.notify_all()
        if self._thread.is_alive():
            self._thread.join(_STOP_MS / 1000)
        try:
            if self._worker is not None:
                self._worker.stop(timeout=_STOP_MS)
            self._broker.close()
        except Exception as error:  # noqa: BLE001 - a broker that is away must not keep a process from stopping
            _log.warning("broker does not answer", error=type(error).__name__)
        for logger in _CONSUMERS:
            logger.removeFilter(self._quietened)

    def hand_over(self, handed: Sequence[Handed]) -> None:
        """Publish notifications that have just been committed; never blocks."""
        with self._changed:
            self._waiting.extend(handed)
            self._changed.notify_all()

    def _heard(self, notification_id: int, attempts: int, destination: str) -> None:
        assert self._pass_on is not None
        self._pass_on([Handed(notification_id, attempts, destination)])

    def _publish(self) -> None:
        while True:
            with self._changed:
                self._changed.wait_for(lambda: self._stopping or self._waiting)
                if self._stopping:
                    return
                handed = list(self._waiting)
                self._waiting.clear()
            try:
                for one in handed:
                    self._actor.send(*one)
            except Exception as error:  # noqa: BLE001 - the broker is away; workers sweep the database
                _log.warning("broker does not answer", error=type(error).__name__)
                with self._changed:
                    self._changed.wait_for(lambda: self._stopping, timeout=_REST_S)
