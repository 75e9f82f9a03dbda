"""The database is away for five minutes: people are told without it, once, and once when it is back."""

from __future__ import annotations

import threading
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy.exc import SQLAlchemyError

from router import metrics
from router.core import running
from router.emergency import EmergencyWatch
from router.settings import SettingsError, load_settings
from router.store.answers import ask_for_a_write
from router.store.engine import Database
from router.store.migrate import upgrade
from tests.operations.house import using
from tests.servers import run_postgres
from tests.sinks import HttpSink, Reply

START = datetime(2026, 3, 3, 3, 0, tzinfo=UTC)


class Clock:
    def __init__(self) -> None:
        self.now = START

    def __call__(self) -> datetime:
        return self.now


def watch(ask: Callable[[], None], clock: Clock, *sinks: HttpSink, within_s: float = 10) -> EmergencyWatch:
    """Return a watch that tells sinks."""
    contacts = [sink.url("webhook+http") for sink in sinks]
    return EmergencyWatch(ask, contacts, "serve", "PostgreSQL at db.example.com", clock, within_s)


def run(watching: EmergencyWatch, clock: Clock, seconds: int, every: int = 5) -> None:
    """Look at the database again and again while time passes."""
    for _ in range(seconds // every):
        clock.now += timedelta(seconds=every)
        watching.look()


def subjects(sink: HttpSink) -> list[str]:
    return [request.json()["subject"] for request in sink.requests]


def away() -> None:
    raise ConnectionError("the database is away")


def well() -> None:
    return


@pytest.mark.slow
def test_each_contact_hears_once_that_it_is_away_and_once_that_it_is_back() -> None:
    with run_postgres(keeps_commits=True) as cluster, using(cluster.url(cluster.create())) as database:
        upgrade(database)
        clock = Clock()
        with HttpSink() as phone, HttpSink() as mail:
            watching = watch(lambda: ask_for_a_write(database), clock, phone, mail)
            run(watching, clock, 60)
            cluster.crash()
            try:
                run(watching, clock, 60)
                assert subjects(phone) == []
                run(watching, clock, 240)
            finally:
                cluster.start()
            for sink in (phone, mail):
                (subject,) = subjects(sink)
                assert subject.startswith("PingParrot cannot reach its database: nobody is paged (")
                said = sink.requests[0].json()
                assert "since 2026-03-03 03:01:05 UTC" in said["message"]
                assert (said["page_id"], said["priority"]) == (0, "critical")
            run(watching, clock, 120)
            for sink in (phone, mail):
                assert len(sink.requests) == 2
                assert "reaches its database again, after 5 min" in subjects(sink)[1]
                assert sink.requests[1].json()["kind"] == "resolved"


def test_a_contact_that_cannot_be_reached_is_tried_again_and_holds_up_no_other() -> None:
    clock = Clock()
    with HttpSink() as broken, HttpSink() as phone:
        broken.replies.extend([Reply(503), Reply(503)])
        watching = watch(away, clock, broken, phone)
        run(watching, clock, 120)
        assert len(phone.requests) == 1
        assert len(broken.requests) == 3


def test_a_contact_that_refuses_for_good_is_not_asked_again() -> None:
    clock, refused = Clock(), metrics.EMERGENCY.labels("permanent")
    before = refused._value.get()
    with HttpSink() as gone:
        gone.otherwise = Reply(404)
        run(watch(away, clock, gone), clock, 300)
        assert len(gone.requests) == 1
    assert refused._value.get() - before == 1


def test_a_message_that_came_too_late_is_overtaken_by_the_news_that_it_is_back() -> None:
    clock = Clock()
    state: list[Callable[[], None]] = [away]
    with HttpSink() as phone:
        phone.otherwise = Reply(503)
        watching = watch(lambda: state[0](), clock, phone)
        run(watching, clock, 70)
        state[0] = well
        run(watching, clock, 20)
        phone.requests.clear()
        phone.otherwise = Reply()
        run(watching, clock, 60)
        (subject,) = subjects(phone)
        assert subject.startswith("[RESOLVED]")


def test_a_database_that_hangs_is_away_as_well_and_is_asked_by_one_thread() -> None:
    clock, asked, answer = Clock(), [], threading.Event()

    def hang() -> None:
        asked.append(1)
        answer.wait()

    with HttpSink() as phone:
        watching = watch(hang, clock, phone, within_s=0.01)
        run(watching, clock, 120)
        assert (len(phone.requests), len(asked)) == (1, 1)
        answer.set()


def test_a_database_that_only_reads_counts_as_away(postgres_url: str) -> None:
    only_reads = f"{postgres_url}?options=-c%20default_transaction_read_only%3Don"
    with using(only_reads) as standby, pytest.raises(SQLAlchemyError):
        ask_for_a_write(standby)
    with using(postgres_url) as primary:
        ask_for_a_write(primary)


def test_asking_changes_nothing_and_waits_for_nobody(database: Database) -> None:
    with database.read() as connection:
        connection.exec_driver_sql("SELECT * FROM chores")
        ask_for_a_write(database)


def test_a_contact_that_no_channel_takes_is_refused_at_the_start_without_its_secret(tmp_path: Path) -> None:
    settings = load_settings(
        {
            "PINGPARROT_DATABASE_URL": f"sqlite:///{tmp_path / 'a.db'}",
            "PINGPARROT_EMERGENCY_CONTACTS": "json://ops.example.com/ nosuch://hunter2@host/",
        }
    )
    with (
        pytest.raises(SettingsError, match="PINGPARROT_EMERGENCY_CONTACTS, contact 2: ") as caught,
        running(settings, "serve"),
    ):
        pass
    assert "hunter2" not in str(caught.value)


def test_a_process_with_contacts_starts_and_stops(tmp_path: Path) -> None:
    settings = load_settings(
        {
            "PINGPARROT_DATABASE_URL": f"sqlite:///{tmp_path / 'a.db'}",
            "PINGPARROT_EMERGENCY_CONTACTS": "json://ops.example.com/",
        }
    )
    with running(settings, "serve"):
        assert "emergency" in {thread.name for thread in threading.enumerate()}
    assert "emergency" not in {thread.name for thread in threading.enumerate()}
