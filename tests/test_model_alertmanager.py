"""The model against what a real Alertmanager was seen to do (docs/facts.md, section 2)."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from tests.model_alertmanager import Alertmanager, Post, Receiver, World, run_until

START = datetime(2026, 3, 1, 3, 0, tzinfo=UTC)
DISK = {"alertname": "Disk", "instance": "a", "service": "db", "severity": "warning"}
DISK_B = {"alertname": "Disk", "instance": "b", "service": "db", "severity": "warning"}
DOWN = {"alertname": "Down", "service": "db", "severity": "critical"}


class Run:
    """One Alertmanager and what it has sent."""

    def __init__(self, **route: Any) -> None:
        self.world = World()
        self.manager = Alertmanager(self.world, (Receiver("team.sre", **route),), "http://am-0:9093")
        self.sent: list[tuple[int, dict[str, str]]] = []
        self.bodies: list[bytes] = []
        self.answers = True
        self.now = START

    def _take(self, post: Post) -> bool:
        if self.answers:
            body = json.loads(post.body)
            said = {one["labels"].get("instance", "-"): one["status"] for one in body["alerts"]}
            self.sent.append((int((post.at - START).total_seconds()), said))
            self.bodies.append(post.body)
        return self.answers

    def until(self, seconds: int) -> None:
        for _ in run_until([self.manager], START + timedelta(seconds=seconds), self._take):
            pass
        self.now = START + timedelta(seconds=seconds)

    def fire(self, labels: dict[str, str]) -> None:
        self.manager.hear(self.world.fire(labels, self.now), self.now)

    def resolve(self, labels: dict[str, str]) -> None:
        ended = self.world.resolve(labels, self.now)
        assert ended is not None
        self.manager.hear(ended, self.now)


@pytest.fixture
def run() -> Run:
    return Run()


def test_changes_wait_for_the_tick_of_their_group(run: Run) -> None:
    run.fire(DISK)
    run.until(60)
    run.fire(DISK_B)
    run.until(400)
    run.resolve(DISK)
    run.until(1000)
    assert run.sent == [
        (30, {"a": "firing"}),
        (330, {"a": "firing", "b": "firing"}),
        (630, {"a": "resolved", "b": "firing"}),
    ]


def test_a_reminder_is_byte_identical_and_comes_at_the_tick_after_the_interval(run: Run) -> None:
    run.fire(DISK)
    run.until(14_400 + 330 + 30)
    assert [at for at, _ in run.sent] == [30, 14_730]
    assert run.bodies[0] == run.bodies[1]


def test_a_refused_post_comes_again_at_the_next_tick(run: Run) -> None:
    run.answers = False
    run.fire(DISK)
    run.until(100)
    run.answers = True
    run.until(400)
    assert run.sent == [(330, {"a": "firing"})]


def test_what_is_fixed_before_the_first_flush_is_never_sent(run: Run) -> None:
    run.fire(DISK)
    run.until(10)
    run.resolve(DISK)
    run.until(1000)
    assert run.sent == []


def test_a_resolve_while_silenced_is_never_sent(run: Run) -> None:
    run.fire(DISK)
    run.until(60)
    run.world.silences["s"] = {"service": "db"}
    run.resolve(DISK)
    run.until(400)
    del run.world.silences["s"]
    run.until(2000)
    assert run.sent == [(30, {"a": "firing"})]


def test_a_resolve_while_inhibited_is_never_sent(run: Run) -> None:
    run.fire(DISK)
    run.until(60)
    run.fire(DOWN)
    run.resolve(DISK)
    run.until(2000)
    assert [said for _, said in run.sent if "a" in said] == [{"a": "firing"}]


def test_a_new_outage_after_a_lost_resolve_arrives_as_firing_with_a_later_start(run: Run) -> None:
    test_a_resolve_while_silenced_is_never_sent(run)
    run.fire(DISK)
    run.until(20_000)
    starts = [json.loads(body)["alerts"][0]["startsAt"] for body in run.bodies]
    assert starts == ["2026-03-01T03:00:00Z", "2026-03-01T03:33:20Z"]


def test_a_partial_silence_says_resolved_of_the_rest_while_it_fires(run: Run) -> None:
    run.fire(DISK)
    run.fire(DISK_B)
    run.until(60)
    run.world.silences["s"] = {"instance": "b"}
    run.resolve(DISK)
    run.until(400)
    assert run.sent[-1] == (330, {"a": "resolved"})
    assert json.loads(run.bodies[-1])["status"] == "resolved"


def test_a_truncated_body_hides_what_fires_behind_resolved() -> None:
    run = Run(max_alerts=1)
    run.fire(DISK)
    run.fire(DISK_B)
    run.until(60)
    run.resolve(DISK)
    run.until(400)
    last = json.loads(run.bodies[-1])
    assert (last["status"], last["truncatedAlerts"]) == ("resolved", 1)


def test_a_restart_sends_nothing_twice_unless_it_lost_its_log(run: Run) -> None:
    run.fire(DISK)
    run.until(60)
    run.manager.restart(run.now, keep_log=True)
    run.until(500)
    assert len(run.sent) == 1
    run.manager.restart(run.now, keep_log=False)
    run.until(1000)
    assert run.bodies[1:] == run.bodies[:1]


def test_receivers_are_quoted_and_status_is_of_the_body(run: Run) -> None:
    run.fire(DISK)
    run.until(60)
    body = json.loads(run.bodies[0])
    assert body["receiver"] == r"team\.sre"
    assert body["groupKey"] == '{}/{receiver="team.sre"}:{alertname="Disk"}'
    assert body["alerts"][0]["endsAt"] == "0001-01-01T00:00:00Z"


def test_without_send_resolved_no_resolve_comes() -> None:
    run = Run(send_resolved=False)
    run.fire(DISK)
    run.until(60)
    run.resolve(DISK)
    run.until(1000)
    assert run.sent == [(30, {"a": "firing"})]
