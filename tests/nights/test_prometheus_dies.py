"""Prometheus dies: everything resolves, though nothing is fixed (docs/facts.md, section 3)."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from router import metrics
from tests.intake.desk import RULES, START, Desk, body, firing, resolved

SERVICES = [f"service-{number}" for number in range(14)]
HELD = RULES + "integrations: {prometheus-eu: {resolve_hold: 10m}}\n"


def everything_fires(desk: Desk, began: datetime = START) -> None:
    for name in SERVICES:
        desk.post(body(firing("Down", began, service=name), group=name))


def everything_resolves(desk: Desk, names: list[str] = SERVICES) -> None:
    for name in names:
        desk.post(body(resolved("Down", desk.now, service=name), group=name))
        desk.pass_time(seconds=2)
    desk.tick()


def doubted(desk: Desk) -> list[Any]:
    return [page for page in desk.pages() if desk.details(page.id, "mass_resolve")]


def test_with_a_hold_of_the_integration_nothing_closes(desk: Desk) -> None:
    desk.change_rules(HELD)
    everything_fires(desk)
    desk.pass_time(minutes=5)
    everything_resolves(desk)
    assert {page.closed_at for page in desk.pages()} == {None}
    assert desk.timeline(1)[-1] == "resolve_held"


def test_once_prometheus_is_back_the_same_pages_go_on(desk: Desk) -> None:
    desk.change_rules(HELD)
    everything_fires(desk)
    desk.acknowledge(1)
    desk.pass_time(minutes=5)
    everything_resolves(desk)
    desk.pass_time(minutes=6)
    everything_fires(desk)
    pages = desk.pages()
    assert len(pages) == len(SERVICES)
    assert {page.closes_at for page in pages} == {None}
    assert [page.status for page in pages] == ["acknowledged"] + ["active"] * 13
    assert desk.details(1, "refired") == ["Down fires again: 2nd time in 11 minutes."]
    assert desk.told(1)[-1] == ("Alice", "joined")


def test_an_unacknowledged_page_is_heard_again_at_once(desk: Desk) -> None:
    desk.change_rules(HELD)
    everything_fires(desk)
    everything_resolves(desk)
    desk.pass_time(minutes=4)
    desk.tick()
    before = desk.told(2)
    assert before == [("Alice", "page")]
    everything_fires(desk)
    assert desk.told(2) == [("Alice", "page"), ("Alice", "joined")]
    desk.tick()
    desk.pass_time(minutes=1)
    desk.tick()
    assert desk.told(2)[-1] == ("Alice", "repeat")


def test_resolves_that_were_true_close_the_pages_ten_minutes_later(desk: Desk) -> None:
    desk.change_rules(HELD)
    everything_fires(desk)
    desk.pass_time(minutes=5)
    everything_resolves(desk)
    desk.pass_time(minutes=11)
    desk.tick()
    assert {page.closed_reason for page in desk.pages()} == {"resolved"}


def test_without_a_hold_the_pages_say_that_the_monitoring_may_be_down(desk: Desk) -> None:
    counter = metrics.MASS_RESOLVED.labels("prometheus-eu")
    before = counter._value.get()
    everything_fires(desk)
    desk.pass_time(minutes=5)
    everything_resolves(desk)
    assert [page.id for page in doubted(desk)] == [10, 11, 12, 13, 14]
    assert desk.details(10, "mass_resolve") == [
        "10 of the 14 alerts that prometheus-eu had firing resolved within a minute: "
        "the monitoring may be down."
    ]
    assert counter._value.get() - before == 5


def test_nine_resolves_are_no_mass(desk: Desk) -> None:
    everything_fires(desk)
    everything_resolves(desk, SERVICES[:9])
    assert doubted(desk) == []


def test_ten_resolves_of_thirty_are_no_mass(desk: Desk) -> None:
    everything_fires(desk)
    for number in range(16):
        desk.post(body(firing("Slow", number=str(number)), group=f"slow {number}"))
    everything_resolves(desk, SERVICES[:10])
    assert doubted(desk) == []


def test_ten_resolves_in_an_hour_are_no_mass(desk: Desk) -> None:
    everything_fires(desk)
    for name in SERVICES:
        desk.pass_time(minutes=4)
        everything_resolves(desk, [name])
    assert doubted(desk) == []


def test_another_integration_is_not_doubted(desk: Desk) -> None:
    everything_fires(desk)
    desk.post(body(firing("Other"), group="other"), "prometheus-us")
    everything_resolves(desk)
    desk.post(body(resolved("Other", desk.now), group="other"), "prometheus-us")
    assert len(doubted(desk)) == 5


def test_what_comes_back_after_the_pages_closed_is_linked_to_them(desk: Desk) -> None:
    everything_fires(desk)
    desk.pass_time(minutes=5)
    everything_resolves(desk)
    desk.pass_time(minutes=3)
    everything_fires(desk)
    again = desk.pages()[14:]
    assert [page.linked_page_id for page in again] == list(range(1, 15))
    assert desk.now - START == timedelta(minutes=8, seconds=28)
