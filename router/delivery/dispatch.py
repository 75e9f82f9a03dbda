"""From the outbox to the threads that send: at once after a commit, and by sweeping for what was left."""

from __future__ import annotations

import threading
import time
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

_SWEEP_S = 0.25
_IN_HAND_PER_THREAD = 2
_WAITS_S = 0.1  # a send that has taken longer waits for its provider, and costs nobody anything
_FRESH = 1_000
_HOLD = timedelta(seconds=30)  # how long what was claimed may wait for a thread
_WORKER_TIMEOUT_MS = 100
_FIRST_PAUSE_S = 1.0
_LONGEST_PAUSE_S = 5.0  # what the database is away for costs no page more than this
_DRAIN_MS = 10_500  # a little longer than any send takes
_log = structlog.get_logger(__name__)


def in_short(error: Exception) -> str:
    """Return what went wrong as one short line: a database's own words, without the statement."""
    cause = getattr(error, "orig", None) or error
    said = next(iter(str(cause).splitlines()), "")
    return f"{type(cause).__name__}: {said}"[:200]


class Deliver(Protocol):
    """Sends one notification, or finds that it need not be sent."""

    def __call__(self, notification_id: int, attempts: int) -> None: ...


class Dispatcher:
    """Hands what is due to Dramatiq workers in this process, the most urgent first.

    What is in hand is counted, by destination too: the rest stays in the database, so that a dead provider
    holds up nobody else. In a burst of webhooks delivery steps back to one send at a time, beside those that
    wait for their providers.

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
        self._slots = Slots(threads)
        self._fresh: deque[Handed] = deque(maxlen=_FRESH)
        self._kept: list[tuple[float, Handed]] = []  # had no room yet; until when they are not due again
        self._in_hand: dict[tuple[int, int], float] = {}  # by id and attempts: since when, monotonic
        self._wake_at = -1  # in hand; -1 to wait for the next sweep
        self._next_sweep = 0.0
        self._crowded: set[str] = set()  # destinations to which more is due than could be taken in hand
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
        self._worker = Worker(self._broker, worker_threads=self._threads, worker_timeout=_WORKER_TIMEOUT_MS)
        self._worker.start()
        self._thread.start()

    def stop(self) -> None:
        """Let sends that have begun finish, and leave what is queued to whoever comes next."""
        with self._changed:
            self._stopping = True
            self._changed.notify_all()
        if self._thread.is_alive():
            self._thread.join()
        if self._worker is not None:
            self._worker.stop(timeout=_DRAIN_MS)
            self._put_back()
        self._broker.close()

    def hand_over(self, handed: Sequence[Handed]) -> None:
        """Take note of notifications that have just been committed; never blocks."""
        with self._changed:
            self._fresh.extend(handed)
            self._changed.notify_all()

    def _put_back(self) -> None:
        with self._changed:
            queued = [notification_id for notification_id, _ in self._in_hand]
        try:
            self._writer.run(lambda tx: outbox.put_back(tx, queued, self._clock()))
        except Exception as error:  # noqa: BLE001 - the database is away: it is found again, only later
            _log.warning("queue not put back", error=in_short(error))

    def _run(self, notification_id: int, attempts: int, destination: str) -> None:
        began = time.monotonic()
        try:
            self._deliver(notification_id, attempts)
        finally:
            self._slots.give(destination, time.monotonic() - began)
            with self._changed:
                self._in_hand.pop((notification_id, attempts), None)
                self._changed.notify_all()

    def _loop(self) -> None:
        pause = _FIRST_PAUSE_S
        while True:
            with self._changed:
                self._changed.wait_for(self._has_work, timeout=_SWEEP_S)
                if self._stopping:
                    return
                fresh = list(self._fresh)
                self._fresh.clear()
            try:
                self._take_up(fresh)
                self._sweep()
                pause = _FIRST_PAUSE_S
            except Exception as error:  # noqa: BLE001 - the database is away, or overloaded: all stays due
                _log.warning("dispatch failed, trying again", error=in_short(error), pause_s=pause)
                with self._changed:
                    self._changed.wait_for(lambda: self._stopping, timeout=pause)
                pause = min(2 * pause, _LONGEST_PAUSE_S)

    def _has_work(self) -> bool:
        return self._stopping or bool(self._fresh) or len(self._in_hand) <= self._wake_at

    def _take_up(self, fresh: Sequence[Handed]) -> None:
        """Enqueue what has just been committed; what finds no room waits here until it is due anyway.

        Where much is due already it waits its turn in the database, which knows what is most urgent and what
        has waited longest: repeats must not go before first notifications.
        """
        now = time.monotonic()
        until = now + outbox.HAND_OVER.total_seconds()
        waiting = [kept for kept in self._kept if kept[0] > now] + [(until, one) for one in fresh]
        if self._crowded:
            waiting = [kept for kept in waiting if kept[1].destination not in self._crowded]
        room = self._room()
        chosen: list[Handed] = []
        self._kept = []
        for kept in waiting:
            if len(chosen) < room and self._slots.take(kept[1].destination):
                chosen.append(kept[1])
            elif len(self._kept) < _FRESH:
                self._kept.append(kept)
        if self._busy():
            self._kept = []  # a burst
        self._enqueue(chosen)

    def _sweep(self) -> None:
        now = time.monotonic()
        if now >= self._next_sweep or len(self._in_hand) <= self._wake_at:
            self._next_sweep = now + _SWEEP_S
            self._wake_at = -1
            claimed = self._claim()
            # More may be due: look again once half of these are through, rather than at the next sweep.
            self._wake_at = len(self._in_hand) - (claimed + 1) // 2 if claimed else -1
        if self._kept:
            self._wake_at = max(self._wake_at, len(self._in_hand) // 2)

    def _claim(self) -> int:
        """Enqueue what is due in the database and has a slot; returns how many."""
        room, now = self._room(), self._clock()
        if room <= 0:
            return 0
        full = self._slots.full()
        with self._database.read() as connection:
            due = outbox.due(connection, now, room, full)
        self._crowded = self._crowded.intersection(full)
        if len(due) == room:
            self._crowded |= {one.destination for one in due}
        chosen = [one for one in due if self._slots.take(one.destination)]
        claimed: set[int] = set()
        try:
            if chosen:
                ids = [one.id for one in chosen]
                claimed = set(self._writer.run(lambda tx: outbox.claim(tx, ids, now, _HOLD)))
        finally:
            # What has been in hand for long, in a queue behind slow sends, is claimed but not queued again.
            ours = [one for one in chosen if one.id in claimed and one[:2] not in self._in_hand]
            for one in chosen:
                if one not in ours:
                    self._slots.give(one.destination)
        self._enqueue(ours)
        return len(claimed)

    def _room(self) -> int:
        """Return how many more may be taken in hand."""
        most = self._threads * _IN_HAND_PER_THREAD
        with self._changed:
            if self._busy():
                now = time.monotonic()
                most = min(most, 1 + sum(now - since >= _WAITS_S for since in self._in_hand.values()))
            return max(0, most - len(self._in_hand))

    def _enqueue(self, handed: Sequence[Handed]) -> None:
        for one in handed:
            with self._changed:
                self._in_hand[one.id, one.attempts] = time.monotonic()
            self._actor.send(*one)
