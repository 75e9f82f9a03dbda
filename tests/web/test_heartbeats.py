from __future__ import annotations

from pathlib import Path

import pytest

from router.scheduler import Scheduler
from router.store.engine import Database
from router.store.writer import Writer
from tests.api.house import House, build_house
from tests.intake.desk import KEEP
from tests.web.browser import logged_in

RULES = """
heartbeats:
  nightly export: {within: 25h}
  eu-1: {matchers: [alertname="Watchdog"], within: 10m, priority: critical}
"""


@pytest.fixture
def house(database: Database, writer: Writer, tmp_path: Path) -> House:
    path = tmp_path / "rules.yml"
    path.write_text(RULES)
    house = build_house(database, writer, path)
    assert house.rulebook.last.ok, house.rulebook.last
    Scheduler(writer, house.rulebook, house.watch, KEEP).tick()
    return house


def test_each_says_how_it_stands_and_the_missing_come_first(house: House) -> None:
    house.get("/api/heartbeats/eu-1?status=fail", "generic")
    house.later(minutes=5)
    alice = logged_in(house, "alice")
    shown = alice.text("/admin/heartbeats")
    assert "eu-1 missing its job failed, 5 min ago" in shown
    assert "nightly export waiting never in 1 d at the latest, every 25h" in shown
    assert shown.index("eu-1") < shown.index("nightly")
    (page,) = house.get("/api/pages", "alice").json()["data"]
    assert f'href="/pages/{page["id"]}"' in alice.get("/admin/heartbeats").text


def test_one_that_came_says_when_and_from_whom(house: House) -> None:
    house.get("/api/heartbeats/eu-1", "generic")
    house.later(minutes=2)
    assert "eu-1 up 2 min ago from generic in 8 min at the latest" in logged_in(house, "alice").text(
        "/admin/heartbeats"
    )


def test_another_organisation_has_none_of_them_and_users_are_refused(house: House) -> None:
    assert "The rules have no heartbeat." in logged_in(house, "charlie").text("/admin/heartbeats")
    assert logged_in(house, "bob").get("/admin/heartbeats").status_code == 403
