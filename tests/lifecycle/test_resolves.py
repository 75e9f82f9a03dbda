"""Resolves that may not be true: a mass of them, and those of a target that is down."""

from __future__ import annotations

from urllib.parse import urlencode

import pytest
from hypothesis import given
from hypothesis import strategies as st

from router.lifecycle.resolves import down_target, is_mass, is_of_target

INSTANCE = {"instance": "db-1:9100"}


@pytest.mark.parametrize(
    ("resolved", "left", "mass"),
    [(9, 0, False), (10, 0, True), (10, 10, True), (10, 11, False), (300, 300, True)],
)
def test_ten_and_half_are_a_mass(resolved: int, left: int, mass: bool) -> None:
    assert is_mass(resolved, left) is mass


def url(expression: str) -> str:
    return "http://prometheus:9090/graph?" + urlencode({"g0.expr": expression, "g0.tab": "1"})


@pytest.mark.parametrize(
    "expression",
    [
        "up == 0",
        'up{job="node",instance=~".+"} == 0',
        "up==0",
        "up < 1",
        "max_over_time(up[5m]) == 0",
        'max_over_time(up{job="node"}[5m]) < 1',
        'up{job="a"} == 0 and on(instance) kube_node_info',
    ],
)
def test_these_say_that_a_target_is_down(expression: str) -> None:
    assert down_target(INSTANCE, url(expression)) == "db-1:9100"


@pytest.mark.parametrize(
    "expression",
    [
        "up == 1",
        "up == 0.5",
        "mysql_up == 0",
        "job:up == 0",
        "up_total == 0",
        "count(up == 1) < 10",
        "sum(up) < 1",
        "",
    ],
)
def test_these_do_not(expression: str) -> None:
    assert down_target(INSTANCE, url(expression)) is None


@pytest.mark.parametrize(
    ("labels", "link"),
    [
        ({}, url("up == 0")),
        (INSTANCE, ""),
        (INSTANCE, "http://[up"),
        ({"instance": "x" * 401}, url("up == 0")),
    ],
)
def test_without_an_instance_or_a_link_nothing_is_known(labels: dict[str, str], link: str) -> None:
    assert down_target(labels, link) is None


@given(st.text(max_size=200))
def test_no_link_breaks_it(link: str) -> None:
    assert down_target(INSTANCE, f"up{link}") in (None, "db-1:9100")


def test_an_alert_is_of_a_target_by_instance_and_by_job_where_both_have_one() -> None:
    down = {"instance": "a", "job": "node"}
    assert is_of_target({"instance": "a", "job": "node"}, down)
    assert is_of_target({"instance": "a"}, down)
    assert not is_of_target({"instance": "a", "job": "mysql"}, down)
    assert not is_of_target({"instance": "b", "job": "node"}, down)
