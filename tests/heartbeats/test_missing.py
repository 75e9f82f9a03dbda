"""A heartbeat that stays away pages through its chain: once for each outage, until it is back."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest

from router.store.engine import Database
from router.store.writer import Writer
from tests.heartbeats.hearts import RULES, beat, heart, run, run_beating, stop, waiting_desk
from tests.intake.desk import START, Desk, body, firing, names_of, resolved


def test_a_beat_pages_nobody_and_is_on_record(desk: Desk) -> None:
    answer = beat(desk)
    assert answer.outcomes == {"heartbeat": 1}
    assert answer.alerts[0].route == "heartbeat eu-1"
    assert desk.pages() == []
    (row,) = desk.incidents()
    assert (row.outcome, row.route, row.page_id) == ("heartbeat", "heartbeat eu-1", None)


def test_reminders_are_beats_and_leave_one_entry_that_says_when_it_came_last(desk: Desk) -> None:
    beat(desk)
    run(desk, minutes=9)
    assert beat(desk).outcomes == {"heartbeat": 1}
    (row,) = desk.incidents()
    assert row.last_heard_at == heart(desk).heard_at == START + timedelta(minutes=9)
    run(desk, minutes=9)
    assert desk.pages() == []


def test_silence_pages_through_the_chain_once_and_escalates_as_any_page(desk: Desk) -> None:
    beat(desk)
    run(desk, minutes=10)
    (page,) = desk.pages()
    assert (page.priority, page.status, page.route) == ("critical", "active", "heartbeat eu-1")
    assert page.subject == "Heartbeat eu-1 is missing: nothing heard for 10m"
    assert "It came last at 2026-03-03 12:00:00 UTC, from prometheus-eu." in page.message
    run(desk, minutes=25)
    assert [page.id for page in desk.pages()] == [page.id]
    told = desk.told(page.id)
    assert told[0] == ("Carol", "page")
    assert ("Bob", "escalation") in told
    assert told.count(("Carol", "repeat")) >= 20


def test_its_return_closes_the_page_and_says_so(desk: Desk) -> None:
    beat(desk)
    run(desk, minutes=14)
    beat(desk)
    (page,) = desk.pages()
    assert (page.status, page.closed_reason) == ("cancelled", "resolved")
    assert desk.details(page.id, "resolved") == ["The heartbeat is back: eu-1 was heard again after 4 min."]
    assert ("Carol", "resolved") in desk.told(page.id)
    assert heart(desk).missing_since is None


def test_a_second_outage_is_a_second_page(desk: Desk) -> None:
    beat(desk)
    run(desk, minutes=14)
    beat(desk)
    run(desk, minutes=11)
    assert [page.closed_reason for page in desk.pages()] == ["resolved", None]


def test_one_that_never_came_is_missed_after_its_first_period(desk: Desk) -> None:
    run(desk, minutes=11)
    (page,) = desk.pages()
    assert "It has never come since 2026-03-03 12:00:00 UTC" in page.message


def test_who_acknowledged_keeps_it_until_it_is_back(desk: Desk) -> None:
    beat(desk)
    run(desk, minutes=11)
    (page,) = desk.pages()
    desk.acknowledge(page.id, "Carol")
    run(desk, minutes=40)
    assert [(each.status, each.closed_at) for each in desk.pages()] == [("acknowledged", None)]
    beat(desk)
    page = desk.page(page.id)
    assert (page.status, page.closed_reason) == ("acknowledged", "resolved")


def test_a_cancelled_page_stays_quiet_until_the_heartbeat_was_back(desk: Desk) -> None:
    beat(desk)
    run(desk, minutes=11)
    desk.cancel(1)
    run(desk, minutes=30)
    assert len(desk.pages()) == 1
    beat(desk)
    run(desk, minutes=11)
    assert [page.closed_reason for page in desk.pages()] == ["cancelled", None]


def test_a_page_that_expires_unheard_is_followed_by_another(
    database: Database, writer: Writer, tmp_path: Path
) -> None:
    rules = RULES.replace("within: 10m", "within: 10m, expires: 10m")
    desk = waiting_desk(database, writer, tmp_path, rules)
    run(desk, minutes=22)
    first, second = desk.pages()
    assert first.status == "expired"
    assert (second.status, second.linked_page_id) == ("active", first.id)
    assert "this one follows it" in desk.details(second.id, "created")[0]
    beat(desk)
    assert desk.page(second.id).closed_reason == "resolved"


def test_an_acknowledgement_that_lapses_hands_over_to_a_page_that_its_return_closes(
    database: Database, writer: Writer, tmp_path: Path
) -> None:
    rules = RULES.replace("within: 10m", "within: 10m, acknowledgement_timeout: 10m")
    desk = waiting_desk(database, writer, tmp_path, rules)
    run(desk, minutes=11)
    desk.acknowledge(1, "Carol")
    run(desk, minutes=11)
    assert [page.closed_reason for page in desk.pages()] == ["superseded", None]
    beat(desk)
    assert desk.page(2).closed_reason == "resolved"


def test_an_outage_of_days_is_not_taken_for_stale(sqlite_desk: Desk) -> None:
    beat(sqlite_desk)
    run(sqlite_desk, minutes=11)
    sqlite_desk.acknowledge(1, "Carol")
    for _ in range(3):
        sqlite_desk.pass_time(hours=24)
        sqlite_desk.look_on(minutes=11)
    assert sqlite_desk.page(1).closed_at is None
    assert sqlite_desk.incidents()[0].ended_reason == "stale"


def test_a_resolve_misses_at_once_and_says_why(desk: Desk) -> None:
    run_beating(desk, timedelta(minutes=5), minutes=15)
    answer = stop(desk)
    (page,) = desk.pages()
    assert (answer.outcomes, answer.alerts[0].page_id) == ({"heartbeat": 1}, page.id)
    assert page.subject == "Heartbeat eu-1 is missing: its alert resolved"
    assert [row.ended_reason for row in desk.incidents()] == ["resolved"]
    assert names_of([stop(desk), stop(desk)]) == ["heartbeat", "heartbeat"]
    run(desk, minutes=30)
    assert len(desk.pages()) == 1


def test_a_resolve_of_one_replica_stops_nothing_while_the_other_beats(desk: Desk) -> None:
    beat(desk, replica="a")
    beat(desk, replica="b")
    stop(desk, replica="a")
    assert desk.pages() == []
    stop(desk, replica="b")
    assert [page.status for page in desk.pages()] == ["active"]


def test_one_body_with_a_replica_that_resolves_and_one_that_fires_is_a_beat(desk: Desk) -> None:
    beat(desk, replica="a")
    gone = resolved("Watchdog", START, cluster="eu-1", replica="a")
    answer = desk.post(
        body(gone, firing("Watchdog", START, cluster="eu-1", replica="b"), receiver="watchdog")
    )
    assert answer.outcomes == {"heartbeat": 2}
    assert desk.pages() == []


def test_a_resolve_from_before_the_last_beat_says_nothing(desk: Desk) -> None:
    run(desk, minutes=5)
    beat(desk)
    late = resolved("Watchdog", START + timedelta(minutes=1), START, cluster="eu-1", pod="old")
    assert desk.post(body(late, receiver="watchdog")).outcomes == {"heartbeat": 1}
    assert desk.pages() == []


def test_an_alert_that_no_heartbeat_takes_is_routed_as_ever(desk: Desk) -> None:
    answer = desk.post(body(firing("Watchdog", cluster="us-1"), firing("DiskFull", cluster="eu-1")))
    assert names_of([answer]) == ["created", "created"]


@pytest.mark.parametrize("ends", [True, False])
def test_a_heartbeat_taken_from_the_rules_lets_its_alert_page_and_its_own_page_go(
    desk: Desk, ends: bool
) -> None:
    beat(desk)
    if ends:
        run(desk, minutes=11)
    desk.change_rules(RULES.replace('matchers: [alertname="Watchdog", cluster="eu-1"], ', ""))
    assert names_of([beat(desk)]) == ["created"]
    desk.change_rules(RULES.replace("  eu-1:", "  eu-2:"))
    run(desk, minutes=11)
    closed = [page.closed_reason for page in desk.pages() if page.route == "heartbeat eu-1"]
    assert closed == (["stale"] if ends else [])


def test_a_heartbeat_that_comes_back_to_the_rules_gets_a_full_period(desk: Desk) -> None:
    beat(desk)
    desk.change_rules(RULES.replace("  eu-1:", "  eu-2:"))
    run(desk, minutes=9)
    desk.change_rules(RULES)
    run(desk, minutes=9)
    assert [page.route for page in desk.pages()] == []


def test_an_alert_that_has_a_page_already_leaves_it_when_it_becomes_a_heartbeat(desk: Desk) -> None:
    desk.change_rules(RULES.replace('cluster="eu-1"', 'cluster="elsewhere"'))
    assert names_of([beat(desk)]) == ["created"]
    desk.change_rules(RULES)
    assert names_of([beat(desk)]) == ["heartbeat"]
    assert desk.page(1).closed_reason == "resolved"
    assert [row.outcome for row in desk.open_incidents()] == ["heartbeat"]
