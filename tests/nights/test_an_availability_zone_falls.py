"""An availability zone falls: 3,000 alerts in 300 groups within two minutes, and three people on call."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

import pytest

from tests.intake.desk import START, Desk, body, firing, resolved
from tests.nights.phones import Phones, phones_of

ON_CALL = ("Alice", "Bob", "Dave")
RULES = """
defaults: {chain: triage, expires: never, notify_resolved: true}
chains:
  triage:
    steps:
      - page: [{user: Alice@example.com}, {user: Bob@example.com}, {user: Dave@example.com}]
      - {after: 5m, page: {user: Carol@example.com}}
routes:
  - {name: payments, matchers: [team="payments"]}
  - {name: network, matchers: [team="network"]}
"""
PRIORITIES = ("low", "normal", "high", "critical")
GROUPS, ALERTS_EACH, FALL_S = 300, 10, 120


@pytest.fixture
def night(sqlite_desk: Desk) -> Iterator[Phones]:
    with phones_of(sqlite_desk, *ON_CALL, "Carol") as phones:
        sqlite_desk.change_rules(RULES)
        yield phones


def group(number: int) -> str:
    return f"{{}}:{{service={number}}}"


def alerts_of(number: int, *, ended: datetime | None = None) -> list[dict[str, Any]]:
    """Return a group's alerts: every 50th is critical, two of three are the network's."""
    severity = "critical" if number % 50 == 49 else "warning"
    labels = {"service": f"s{number}", "severity": severity, "team": "network" if number % 3 else "payments"}
    hosts = [{**labels, "instance": f"host-{number}-{each}"} for each in range(ALERTS_EACH)]
    if ended is None:
        return [firing("Unreachable", START, **each) for each in hosts]
    return [resolved("Unreachable", ended, START, **each) for each in hosts]


def zone_falls(night: Phones) -> None:
    for number in range(GROUPS):
        until = START + timedelta(seconds=(number + 1) * FALL_S / GROUPS)
        night.desk.post(body(*alerts_of(number), group=group(number)))
        while night.desk.now < until:
            night.run(seconds=min(1.0, (until - night.desk.now).total_seconds()))


def calls_by_minute(night: Phones, name: str) -> list[int]:
    minutes = [int((at - START).total_seconds() // 60) for at, _ in night.heard(name)]
    return [minutes.count(minute) for minute in range(max(minutes, default=-1) + 1)]


@pytest.mark.slow
def test_three_people_stay_able_to_think_and_nothing_goes_unrecorded(night: Phones) -> None:
    zone_falls(night)
    night.run(minutes=6, step_s=2)
    pages = night.desk.pages()

    # Every group has a page of its own, and everybody on call has heard of every one of them.
    assert (len(pages), sum(page.alert_count for page in pages)) == (GROUPS, GROUPS * ALERTS_EACH)
    for name in ON_CALL:
        alone = {message["page_id"] for _, message in night.heard(name) if "pages" not in message}
        in_digests = {page["page_id"] for _, m in night.heard(name) for page in m.get("pages", ())}
        assert alone | in_digests == {page.id for page in pages}

    # 300 pages and 6 minutes of repeats came as a few calls a minute: five pages, and a digest or two.
    for name in ON_CALL:
        counted = calls_by_minute(night, name)
        assert max(counted) <= 5 + 2, counted
        assert counted[3:] == [1] * len(counted[3:]), counted

    # The manager hears of 300 escalations by one digest a minute.
    assert calls_by_minute(night, "Carol") == [0] * 5 + [1, 1, 1]
    assert {m["kind"] for _, m in night.heard("Carol")} == {"digest"}

    # What is critical is named first.
    for digest in (m for _, m in night.heard("Alice") if "pages" in m):
        ranks = [PRIORITIES.index(page["priority"]) for page in digest["pages"]]
        assert ranks == sorted(ranks, reverse=True)
    assert night.desk.timeline(150)[:5] == ["created", "gathered", "gathered", "gathered", "delivered"]

    # Alice takes them all, by the number that her digest names; nobody's phone rings again.
    digest = night.heard("Alice")[-1][1]
    assert digest["subject"].startswith(
        "still unacknowledged: 300 pages: 200 network, 100 payments; the worst: [c"
    )
    assert f'"digest": {digest["notification_id"]}' in digest["message"]
    assert night.acknowledge("Alice", [page["page_id"] for page in digest["pages"]]) == {}
    assert {page.status for page in night.desk.pages()} == {"acknowledged"}
    calls = {name: len(sink.requests) for name, sink in night.sinks.items()}
    night.run(minutes=3, step_s=5)
    assert {name: len(sink.requests) for name, sink in night.sinks.items()} == calls

    # The zone is back: that is told by digest as well.
    for number in range(GROUPS):
        night.desk.post(body(*alerts_of(number, ended=night.desk.now), group=group(number)))
    night.run(minutes=2, step_s=5)
    assert {page.closed_reason for page in night.desk.pages()} == {"resolved"}
    assert len(night.sinks["Alice"].requests) <= calls["Alice"] + 5 + 2
    assert night.heard("Alice")[-1][1]["subject"] == "[RESOLVED] 295 pages: 197 network, 98 payments"


def test_with_burst_0_every_page_rings_by_itself(night: Phones) -> None:
    night.desk.change_rules(RULES.replace("defaults: {", "defaults: {burst: 0, "))
    for number in range(20):
        night.desk.post(body(*alerts_of(number), group=group(number)))
    night.run(seconds=5)
    assert len(night.heard("Alice")) == 20
