"""Alertmanager is down: nothing comes any more, neither alerts nor their ends."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from router import metrics
from router.store.engine import Database
from router.store.writer import Writer
from tests.heartbeats.hearts import beat, run, waiting_desk
from tests.intake.desk import START, Desk, body, firing, outcomes, resolved


@pytest.fixture
def desk(database: Database, writer: Writer, tmp_path: Path) -> Desk:
    """A desk that hears the Watchdog, a disk that Bob's team has in hand, and a queue that nobody has."""
    desk = waiting_desk(database, writer, tmp_path)
    beat(desk)
    tell(desk, "Disk", "Queue")
    desk.acknowledge(1)
    return desk


def tell(desk: Desk, *names: str, **when: Any) -> None:
    """Post alerts, firing since the start unless told otherwise, each in a group of its own."""
    for name in names:
        desk.post(body(firing(name, **when), group=name))


def subjects(desk: Desk) -> dict[str, str | None]:
    """Return how each page was closed, by subject."""
    return {page.subject: page.closed_reason for page in desk.pages()}


MISSING = "Heartbeat eu-1 is missing: nothing heard for 10m"


def test_its_heartbeat_pages_and_open_pages_go_on(desk: Desk) -> None:
    run(desk, minutes=30)
    assert subjects(desk) == {"Disk": None, "Queue": None, MISSING: None}
    assert desk.told(3)[0] == ("Carol", "page")
    repeats = [told for told in desk.told(2) if told == ("Alice", "repeat")]
    assert len(repeats) >= 28
    assert desk.told(1) == [("Alice", "page")]


def test_once_it_is_back_what_it_says_again_rings_nobody(desk: Desk) -> None:
    run(desk, hours=3)
    beat(desk)
    told = desk.told(1)
    answers = [desk.post(body(firing(name), group=name)) for name in ("Disk", "Queue")]
    assert [outcomes(answer) for answer in answers] == [[("reminder", 1)], [("reminder", 2)]]
    run(desk, minutes=5)
    assert subjects(desk) == {"Disk": None, "Queue": None, MISSING: "resolved"}
    assert desk.told(1) == told
    assert desk.details(3, "resolved") == ["The heartbeat is back: eu-1 was heard again after 2 h 50 min."]


def test_what_began_meanwhile_pages_now_and_keeps_its_own_start(desk: Desk) -> None:
    began = START
    run(desk, hours=1)
    began = desk.now
    run(desk, hours=2)
    beat(desk)
    answer = desk.post(body(firing("Login", began), group="Login"))
    assert outcomes(answer) == [("created", 4)]
    (incident,) = [row for row in desk.incidents() if row.page_id == 4]
    assert (incident.starts_at, incident.first_heard_at) == (began, desk.now)
    assert desk.page(4).created_at == desk.now
    run(desk, minutes=2)
    assert desk.told(4)[:2] == [("Alice", "page"), ("Alice", "repeat")]


def test_what_ended_meanwhile_closes_a_minute_after_it_says_so(desk: Desk) -> None:
    ended = desk.now
    run(desk, hours=1)
    beat(desk)
    desk.post(body(resolved("Queue", ended), group="Queue"))
    run(desk, minutes=2)
    assert desk.page(2).closed_reason == "resolved"


def test_what_ended_and_began_again_meanwhile_is_a_new_outage(desk: Desk) -> None:
    run(desk, hours=2)
    beat(desk)
    again = desk.now
    answer = desk.post(body(firing("Disk", again), group="Disk"))
    assert outcomes(answer) == [("created", 4)]
    assert (desk.page(1).closed_reason, desk.page(4).linked_page_id) == ("resolved", 1)
    assert desk.page(4).subject == "Disk (2nd time in 2 hours)"


def test_firing_again_after_hours_of_silence_is_no_flapping(desk: Desk) -> None:
    """What was not heard is not counted: how often it fired meanwhile, nobody knows."""
    for _ in range(8):
        run(desk, hours=1)
        desk.post(body(firing("Disk", desk.now), group="Disk"))
    assert [page.flapping for page in desk.pages()] == [False] * len(desk.pages())


def test_days_of_it_make_nothing_stale_until_it_has_been_back_for_a_while(desk: Desk) -> None:
    before = metrics.STALE._value.get()
    run(desk, minutes=15)
    desk.pass_time(hours=60)
    desk.look_on(minutes=20)
    assert {name: subjects(desk)[name] for name in ("Disk", "Queue")} == {"Disk": None, "Queue": "expired"}
    beat(desk)
    desk.look_on(minutes=5)
    tell(desk, "Disk")
    beat(desk)
    desk.look_on(minutes=9)
    beat(desk)
    desk.look_on(minutes=9)
    ended = {row.fingerprint: row.ended_reason for row in desk.incidents() if row.outcome != "heartbeat"}
    assert sorted(ended.values(), key=str) == [None, "stale"]
    assert subjects(desk)["Disk"] is None
    assert metrics.STALE._value.get() - before == 2  # the queue, of which nobody speaks any more; the beat


def test_without_a_heartbeat_nobody_hears_that_it_is_down(desk: Desk) -> None:
    desk.change_rules("defaults: {chain: t}\nchains: {t: {steps: [{page: {group: on call}}]}}\n")
    run(desk, hours=5)
    assert set(subjects(desk)) == {"Disk", "Queue"}
