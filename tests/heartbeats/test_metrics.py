"""`/metrics` says of each heartbeat when it came last and whether it is missing."""

from __future__ import annotations

from starlette.applications import Starlette
from starlette.testclient import TestClient

from router.api.health import health_routes
from tests.heartbeats.hearts import RULES, beat, run
from tests.intake.desk import Desk


def scrape(desk: Desk, client: TestClient) -> list[str]:
    lines = client.get("/metrics").text.splitlines()
    return sorted(line for line in lines if line.startswith("pingparrot_heartbeat_"))


def test_each_heartbeat_has_its_age_and_whether_it_is_up(desk: Desk) -> None:
    client = TestClient(Starlette(routes=health_routes(desk.database, lambda: desk.now)))
    beat(desk)
    run(desk, minutes=3)
    assert scrape(desk, client) == [
        'pingparrot_heartbeat_last_seconds{name="eu-1"} 180.0',
        'pingparrot_heartbeat_last_seconds{name="nightly export"} 180.0',
        'pingparrot_heartbeat_up{name="eu-1"} 1.0',
        'pingparrot_heartbeat_up{name="nightly export"} 1.0',
    ]
    run(desk, minutes=8)
    assert 'pingparrot_heartbeat_up{name="eu-1"} 0.0' in scrape(desk, client)
    desk.change_rules(RULES.replace("  nightly export: {within: 25h}\n", ""))
    run(desk, minutes=11)
    assert len(scrape(desk, client)) == 2
    desk.change_rules("chains: {}")
    run(desk, minutes=11)
    assert scrape(desk, client) == []
