"""Everything resolves at once. Whether that is true, the heartbeat of the monitoring says."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from router.store.engine import Database
from router.store.writer import Writer
from tests.heartbeats.hearts import beat, run, stop, waiting_desk
from tests.intake.desk import START, Desk, body, firing, resolved

SERVICES = [f"service-{number}" for number in range(14)]


@pytest.fixture
def desk(database: Database, writer: Writer, tmp_path: Path) -> Iterator[Desk]:
    """A desk that has 14 pages of prometheus-eu, and has heard its Watchdog."""
    desk = waiting_desk(database, writer, tmp_path)
    beat(desk)
    everything_fires(desk)
    run(desk, minutes=1)
    return desk


def everything_fires(desk: Desk) -> None:
    for name in SERVICES:
        desk.post(body(firing("Down", START, service=name), group=name))


def everything_resolves(desk: Desk, names: list[str] = SERVICES) -> None:
    for name in names:
        desk.post(body(resolved("Down", desk.now, service=name), group=name))
        desk.pass_time(seconds=2)


def pages(desk: Desk) -> list[str]:
    """Return how the pages of the services stand."""
    return sorted({page.closed_reason or "open" for page in desk.pages() if page.subject == "Down"})


def test_nothing_closes_while_the_heartbeat_has_not_been_heard(desk: Desk) -> None:
    everything_resolves(desk)
    run(desk, minutes=8)
    assert pages(desk) == ["open"]
    assert desk.details(1, "mass_resolve") == [
        "10 of the 14 alerts that prometheus-eu had firing resolved within a minute: "
        "the monitoring may be down. The page stays until heartbeat eu-1 has been heard."
    ]


def test_a_heartbeat_after_the_resolves_proves_them(desk: Desk) -> None:
    everything_resolves(desk)
    run(desk, minutes=3)
    beat(desk)
    run(desk, minutes=1)
    assert pages(desk) == ["resolved"]
    (line,) = desk.details(1, "resolved")
    assert line.startswith("Every alert has ended, and heartbeat eu-1 was heard after it, at 12:04:")


def test_if_it_does_not_come_the_pages_stay_and_the_heartbeat_pages(desk: Desk) -> None:
    everything_resolves(desk)
    run(desk, minutes=60)
    assert pages(desk) == ["open"]
    assert desk.details(1, "monitoring_down") == [
        "The monitoring may be down: heartbeat eu-1 has not been heard since the resolves. The page stays "
        "until it is back, or a person decides."
    ]
    (rings,) = [page for page in desk.pages() if page.subject != "Down"]
    assert ("Carol", "page") in desk.told(rings.id)


def test_a_watchdog_that_resolves_as_well_proves_nothing(desk: Desk) -> None:
    everything_resolves(desk)
    stop(desk)
    run(desk, minutes=30)
    assert pages(desk) == ["open"]
    assert desk.details(1, "monitoring_down")


def test_once_it_is_back_what_still_fires_goes_on_and_what_is_mended_closes(desk: Desk) -> None:
    everything_resolves(desk)
    run(desk, minutes=20)
    beat(desk)
    run(desk, minutes=1)
    desk.post(body(firing("Down", START, service=SERVICES[0]), group=SERVICES[0]))
    run(desk, minutes=5)
    assert pages(desk) == ["open"]
    beat(desk)
    run(desk, minutes=6)
    assert [page.closed_reason for page in desk.pages() if page.subject == "Down"] == [None] + [
        "resolved"
    ] * 13
    assert desk.page(1).closes_at is None
    assert desk.details(1, "monitoring_back")


def test_after_hours_an_acknowledged_page_still_takes_its_alert_back(desk: Desk) -> None:
    desk.acknowledge(1)
    everything_resolves(desk)
    run(desk, hours=3)
    beat(desk)
    answer = desk.post(body(firing("Down", START, service=SERVICES[0]), group="another key"))
    assert [(alert.outcome, alert.page_id) for alert in answer.alerts] == [("joined", 1)]
    assert desk.told(1)[-1] == ("Alice", "joined")


def test_waiting_for_the_heartbeat_is_not_going_stale(desk: Desk) -> None:
    everything_resolves(desk)
    desk.pass_time(hours=60)
    desk.look_on(minutes=30)
    assert pages(desk) == ["open"]


def test_a_person_may_decide(desk: Desk) -> None:
    everything_resolves(desk)
    run(desk, minutes=20)
    desk.cancel(1)
    assert desk.page(1).closed_reason == "cancelled"


def test_a_few_resolves_close_their_pages_a_minute_later(desk: Desk) -> None:
    everything_resolves(desk, SERVICES[:4])
    assert pages(desk) == ["open"]
    run(desk, seconds=70)
    assert [page.closed_reason for page in desk.pages()[:5]] == ["resolved"] * 4 + [None]
    assert desk.details(1, "resolved") == ["Every alert has ended."]


def test_an_integration_without_a_heartbeat_is_not_waited_for(desk: Desk) -> None:
    desk.post(body(firing("Other"), group="other"), "prometheus-us")
    desk.post(body(resolved("Other", desk.now), group="other"), "prometheus-us")
    assert desk.pages()[-1].closed_reason == "resolved"


def test_the_heartbeat_of_a_job_proves_nothing_of_alerts(desk: Desk) -> None:
    desk.change_rules("heartbeats: {nightly export: {within: 25h}}")
    everything_resolves(desk)
    assert pages(desk) == ["resolved"]
