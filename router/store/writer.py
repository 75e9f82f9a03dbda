"""Group commit: threads that run waiting jobs together in one transaction, so that they share one flush."""

from __future__ import annotations

import asyncio
import contextlib
import threading
import time
from collections import deque
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from dataclasses import dataclass, field
from typing import Any, Generic, NamedTuple, TypeVar

import structlog
from sqlalchemy import Connection
from sqlalchemy.exc import DBAPIError, IntegrityError

from router.store.engine import WRITERS_ON_POSTGRESQL, Database

T = TypeVar("T")
Item = TypeVar("Item")
Answer = TypeVar("Answer")

_GROUP = 64
_MAX_WAITING = 4000
_TRIES = 5
_BURST = 4  # jobs at once
_GATHER_S = 0.002
_CLOSING_S = 10.0
_log = structlog.get_logger(__name__)


class Overloaded(Exception):  # noqa: N818 - a state of ours, told to clients as 503
    """More jobs wait than the database can take soon; a sender should try again."""


class Conflict(Exception):  # noqa: N818 - raised and retried within store
    """Another transaction changed the same row first; the job is run again on what is there now."""


class Handed(NamedTuple):
    """A notification that is ready to be sent: what a queue carries, and whom it shares its fate with."""

    id: int
    attempts: int
    destination: str


@dataclass
class Transaction:
    """An open write transaction, handed to each job of a group.

    Parameters:
      hand_over: gives notifications to delivery; for use after the commit.
      plan_ids: of the plans, by digest, that this process knows to be on disk.
    """

    connection: Connection
    hand_over: Callable[[Sequence[Handed]], None]
    plan_ids: dict[str, int]
    _afterwards: list[Callable[[], None]] = field(default_factory=list)

    def after_commit(self, act: Callable[[], None]) -> None:
        """Run something quick, that cannot fail, once everything here is on disk; never if it is not."""
        self._afterwards.append(act)

    def _committed(self) -> None:
        for act in self._afterwards:
            try:
                act()
            except Exception:  # noqa: BLE001 - what is on disk is not undone by what follows it
                _log.exception("after a commit")


@dataclass(frozen=True)
class Batched(Generic[Item, Answer]):
    """A job that takes all waiting items of its kind at once; compared by identity.

    Parameters:
      run: transaction and items → one answer for each, in order. If it fails, each item is run alone.
    """

    run: Callable[[Transaction, Sequence[Item]], Sequence[Answer]]


@dataclass
class _Job:
    future: Future[Any] | asyncio.Future[Any]
    run: Callable[[Transaction], Any] | None = None
    batch: Batched[Any, Any] | None = None
    item: Any = None


