"""From the outbox to the broker: at once after a commit, and by sweeping for what was left or lost."""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable, Sequence
from datetime import timedelta

import dramatiq
import structlog
from dramatiq import Broker, Worker

from router.clock import Clock
from router.delivery.broker import QUEUE, InProcessBroker
from router.delivery.send import Sender
from router.store import outbox
from router.store.engine import Database
from router.store.writer import Handed, Writer

SLOTS_EACH = 8
"""Sends under way to one destination; fewer than the threads, so that others always find one."""

_SWEEP_S = 0.25
_IN_HAND_PER_THREAD = 2
_IN_HAND_WHEN_BUSY = 1
_WAITING = 1_000
_HOLD_IN_PROCESS = timedelta(seconds=10)
_HOLD_IN_BROKER = timedelta(seconds=20)
_WORKER_TIMEOUT_MS = 100  # Redis is polled this often; the default of a second would delay every page
_log = structlog.get_logger(__name__)


class Dispatcher:
    """Feeds the broker, and runs the workers that take from it.

    With the broker of the process it keeps count of what is in hand, so that the rest stays in the
    database, where the most urgent is found first; in a burst of webhooks delivery steps back.

    Parameters:
      busy: whether intake should have the machine to itself for now.
      threads: that deliver; 0 for a process that only feeds a broker.
    """

    def __init__(
        self,
        database: Database,
        broker: Broker,
        threads: int,
        clock: Clock,
        busy: Callable[[], bool] = lambda: False,
    ) -> None:
        self._database = database
        self._broker = broker
        self._threads = threads
        self._clock = clock
        self._busy = busy
        self._local = isinstance(broker, InProcessBroker)
        self._fresh: deque[Handed] = deque(maxlen=_WAITING)
        self._in_hand = 0
        self._more_due = False
        self._changed = threading.Condition()
        self._stopping = False
        self._worker: Worker | None = None
        self._thread = threading.Thread(target=self._loop, name="dispatcher", daemon=True)

    def start(self, writer: Writer, sender: Sender) -> None:
        """Start to deliver."""
        self._writer = writer
        self._sender = sender
        declare = dramatiq.actor(broker=self._broker, queue_name=QUEUE, actor_name="deliver")
        self._actor = declare(self._deliver)
        self._broker.emit_after("process_boot")  # only Dramatiq's own command line does; TimeLimit needs it
        if self._threads:
            self._worker = Worker(
                self._broker, worker_threads=self._threads, worker_timeout=_WORKER_TIMEOUT_MS
            )
            self._worker.start()
        self._thread.start()

    def stop(self) -> None:
        """Let sends that have begun finish; what is queued stays due in the database."""
        with self._changed:
            self._stopping = True
            self._changed.notify_all()
        if self._thread.is_alive():
            self._thread.join()
        if self._worker is not None:
            self._worker.stop(timeout=20_000)
        self._broker.close()

    def hand_over(self, handed: Sequence[Handed]) -> None:
        """Take note of notifications that have just been committed; never blocks."""
        with self._changed:
            self._fresh.extend(handed)
            self._changed.notify_all()

    def _deliver(self, notification_id: int, attempts: int, destination: str) -> None:
        try:
            self._sender.deliver(Handed(notification_id, attempts, destination))
        finally:
            with self._changed:
                self._in_hand -= 1
                self._changed.notify_all()

    def _loop(self) -> None:
        while True:
            with self._changed:
                self._changed.wait_for(self._has_work, timeout=_SWEEP_S)
                if self._stopping:
                    return
                fresh = list(self._fresh)
                self._fresh.clear()
            try:
                self._enqueue(fresh[: self._room()])
                self._sweep()
            except Exception as error:  # noqa: BLE001 - the database or the broker is away, or overloaded
                _log.warning("dispatch failed, trying again", error=f"{type(error).__name__}: {error}"[:300])
                self._rest()

    def _has_work(self) -> bool:
        if self._stopping or self._fresh:
            return True
        enough = 1 if self._busy() else max(1, self._threads)
        return self._more_due and self._room() >= enough

    def _sweep(self) -> None:
        room = self._room()
        if room <= 0:
            return
        avoid = self._sender.slots.full()
        now = self._clock()
        with self._database.read() as connection:
            self._more_due = bool(outbox.due(connection, now, 1, avoid))
        if not self._more_due:
            return
        hold = _HOLD_IN_PROCESS if self._local else _HOLD_IN_BROKER
        claimed = self._writer.run(lambda tx: outbox.claim(tx, now, room, avoid, hold))
        self._more_due = len(claimed) == room
        self._enqueue(claimed)

    def _room(self) -> int:
        if not self._local:
            return _WAITING
        most = _IN_HAND_WHEN_BUSY if self._busy() else self._threads * _IN_HAND_PER_THREAD
        return max(0, most - self._in_hand)

    def _enqueue(self, handed: Sequence[Handed]) -> None:
        for one in handed:
            with self._changed:
                self._in_hand += 1
            self._actor.send(*one)

    def _rest(self) -> None:
        with self._changed:
            self._changed.wait_for(lambda: self._stopping, timeout=1.0)
