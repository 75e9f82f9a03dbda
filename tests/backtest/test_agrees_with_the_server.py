"""A simulation and the real server, over random histories: the same pages, people and times."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest

from router.recorded import Recording
from tests.backtest.life import SLOWER, Life, deliver_everything, what_happened
from tests.backtest.places import fresh_desk
from tests.backtest.simulated import simulate
from tests.heartbeats.hearts import RULES as WAITING
from tests.heartbeats.hearts import run
from tests.intake.desk import START, Desk, body, firing, resolved


def agrees(desk: Desk) -> None:
    deliver_everything(desk)
    recording = Recording(desk.database, 1, "default", START, desk.now + timedelta(1), "UTC")

    simulated = simulate(list(recording.records()), desk.rulebook.current.ruleset, desk.now)

    assert simulated == what_happened(desk)
    assert simulated


@pytest.mark.slow
@pytest.mark.timeout(600)
@pytest.mark.parametrize("seed", [2, 8, 13, 16, 209])
def test_a_simulation_does_what_the_server_did(sqlite_template: Path, seed: int) -> None:
    with fresh_desk(sqlite_template) as desk:
        Life(desk, seed).live(40)

        agrees(desk)


@pytest.mark.slow
@pytest.mark.timeout(600)
@pytest.mark.parametrize("seed", [1, 2])
def test_it_does_so_where_alerts_repeat_each_minute_and_everybody_must_acknowledge(
    sqlite_template: Path, seed: int
) -> None:
    rules = SLOWER.replace("repeat_interval: 7m", "repeat_interval: 60s")
    rules = rules.replace("acknowledge: any", "acknowledge: all").replace("expires: 24h", "expires: 2h")
    with fresh_desk(sqlite_template, rules) as desk:
        Life(desk, seed).live(25)

        agrees(desk)


def test_a_heartbeat_that_stays_away_and_comes_back_is_missed_alike(sqlite_template: Path) -> None:
    with fresh_desk(sqlite_template, WAITING) as desk:
        desk.tick()
        for span in (300, 300, 2_400, 300, 600, 900):
            desk.post(body(firing("Watchdog", cluster="eu-1")))
            run(desk, seconds=span)
        desk.post(body(resolved("Watchdog", desk.now, cluster="eu-1")))
        run(desk, seconds=900)

        agrees(desk)


def test_a_mass_of_resolves_waits_for_the_heartbeat_alike(sqlite_template: Path) -> None:
    alerts = [firing("Disk", instance=f"node-{number}") for number in range(12)]
    with fresh_desk(sqlite_template, WAITING) as desk:
        desk.tick()
        desk.post(body(firing("Watchdog", cluster="eu-1")))
        for alert in alerts:
            desk.pass_time(microseconds=1)
            desk.post(body(alert, group=alert["labels"]["instance"]))
        run(desk, seconds=40)
        for alert in alerts:
            desk.pass_time(microseconds=1)
            ended = resolved("Disk", desk.now, instance=alert["labels"]["instance"])
            desk.post(body(ended, group=alert["labels"]["instance"]))
        run(desk, minutes=30)
        desk.post(body(firing("Watchdog", cluster="eu-1")))
        run(desk, minutes=15)

        agrees_to_the_tick(desk, timedelta(seconds=50))  # it looks again every 30 s


def test_an_alert_of_which_nobody_speaks_goes_stale_alike(sqlite_template: Path) -> None:
    with fresh_desk(sqlite_template, SLOWER.replace("30d", "2h")) as desk:
        desk.post(body(firing("Disk")))
        desk.look_on(minutes=1)
        desk.acknowledge(1)
        desk.look_on(hours=3)

        agrees_to_the_tick(desk, timedelta(minutes=1))


def agrees_to_the_tick(desk: Desk, tick: timedelta) -> None:
    """The same, but for the time between two looks of the server."""
    deliver_everything(desk)
    recording = Recording(desk.database, 1, "default", START, desk.now + timedelta(1), "UTC")

    simulated = simulate(list(recording.records()), desk.rulebook.current.ruleset, desk.now)

    really = what_happened(desk)
    assert len(simulated) == len(really) > 0
    for mine, theirs in zip(simulated, really, strict=True):
        assert mine[1:4] == theirs[1:4]
        assert mine[5] == theirs[5]
        assert (mine[4] is None) == (theirs[4] is None)
        assert theirs[4] is None or abs(theirs[4] - mine[4]) <= tick
        assert [note[:2] for note in mine[9]] == [note[:2] for note in theirs[9]]
        for (_, _, at), (_, _, then) in zip(mine[9], theirs[9], strict=True):
            assert abs(then - at) <= tick
