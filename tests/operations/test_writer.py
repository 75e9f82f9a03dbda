"""Group commit: what one job's fault costs the others, and what a writer that stops still does."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime

import pytest
import sqlalchemy as sa

from router.api.errors import error_response
from router.store.engine import WRITERS_ON_POSTGRESQL, Database
from router.store.tables import PLANS
from router.store.writer import Batched, Conflict, Overloaded, Transaction, Writer

NOW = datetime(2026, 3, 3, 12, 0, tzinfo=UTC)


def note(tx: Transaction, digest: str) -> str:
    """Write a row that is unique by its digest."""
    tx.connection.execute(sa.insert(PLANS), [{"digest": digest, "body": "{}"}])
    return digest


def noted(database: Database) -> set[str]:
    with database.read() as connection:
        return set(connection.execute(sa.select(PLANS.c.digest)).scalars())


@contextmanager
def held(writer: Writer) -> Iterator[None]:
    """Keep a writer's threads occupied, so that what is submitted meanwhile becomes one group."""
    go, busy = threading.Event(), threading.Semaphore(0)

    def wait(_: Transaction) -> None:
        busy.release()
        go.wait()

    threads = 1 if writer._database.is_sqlite else WRITERS_ON_POSTGRESQL
    waiting = []
    for _ in range(threads):  # one after the other, or one thread would take them all
        waiting.append(writer.submit(wait))
        assert busy.acquire(timeout=10)
    try:
        yield
    finally:
        go.set()
        for one in waiting:
            one.result(10)


@pytest.mark.parametrize("fault", ["refusal", "duplicate"])
def test_a_job_that_fails_takes_no_other_with_it(database: Database, writer: Writer, fault: str) -> None:
    writer.run(lambda tx: note(tx, "there"))
    after: list[str] = []

    def good(name: str, tx: Transaction) -> str:
        tx.after_commit(lambda: after.append(name))
        return note(tx, name)

    def bad(tx: Transaction) -> None:
        tx.after_commit(lambda: after.append("bad"))
        note(tx, "half")
        if fault == "refusal":
            raise ValueError("refused")
        note(tx, "there")

    with held(writer):
        first = writer.submit(lambda tx: good("first", tx))
        failing = writer.submit(bad)
        last = writer.submit(lambda tx: good("last", tx))
    assert (first.result(10), last.result(10)) == ("first", "last")
    with pytest.raises(ValueError if fault == "refusal" else sa.exc.IntegrityError):
        failing.result(10)
    assert noted(database) == {"there", "first", "last"}
    assert sorted(after) == ["first", "last"]


def test_an_item_that_fails_takes_no_other_of_its_batch_with_it(database: Database, writer: Writer) -> None:
    def run(tx: Transaction, items: Sequence[str]) -> list[str]:
        for item in items:
            if item == "bad":
                raise ValueError("refused")
            note(tx, item)
        return list(items)

    batch = Batched(run)

    async def together() -> list[str | BaseException]:
        futures = [writer.submit_item(batch, item) for item in ("first", "bad", "last")]
        return await asyncio.gather(*futures, return_exceptions=True)

    first, bad, last = asyncio.run(together())
    assert (first, last) == ("first", "last")
    assert isinstance(bad, ValueError)
    assert noted(database) == {"first", "last"}


def test_a_lost_race_is_run_again_on_what_is_there_now(database: Database, writer: Writer) -> None:
    runs: list[int] = []

    def racing(tx: Transaction) -> str:
        runs.append(1)
        note(tx, f"run {len(runs)}")
        if len(runs) < 3:
            raise Conflict("somebody was first")
        return "done"

    assert writer.run(racing) == "done"
    assert noted(database) == {"run 3"}


def test_a_race_that_is_lost_for_ever_ends(writer: Writer) -> None:
    def losing(_: Transaction) -> None:
        raise Conflict("somebody was first")

    with pytest.raises(Conflict) as lost:
        writer.run(losing)
    assert error_response(lost.value).status_code == 503


def test_what_follows_a_commit_may_fail_without_a_trace_in_the_database(
    database: Database, writer: Writer
) -> None:
    def job(tx: Transaction) -> None:
        tx.after_commit(lambda: 1 / 0)  # type: ignore[arg-type]
        note(tx, "kept")

    writer.run(job)
    writer.run(lambda tx: note(tx, "next"))
    assert noted(database) == {"kept", "next"}


def test_more_than_the_database_can_take_soon_is_told_to_come_again(
    sqlite: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    writer = Writer(sqlite)
    writer.start()
    try:
        with held(writer):
            for _ in range(4000):
                writer.submit(lambda _: None)
            with pytest.raises(Overloaded) as overloaded:
                writer.submit(lambda _: None)
    finally:
        writer.close()
    answer = error_response(overloaded.value)
    assert (answer.status_code, answer.headers["retry-after"]) == (503, "2")


def test_a_writer_that_stops_finishes_what_waits_and_takes_no_more(
    database: Database, writer: Writer
) -> None:
    with held(writer):
        names = [f"waiting {number}" for number in range(200)]
        futures = [writer.submit(lambda tx, name=name: note(tx, name)) for name in names]  # type: ignore[misc]
        closing = threading.Thread(target=writer.close)
        closing.start()
    closing.join()
    assert all(future.done() for future in futures)
    assert noted(database) == set(names)
    with pytest.raises(Overloaded):
        writer.submit(lambda tx: note(tx, "too late"))


def test_a_client_that_hung_up_is_nobodys_error(database: Database, writer: Writer) -> None:
    batch: Batched[str, str] = Batched(lambda tx, items: [note(tx, item) for item in items])

    async def hang_up() -> str:
        with held(writer):
            gone = writer.submit_item(batch, "gone")
            stays = writer.submit_item(batch, "stays")
            gone.cancel()
        return await stays

    assert asyncio.run(hang_up()) == "stays"
    assert noted(database) == {"stays"}