class Writer:
    """Runs jobs in write transactions: one thread on SQLite, a few on PostgreSQL."""

    def __init__(
        self, database: Database, hand_over: Callable[[Sequence[Handed]], None] = lambda _: None
    ) -> None:
        """Make a writer that hands new notifications over to delivery once they are on disk."""
        self._database = database
        self._hand_over = hand_over
        self._plan_ids: dict[str, int] = {}
        self._waiting: deque[_Job] = deque()
        self._ready = threading.Condition()
        self._closing = False
        self._expected = 0
        count = 1 if database.is_sqlite else WRITERS_ON_POSTGRESQL
        self._threads = [
            threading.Thread(target=self._loop, name=f"writer-{number}", daemon=True)
            for number in range(count)
        ]

    def start(self) -> None:
        """Start the threads."""
        for thread in self._threads:
            thread.start()

    def close(self) -> None:
        """Finish what waits, then stop; a database that does not answer is not waited for."""
        with self._ready:
            self._closing = True
            self._ready.notify_all()
        until = time.monotonic() + _CLOSING_S
        for thread in self._threads:
            if thread.is_alive():
                thread.join(max(0.0, until - time.monotonic()))
        if any(thread.is_alive() for thread in self._threads):
            _log.error("the database does not answer: not all that waited was written", waiting=self.waiting)

    @property
    def waiting(self) -> int:
        """How many jobs wait."""
        return len(self._waiting)

    def submit(self, run: Callable[[Transaction], T]) -> Future[T]:
        """Queue a job; its future has what it returns or raises, once that is on disk.

        Raises Overloaded when too many wait. A job may be run more than once (only the last run is
        committed), so it must have no effect but in the database.
        """
        future: Future[T] = Future()
        self._put(_Job(future, run=run))
        return future

    def submit_item(self, batch: Batched[Item, Answer], item: Item) -> asyncio.Future[Answer]:
        """Queue an item for a batched job, from an event loop; as `submit`."""
        future: asyncio.Future[Answer] = asyncio.get_running_loop().create_future()
        self._put(_Job(future, batch=batch, item=item))
        return future

    def run(self, run: Callable[[Transaction], T]) -> T:
        """Queue a job and wait for it; for threads, never on the event loop."""
        return self.submit(run).result()

    def _put(self, job: _Job) -> None:
        if len(self._waiting) >= _MAX_WAITING:
            raise Overloaded("too many writes wait for the database: try again in a few seconds")
        with self._ready:
            if self._closing:
                raise Overloaded("the server is stopping: try again in a few seconds")
            self._waiting.append(job)
            if len(self._waiting) in (1, self._expected):  # in between a thread that gathers sleeps on
                self._ready.notify()

    def _loop(self) -> None:
        while True:
            with self._ready:
                while not self._waiting and not self._closing:
                    self._ready.wait()
                if not self._waiting:
                    return
                self._gather()
                taken = [self._waiting.popleft() for _ in range(min(_GROUP, len(self._waiting)))]
            group = [job for job in taken if _is_wanted(job)]
            if not group:
                continue
            try:
                self._commit(group)
            except Exception as error:  # noqa: BLE001 - a group that fails is run again one by one
                if len(group) == 1:
                    self._alone(group[0], error)
                else:
                    for job in group:
                        self._alone(job, None)

    def _gather(self) -> None:
        """In a burst, wait a moment for as many as came last time: they were answered together, and their
        senders are about to post again. A webhook that comes alone waits for nobody.
        """
        until = time.monotonic() + _GATHER_S
        while len(self._waiting) < self._expected and not self._closing:
            left = until - time.monotonic()
            if left <= 0:
                break
            self._ready.wait(left)
        taken = min(_GROUP, len(self._waiting))
        self._expected = taken if taken >= _BURST else 0

    def _alone(self, job: _Job, error: Exception | None) -> None:
        for _ in range(_TRIES):
            if error is not None and not _worth_retrying(error):
                break
            try:
                self._commit([job])
            except Exception as again:  # noqa: BLE001 - told to whoever waits
                error = again
            else:
                return
        assert error is not None
        _settle([(job, None, error)])

    def _commit(self, group: list[_Job]) -> None:
        answers: list[tuple[_Job, Any, Exception | None]] = []
        with self._database.writing.begin() as connection:
            transaction = Transaction(connection, self._hand_over, self._plan_ids)
            for batch in {id(job.batch): job.batch for job in group if job.batch is not None}.values():
                jobs = [job for job in group if job.batch is batch]
                results = batch.run(transaction, [job.item for job in jobs])
                answers += [(job, answer, None) for job, answer in zip(jobs, results, strict=True)]
            for job in group:
                if job.run is not None:
                    answers.append((job, *_run_in_savepoint(transaction, job.run, alone=len(group) == 1)))
        transaction._committed()
        _settle(answers)


_Settled = tuple[_Job, Any, Exception | None]


def _is_wanted(job: _Job) -> bool:
    """Whether somebody still waits; a client that hung up has been answered nothing, and posts again."""
    if isinstance(job.future, Future):
        return job.future.set_running_or_notify_cancel()
    return not job.future.cancelled()


def _settle(settled: Sequence[_Settled]) -> None:
    """Tell those who wait; an event loop is woken once for all of its own."""
    waking: dict[asyncio.AbstractEventLoop, list[_Settled]] = {}
    for one in settled:
        future = one[0].future
        if isinstance(future, Future):
            _set(*one)
        else:
            waking.setdefault(future.get_loop(), []).append(one)
    for loop, ours in waking.items():
        with contextlib.suppress(RuntimeError):  # the loop is closed: nobody is left to be told
            loop.call_soon_threadsafe(_set_all, ours)


def _set_all(settled: Sequence[_Settled]) -> None:
    for one in settled:
        _set(*one)


def _set(job: _Job, answer: Any, error: Exception | None) -> None:
    if job.future.done():
        return
    if error is None:
        job.future.set_result(answer)
    else:
        job.future.set_exception(error)


def _run_in_savepoint(
    transaction: Transaction, run: Callable[[Transaction], Any], *, alone: bool
) -> tuple[Any, Exception | None]:
    """Run one job so that its refusal undoes its own writes and nobody else's."""
    if alone:
        return run(transaction), None
    kept = len(transaction._afterwards)
    try:
        with transaction.connection.begin_nested():
            return run(transaction), None
    except (DBAPIError, Conflict):
        raise  # the whole group is run again, one by one
    except Exception as refusal:  # noqa: BLE001 - told to whoever waits
        del transaction._afterwards[kept:]
        return None, refusal


def _worth_retrying(error: Exception) -> bool:
    """A race with another writer is run again; a refusal or a lost database is not."""
    if isinstance(error, Conflict | IntegrityError):
        return True
    code = getattr(getattr(error, "orig", None), "sqlstate", None)
    return code in ("40001", "40P01")  # PostgreSQL: serialization failure, deadlock detected
