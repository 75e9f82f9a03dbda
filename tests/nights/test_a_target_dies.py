"""A target dies: its other alerts resolve, since nothing measures them, while `up == 0` fires [54] [56]."""

from __future__ import annotations

from typing import Any

import pytest

from router import metrics
from tests.intake.desk import Desk, body, firing, resolved

DB = {"instance": "db-1:9100", "job": "node"}
SAID = "The target db-1:9100 does not answer: an alert of it may have ended because nothing measures it."


def down(**labels: str) -> dict[str, Any]:
    """Return the alert that says so, as Prometheus links it."""
    url = "http://prometheus:9090/graph?g0.expr=up%7Bjob%3D%22node%22%7D+%3D%3D+0&g0.tab=1"
    return {**firing("TargetDown", **labels), "generatorURL": url}


def test_in_one_webhook_the_page_names_the_target(desk: Desk) -> None:
    before = metrics.TARGETS_DOWN._value.get()
    desk.post(body(firing("DiskFull", **DB)))
    desk.pass_time(minutes=5)
    desk.post(body(resolved("DiskFull", desk.now, **DB), down(**DB)))
    assert desk.details(1, "target_down") == [SAID]
    assert metrics.TARGETS_DOWN._value.get() - before == 1


def test_a_resolve_that_comes_later_is_doubted_too(desk: Desk) -> None:
    desk.post(body(firing("DiskFull", **DB), group="disk"))
    desk.post(body(down(**DB), group="down"))
    desk.pass_time(minutes=5)
    desk.post(body(resolved("DiskFull", desk.now, **DB), group="disk"))
    assert desk.details(1, "target_down") == [SAID]
    assert desk.page(1).closed_reason == "resolved"


def test_a_resolve_that_came_shortly_before_is_doubted_afterwards(desk: Desk) -> None:
    desk.post(body(firing("DiskFull", **DB), group="disk"))
    desk.pass_time(minutes=5)
    desk.post(body(resolved("DiskFull", desk.now, **DB), group="disk"))
    desk.pass_time(minutes=4)
    desk.post(body(down(**DB), group="down"))
    assert desk.details(1, "target_down") == [SAID]


def test_long_after_it_is_not(desk: Desk) -> None:
    desk.post(body(firing("DiskFull", **DB), group="disk"))
    desk.post(body(resolved("DiskFull", desk.now, **DB), group="disk"))
    desk.pass_time(minutes=6)
    desk.post(body(down(**DB), group="down"))
    assert desk.details(1, "target_down") == []


@pytest.mark.parametrize("labels", [{**DB, "instance": "db-2:9100"}, {**DB, "job": "postgres"}])
def test_another_target_is_not_doubted(desk: Desk, labels: dict[str, str]) -> None:
    desk.post(body(firing("DiskFull", **labels)))
    desk.post(body(resolved("DiskFull", desk.now, **labels), down(**DB)))
    assert desk.details(1, "target_down") == []


def test_an_answer_that_is_back_doubts_nothing(desk: Desk) -> None:
    desk.post(body(firing("DiskFull", **DB), down(**DB)))
    ended = {**down(**DB), **resolved("TargetDown", desk.now, **DB)}
    desk.post(body(resolved("DiskFull", desk.now, **DB), ended))
    assert desk.details(1, "target_down") == []
