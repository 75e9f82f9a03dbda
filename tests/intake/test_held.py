from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from tests.intake.desk import Desk, body, firing, outcomes, resolved

NIGHT = datetime(2026, 3, 3, 3, 0, tzinfo=UTC)
MORNING = datetime(2026, 3, 3, 9, 0, tzinfo=UTC)
GROUP = '{}:{alertname="Queue"}'


@pytest.fixture
def night(desk: Desk) -> Desk:
    """The desk at three in the morning."""
    desk.now = NIGHT
    return desk


def queue(**labels: str) -> bytes:
    return body(firing("Queue", NIGHT, speed="slow", **labels), group=GROUP)


def test_outside_its_hours_an_alert_is_held_and_nobody_is_paged(night: Desk) -> None:
    answer = night.post(queue())
    assert outcomes(answer) == [("held", None)]
    assert answer.alerts[0].held_until == MORNING
    assert night.pages() == []
    assert [(row.outcome, row.held_until) for row in night.incidents()] == [("held", MORNING)]


def test_a_held_alert_stays_held_when_it_is_heard_again(night: Desk) -> None:
    night.post(queue())
    night.pass_time(hours=4)
    assert outcomes(night.post(queue())) == [("reminder", None)]
    night.tick()
    assert night.pages() == []


def test_a_held_alert_that_still_fires_pages_when_its_hours_come(night: Desk) -> None:
    night.post(queue())
    night.now = MORNING
    night.tick()
    (page,) = night.pages()
    assert night.told(page.id) == [("Alice", "page")]
    assert [(row.outcome, row.page_id, row.held_until) for row in night.incidents()] == [
        ("paged", page.id, None)
    ]


def test_a_held_alert_that_ended_before_its_hours_pages_nobody_and_is_on_record(night: Desk) -> None:
    night.post(queue())
    night.pass_time(hours=1)
    assert outcomes(night.post(body(resolved("Queue", night.now, NIGHT, speed="slow"), group=GROUP))) == [
        ("resolved", None)
    ]
    night.now = MORNING
    night.tick()
    assert night.pages() == []
    assert [(row.outcome, row.ended_reason) for row in night.incidents()] == [("held", "resolved")]


def test_held_alerts_of_a_group_become_one_page(night: Desk) -> None:
    night.post(queue(instance="a"))
    night.pass_time(hours=1)
    night.post(queue(instance="b"))
    night.now = MORNING
    night.tick()
    (page,) = night.pages()
    assert page.alert_count == 2
    assert {row.page_id for row in night.incidents()} == {page.id}


def test_an_outage_of_the_pager_in_the_morning_loses_no_held_alert(night: Desk) -> None:
    night.post(queue())
    night.now = MORNING + timedelta(days=1)
    night.tick()
    assert [row.status for row in night.pages()] == ["active"]


def test_within_its_hours_an_alert_pages_at_once(desk: Desk) -> None:
    assert [outcome for outcome, _ in outcomes(desk.post(queue()))] == ["created"]


def test_a_page_opened_within_the_hours_goes_on_after_them(desk: Desk) -> None:
    """Hours decide what a new alert does; they never silence an open page."""
    desk.now = datetime(2026, 3, 3, 16, 59, tzinfo=UTC)
    desk.post(queue())
    (page,) = desk.pages()
    desk.pass_time(minutes=5)
    desk.tick()
    assert ("Alice", "repeat") in desk.told(page.id)


def test_a_new_episode_of_a_held_alert_is_held_anew(night: Desk) -> None:
    night.post(queue())
    night.pass_time(hours=2)
    later = body(firing("Queue", night.now - timedelta(minutes=1), speed="slow"), group=GROUP)
    assert outcomes(night.post(later)) == [("held", None)]
    assert [row.ended_reason for row in night.incidents()] == ["superseded", None]
    night.now = MORNING
    night.tick()
    assert len(night.pages()) == 1


def test_a_released_alert_and_a_reminder_at_the_same_moment_make_one_page(night: Desk) -> None:
    night.post(queue())
    night.now = MORNING
    night.post(queue())
    night.tick()
    night.post(queue())
    assert len(night.pages()) == 1


def test_an_alert_released_in_the_morning_joins_the_open_page_of_its_group(night: Desk) -> None:
    night.post(queue(instance="a"))
    night.now = MORNING + timedelta(seconds=1)
    night.post(body(firing("Queue", NIGHT, speed="slow", instance="b"), group=GROUP))
    night.tick()
    (page,) = night.pages()
    assert sorted(row.outcome for row in night.incidents()) == ["joined", "paged"]
    assert {row.page_id for row in night.incidents()} == {page.id}


def test_an_alert_held_through_two_receivers_pages_once(night: Desk) -> None:
    for receiver in ("fan-a", "fan-b"):
        night.post(body(firing("Queue", NIGHT, speed="slow"), receiver=receiver, group=receiver))
    night.now = MORNING
    night.tick()
    (page,) = night.pages()
    assert [row.page_id for row in night.open_incidents()] == [page.id, page.id]
    assert night.told(page.id) == [("Alice", "page")]


def test_an_alert_held_through_one_receiver_joins_the_page_that_another_opened(night: Desk) -> None:
    night.post(body(firing("Queue", NIGHT, speed="slow"), receiver="fan-a", group="fan-a"))
    night.now = MORNING + timedelta(seconds=1)
    night.post(body(firing("Queue", NIGHT, speed="slow"), receiver="fan-b", group="fan-b"))
    night.tick()
    assert len(night.pages()) == 1
