"""From the outbox to the threads that send: at once after a commit, and by sweeping for what was left."""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable, Sequence
from datetime import timedelta
from typing import Protocol

import dramatiq
import structlog
from dramatiq import Worker

from router.clock import Clock
from router.delivery.broker import QUEUE, make_in_process_broker
from router.delivery.slots import Slots
from router.store import outbox
from router.store.engine import Database
from router.store.writer import Handed, Writer

SLOTS_EACH = 8
"""Sends under way to one destination; fewer than the threads, so that others always find one."""

_SWEEP_S = 0.25
_IN_HAND_PER_THREAD = 2
_IN_HAND_WHEN_BUSY = 1
_FRESH = 1_000
_HOLD = timedelta(seconds=30)  # how long what was claimed may wait for a thread
_WORKER_TIMEOUT_MS = 100
_log = structlog.get_logger(__name__)


class Deliver(Protocol):
    """Sends one notification, or finds that it need not be sent."""

    def __call__(self, notification_id: int, attempts: int) -> None: ...


class Dispatcher:
    """Hands what is due to Dramatiq workers in this process, the most urgent first.

    What is in hand is counted, by destination too: the rest stays in the database, so that a dead provider
    holds up nobody else. In a burst of webhooks delivery steps back to one send at a time.

    Parameters:
      threads: that send.
      busy: whether intake should have the machine to itself for now.
    """

    def __init__(
        self,
        database: Database,
        threads: int,
        clock: Clock,
        busy: Callable[[], bool] = lambda: False,
    ) -> None:
        self._database = database
        self._threads = threads
        self._clock = clock
        self._busy = busy
        self._broker = make_in_process_broker()
        self._slots = Slots(SLOTS_EACH)
        self._fresh: deque[Handed] = deque(maxlen=_FRESH)
        self._in_hand = 0
        self._wake_at = -1  # in hand; -1 to wait for the next sweep
        self._changed = threading.Condition()
        self._stopping = False
        self._worker: Worker | None = None
        self._thread = threading.Thread(target=self._loop, name="dispatcher", daemon=True)

    def start(self, writer: Writer, deliver: Deliver) -> None:
        """Start to deliver."""
        self._writer = writer
        self._deliver = deliver
        declare = dramatiq.actor(broker=self._broker, queue_name=QUEUE, actor_name="deliver")
        self._actor = declare(self._run)
        self._broker.emit_after("process_boot")  # only Dramatiq's own command line does; TimeLimit needs it
        self._worker = Worker(self._broker, worker_threads=self._threads, worker_timeout=_WORKER_TIMEOUT_MS)
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

    def _run(self, notification_id: int, attempts: int, destination: str) -> None:
        try:
            self._deliver(notification_id, attempts)
        finally:
            self._slots.give(destination)
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
                self._enqueue(self._with_slots(fresh))
                self._sweep()
            except Exception as error:  # noqa: BLE001 - the database is away, or overloaded: all stays due
                _log.warning("dispatch failed, trying again", error=f"{type(error).__name__}: {error}"[:300])
                with self._changed:
                    self._changed.wait_for(lambda: self._stopping, timeout=1.0)

    def _has_work(self) -> bool:
        return self._stopping or bool(self._fresh) or self._in_hand <= self._wake_at

    def _sweep(self) -> None:
        self._wake_at = -1
        room = self._room()
        if room <= 0:
            return
        now = self._clock()
        with self._database.read() as connection:
            due = outbox.due(connection, now, room, self._slots.full())
        chosen = self._with_slots(due)
        if not chosen:
            return
        claimed = set(self._writer.run(lambda tx: outbox.claim(tx, [one.id for one in chosen], now, _HOLD)))
        for one in chosen:
            if one.id not in claimed:
                self._slots.give(one.destination)
        self._enqueue([one for one in chosen if one.id in claimed])
        # More may be due: look again once half of these are through, rather than at the next sweep.
        self._wake_at = self._in_hand - (len(claimed) + 1) // 2

    def _with_slots(self, handed: Sequence[Handed]) -> list[Handed]:
        """Choose what there is room for, taking its slots; the rest is found again when it is due."""
        room = self._room()
        chosen: list[Handed] = []
        for one in handed:
            if len(chosen) < room and self._slots.take(one.destination):
                chosen.append(one)
        return chosen

    def _room(self) -> int:
        most = _IN_HAND_WHEN_BUSY if self._busy() else self._threads * _IN_HAND_PER_THREAD
        return max(0, most - self._in_hand)

    def _enqueue(self, handed: Sequence[Handed]) -> None:
        for one in handed:
            with self._changed:
                self._in_hand += 1
            self._actor.send(*one)
