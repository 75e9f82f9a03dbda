"""PingParrot's own downtime is nobody's silence; and no number of restarts hides one."""

from __future__ import annotations

from datetime import timedelta

from router.scheduler import Scheduler
from tests.heartbeats.hearts import beat, heart, run, run_beating
from tests.intake.desk import KEEP, Desk


def test_a_restart_gives_everyone_a_full_period(desk: Desk) -> None:
    beat(desk)
    run(desk, minutes=9)
    desk.restart(hours=5)
    run(desk, minutes=9)
    assert desk.pages() == []
    run(desk, minutes=2)
    assert len(desk.pages()) == 1


def test_a_short_restart_gives_a_full_period_too(desk: Desk) -> None:
    beat(desk)
    run(desk, minutes=9, seconds=50)
    desk.restart(seconds=3)
    run(desk, minutes=9)
    assert desk.pages() == []


def test_restarts_over_and_over_do_not_hide_a_silence(sqlite_desk: Desk) -> None:
    beat(sqlite_desk)
    for _ in range(9):
        run(sqlite_desk, minutes=3)
        sqlite_desk.restart(seconds=2)
    assert len(sqlite_desk.pages()) == 1


def test_downtime_makes_no_second_page_of_an_outage(desk: Desk) -> None:
    beat(desk)
    run(desk, minutes=11)
    desk.restart(hours=2)
    run(desk, minutes=30)
    assert len(desk.pages()) == 1
    beat(desk)
    assert desk.page(1).closed_reason == "resolved"


def test_two_processes_make_one_page(desk: Desk) -> None:
    other = Scheduler(desk.writer, desk.rulebook, lambda: desk.now, KEEP)
    beat(desk)
    for _ in range(40):
        run(desk, seconds=20)
        other.tick()
    assert len(desk.pages()) == 1


def test_one_process_of_two_that_restarts_has_the_other_to_look_meanwhile(desk: Desk) -> None:
    beat(desk)
    run(desk, minutes=5)
    assert heart(desk).watched_at == desk.now
    assert heart(desk).deaf_s == 0


def test_a_sender_that_beats_through_many_restarts_is_never_missed(sqlite_desk: Desk) -> None:
    for minutes in (1, 3, 12, 40, 2):
        run_beating(sqlite_desk, timedelta(minutes=4), minutes=8)
        sqlite_desk.restart(minutes=minutes)
        run(sqlite_desk, minutes=4)
    assert sqlite_desk.pages() == []
