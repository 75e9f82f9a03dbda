"""What a page tells of alerts that have ended, or will not stay so."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from router import metrics
from router.api import gauges
from router.scheduler import Scheduler
from router.store.engine import Database
from router.store.writer import Writer
from tests.api.house import House, build_house, webhook
from tests.intake.desk import KEEP

RULES = """
defaults: {chain: triage, acknowledge: any, flap_limit: 2}
chains: {triage: {steps: [{page: {user: bob@example.com}}]}}
heartbeats:
  eu-1: {matchers: [alertname="Watchdog"], within: 10m}
routes:
  - {name: patient, matchers: [patient="yes"], resolve_hold: 10m}
  - {name: everything}
"""
WAITING = ("closes_at", "awaits_heartbeat", "monitoring_down", "flapping", "closes_detail", "doubts")


@pytest.fixture
def house(database: Database, writer: Writer, tmp_path: Path) -> House:
    """The API over rules that let pages wait, on SQLite and on PostgreSQL."""
    path = tmp_path / "rules.yml"
    path.write_text(RULES)
    return build_house(database, writer, path)


def tell(house: House, *alerts: dict[str, Any]) -> None:
    """Post alerts, each in a group of its own."""
    for labels in alerts:
        body = webhook(labels, groupKey=labels.get("service", "{}:{}"))
        assert house.post("/api/external/pages", "generic", body).is_success


def waits(house: House, page_id: int) -> dict[str, Any]:
    """Return what a page says of its waiting."""
    page = house.get(f"/api/pages/{page_id}", "alice").json()
    return {name: page[name] for name in WAITING}


def read(house: House) -> Mapping[tuple[str, ...], float]:
    """Return what the gauge says of pages that wait."""
    with house.services.database.read() as connection:
        return gauges.read(connection, house.watch()).labelled[metrics.PAGES_WAITING]


def test_a_page_whose_alert_fires_waits_for_nothing(house: House) -> None:
    tell(house, {"alertname": "Disk", "patient": "yes"})
    assert waits(house, 1) == {
        "closes_at": None,
        "awaits_heartbeat": None,
        "monitoring_down": False,
        "flapping": False,
        "closes_detail": None,
        "doubts": [],
    }


def test_a_page_that_holds_a_resolve_says_until_when_and_why(house: House) -> None:
    tell(house, {"alertname": "Disk", "patient": "yes"})
    tell(house, {"alertname": "Disk", "patient": "yes", "status": "resolved"})
    said = waits(house, 1)
    assert said["closes_at"] == "2026-06-23T14:10:00Z"
    assert said["closes_detail"] == (
        "Every alert has ended. The page closes at 14:10:00 UTC, unless one fires before."
    )
    (listed,) = house.get("/api/pages", "alice").json()["data"]
    assert (listed["closes_at"], listed["flapping"]) == ("2026-06-23T14:10:00Z", False)


def test_a_page_of_an_alert_that_flaps_says_so(house: House) -> None:
    for _ in range(3):
        tell(house, {"alertname": "Disk"}, {"alertname": "Disk", "status": "resolved"})
    assert [waits(house, page_id)["flapping"] for page_id in (1, 2, 3)] == [False, False, True]
    assert waits(house, 3)["closes_at"] == "2026-06-23T14:10:00Z"


def test_a_page_that_doubts_its_resolves_names_the_heartbeat_and_no_time(house: House) -> None:
    services = [{"alertname": "Down", "service": f"s{number}"} for number in range(10)]
    tell(house, {"alertname": "Watchdog"}, *services)
    tell(house, *({**labels, "status": "resolved"} for labels in services))
    assert read(house) == {("hold",): 0.0, ("heartbeat",): 10.0}
    said = waits(house, 1)
    assert (said["closes_at"], said["awaits_heartbeat"], said["monitoring_down"]) == (None, "eu-1", False)
    (doubt,) = said["doubts"]
    assert doubt == said["closes_detail"]
    assert doubt.startswith("10 of the 10 alerts that generic had firing resolved within a minute")

    house.later(minutes=1)
    house.post("/api/heartbeats/eu-1?status=fail", "generic")
    Scheduler(house.services.writer, house.rulebook, house.watch, KEEP).tick()
    said = waits(house, 1)
    assert said["monitoring_down"] is True
    assert said["doubts"][1] == said["closes_detail"]
    assert said["closes_detail"].startswith("The monitoring may be down: heartbeat eu-1")


def test_once_it_is_over_only_the_doubts_are_left(house: House) -> None:
    tell(house, {"alertname": "Disk", "patient": "yes"})
    tell(house, {"alertname": "Disk", "patient": "yes", "status": "resolved"})
    house.delete("/api/pages/1", "alice")
    page = house.get("/api/pages/1", "alice").json()
    assert (page["closes_at"], page["closes_detail"]) == (None, None)
    assert page["closed_detail"] == "Alice cancelled the page."
