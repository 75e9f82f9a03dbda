"""The night on which Prometheus dies, by the bodies that a real Alertmanager posted then.

It watches a queue and the machine that the queue runs on. The machine dies, and so the alerts of the queue
resolve, though nothing is mended; then Prometheus itself is killed, and everything that it said resolves.
"""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest

from router.store.engine import Database
from router.store.writer import Writer
from router.webhook import Answer
from tests.heartbeats.hearts import run, waiting_desk
from tests.intake.desk import Desk

BODIES = Path(__file__).parent.parent / "fixtures" / "alertmanager"
EVENING = datetime(2026, 11, 23, 2, 29, 52, tzinfo=UTC)
RULES = """
defaults: {chain: triage, priority: {label: severity, values: {critical: critical}, otherwise: normal}}
chains:
  triage: {steps: [{page: {group: on call}}]}
  infra: {steps: [{page: {group: leads}}]}
heartbeats:
  kind-1: {matchers: [alertname="Watchdog", cluster="kind-1"], within: 10m, chain: infra, priority: critical}
routes:
  - {name: everything}
"""


def test_the_heartbeat_of_a_dead_prometheus_pages_while_all_else_goes_quiet(
    database: Database, writer: Writer, tmp_path: Path
) -> None:
    desk = waiting_desk(database, writer, tmp_path, RULES)
    desk.now = EVENING

    # Prometheus lives: its Watchdog comes, from both of its replicas, and wakes nobody.
    assert posted(desk, "49_prom_watchdog").outcomes == {"heartbeat": 1}
    assert posted(desk, "50_prom_watchdog_two_replicas").outcomes == {"heartbeat": 2}
    assert desk.pages() == []

    # The queue is long: somebody on call is paged.
    posted(desk, "52_prom_templated_two_severities")
    queue = desk.pages()[-1].id

    # The machine dies. One page says so; the queue's alerts resolve beside it.
    run(desk, seconds=20)
    posted(desk, "55_prom_targetdown_firing")
    machine = desk.pages()[-1].id
    assert machine != queue
    posted(desk, "56_prom_queue_resolved_because_target_died")

    # Prometheus is killed. Its Watchdog resolves, on both replicas at once: that pages the leads, at once.
    run(desk, minutes=1)
    answer = posted(desk, "51_prom_watchdog_resolved_prometheus_killed")
    assert answer.outcomes == {"heartbeat": 2}
    watchdog = desk.pages()[-1]
    assert {alert.page_id for alert in answer.alerts} == {watchdog.id}
    assert (watchdog.priority, watchdog.status) == ("critical", "active")
    assert watchdog.subject == "Heartbeat kind-1 is missing: its alert resolved"
    assert "may not be solved" in watchdog.message
    assert desk.told(watchdog.id)[0] == ("Carol", "page")

    # It stays one page through the night, whatever Alertmanager says again.
    run(desk, minutes=20)
    posted(desk, "51_prom_watchdog_resolved_prometheus_killed")
    assert [page.id for page in desk.pages()][-1] == watchdog.id

    # Prometheus is started again: the first Watchdog closes the page, and the timeline says why.
    posted(desk, "49_prom_watchdog")
    assert desk.page(watchdog.id).closed_reason == "resolved"
    (line,) = desk.details(watchdog.id, "resolved")
    assert line == "The heartbeat is back: kind-1 was heard again after 20 min."


@pytest.mark.parametrize("beats", [0, 3])
def test_a_prometheus_that_just_falls_silent_is_missed_in_its_time(sqlite_desk: Desk, beats: int) -> None:
    sqlite_desk.change_rules(RULES)
    sqlite_desk.now = EVENING
    sqlite_desk.tick()
    for _ in range(beats):
        posted(sqlite_desk, "49_prom_watchdog")
        run(sqlite_desk, minutes=5)
    run(sqlite_desk, minutes=11)
    (page,) = sqlite_desk.pages()
    assert page.subject == "Heartbeat kind-1 is missing: nothing heard for 10m"


def posted(desk: Desk, name: str) -> Answer:
    """Post a recorded body."""
    return desk.post((BODIES / f"{name}.json").read_bytes())
