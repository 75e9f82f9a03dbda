"""No history of bad nights leaves an outage unheard that a plainer pager would have rung for.

Random nights: Prometheus dies and comes back, everything resolves, alerts flap, the line to Alertmanager is
cut, somebody silences, PingParrot restarts, people acknowledge and cancel. The plainer pager has no
heartbeats, no holds and no limit on flapping, and nobody ever acknowledges its pages: whatever begins rings,
by a page or by a repeat. What it tells of, PingParrot must have told of too, or the timeline says who or what
chose otherwise.
"""

from __future__ import annotations

import json
import shutil
import tempfile
from contextlib import ExitStack
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from random import Random
from typing import Any

import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from router.store.engine import connect
from router.store.recent import decode_streak
from router.store.writer import Writer
from tests.heartbeats.hearts import beat, heart, stop
from tests.intake.desk import Desk, build_desk
from tests.model_alertmanager import Alert, Alertmanager, Post, Receiver, World, run_until

RULES = """
defaults:
  chain: triage
  priority: {{label: severity, values: {{critical: critical}}, otherwise: normal}}
  repeat_interval: {repeat}
  acknowledgement_timeout: {loan}
  resolve_hold: {hold}
  reopen_within: {reopen}
  flap_limit: {limit}
  stale_after: 1h
chains:
  triage: {{steps: [{{page: {{group: on call}}}}, {{after: 5m, page: {{group: second}}}}]}}
  infra: {{steps: [{{page: {{group: leads}}}}]}}
{heartbeats}
routes:
  - {{name: services, matchers: [alertname="Down"], group_by: [instance]}}
"""
HEARTBEATS = 'heartbeats: {eu-1: {matchers: [alertname="Watchdog"], within: 10m, chain: infra}}'
SERVICES = tuple({"alertname": "Down", "instance": f"s{number}"} for number in range(14))
OTHERS = tuple(
    {"alertname": "Disk", "instance": name, "severity": severity}
    for name, severity in (("a", "warning"), ("b", "warning"), ("c", "critical"))
)
ALERTS = SERVICES + OTHERS
PAGER = Receiver("pager", ("alertname",), group_wait_s=5, group_interval_s=20, repeat_interval_s=600)
SLACK = timedelta(seconds=40)
STEPS = 40


@dataclass
class Outage:
    """One alert firing once, as the plainer pager has it; `at_once` when it opened a page there."""

    fingerprint: str
    key: str
    starts: datetime
    heard: datetime
    began: datetime
    at_once: bool
    over: datetime | None = None


@dataclass
class Plainer:
    """A pager without any of it: what fires is open until it resolves, and pages are of a group."""

    repeat: timedelta
    outages: list[Outage] = field(default_factory=list)
    began: list[Outage] = field(default_factory=list)

    def hear(self, body: bytes, now: datetime) -> None:
        said = json.loads(body)
        alerts = said["alerts"]
        firing = {one.fingerprint: one for one in self.outages if one.over is None}
        for alert in alerts:
            known = firing.get(alert["fingerprint"])
            starts, ends = moment(alert["startsAt"]), moment(alert["endsAt"])
            if alert["status"] == "resolved":
                if known is not None and ends >= known.starts:
                    known.over = now
            elif known is None or (starts > known.starts and starts > known.heard):
                if known is not None:
                    known.over = now
                name, instance = alert["labels"]["alertname"], alert["labels"]["instance"]
                key = instance if name == "Down" else said["groupKey"]
                self.began.append(Outage(alert["fingerprint"], key, starts, now, now, at_once=False))
            else:
                known.heard = now
        paged = {one.key for one in self.outages if one.over is None}
        for one in self.began:
            one.at_once = one.key not in paged
        self.outages += self.began

    def rings_for(self, outage: Outage) -> bool:
        """Return whether it has told of an outage: by a page, or because it lasted until a repeat."""
        lasted = outage.over is None or outage.over - outage.began > self.repeat + SLACK
        return outage.at_once or lasted


class Night:
    """What is true, what reaches us, and what is still to be looked into."""

    def __init__(self, desk: Desk, draw: Random, repeat: timedelta, *, watched: bool) -> None:
        self.desk, self.draw, self.watched = desk, draw, watched
        self.plainer = Plainer(repeat)
        self.repeat = repeat
        self.world = World()
        self.manager = Alertmanager(self.world, (PAGER,), "http://am-0:9093")
        self.prometheus_lives = self.line_is_up = True
        self.lost: list[Alert] = []
        self.open_questions: list[Outage] = []

    def live(self, steps: int) -> None:
        acts = {
            self.time_passes: 10,
            self.alerts_fire: 6,
            self.alerts_end: 4,
            self.an_alert_flaps: 4,
            self.everything_fires: 3,
            self.prometheus_dies: 3,
            self.prometheus_is_back: 4,
            self.the_line_is_cut_or_mended: 1,
            self.somebody_silences_or_stops: 1,
            self.pingparrot_restarts: 2,
            self.somebody_acknowledges: 4,
            self.an_admin_cancels: 1,
        }
        for _ in range(steps):
            (act,) = self.draw.choices(list(acts), list(acts.values()))
            act()
        self.morning_comes()

    # What happens.

    def alerts_fire(self) -> None:
        self.fire(self.draw.sample(ALERTS, self.draw.randint(1, 4)))

    def everything_fires(self) -> None:
        self.fire(SERVICES)

    def fire(self, alerts: Any) -> None:
        for labels in alerts:
            alert = self.world.fire(labels, self.desk.now)
            if self.prometheus_lives:
                self.manager.hear(alert, self.desk.now)

    def alerts_end(self) -> None:
        firing = [alert for alert in self.world.alerts.values() if alert.ends_at is None]
        self.end(self.draw.sample(firing, min(len(firing), self.draw.choice([1, 2, 20]))))

    def end(self, alerts: list[Alert]) -> None:
        for alert in alerts:
            ended = self.world.resolve(alert.labels, self.desk.now)
            if ended is not None and self.prometheus_lives:
                self.manager.hear(ended, self.desk.now)

    def an_alert_flaps(self) -> None:
        labels = self.draw.choice(ALERTS)
        for _ in range(self.draw.randint(2, 7)):
            self.fire([labels])
            self.pass_time(self.draw.choice([0.2, 0.5, 2]))
            self.end([Alert(labels, self.desk.now)])
            self.pass_time(self.draw.choice([0.2, 0.5, 2]))
            if self.draw.random() < 0.2:
                self.somebody_acknowledges()

    def prometheus_dies(self) -> None:
        """Everything that it said resolves, though nothing is mended; so may its Watchdog."""
        if not self.prometheus_lives:
            return
        self.prometheus_lives = False
        self.lost = [alert for alert in self.world.alerts.values() if alert.ends_at is None]
        for alert in self.lost:
            self.manager.hear(Alert(alert.labels, alert.starts_at, self.desk.now), self.desk.now)
        if self.watched and self.line_is_up and self.draw.random() < 0.5:
            stop(self.desk)
        self.pass_time(self.draw.choice([1, 4, 15, 25]))

    def prometheus_is_back(self) -> None:
        """What still fires is said again, with its old start or as if it began now."""
        if self.prometheus_lives:
            return
        self.prometheus_lives = True
        anew = self.draw.random() < 0.5
        for fingerprint, alert in list(self.world.alerts.items()):
            if alert.ends_at is None:
                if anew:
                    self.world.alerts[fingerprint] = Alert(alert.labels, self.desk.now)
                self.manager.hear(self.world.alerts[fingerprint], self.desk.now)

    def the_line_is_cut_or_mended(self) -> None:
        self.line_is_up = not self.line_is_up

    def somebody_silences_or_stops(self) -> None:
        if self.world.silences:
            self.world.silences.clear()
        else:
            self.world.silences["s"] = self.draw.choice([{"alertname": "Disk"}, {"instance": "s1"}])

    def pingparrot_restarts(self) -> None:
        was_up, self.line_is_up = self.line_is_up, False
        away = self.draw.choice([0.1, 2, 20, 90])
        until = self.desk.now + timedelta(minutes=away)
        for now in run_until([self.manager], until, lambda _: False):
            self.desk.now = now
        self.desk.now = until
        self.desk.restart()
        self.line_is_up = was_up

    def somebody_acknowledges(self) -> None:
        pages = self.open_pages()
        for page in self.draw.sample(pages, min(len(pages), self.draw.choice([1, 3]))):
            self.desk.acknowledge(page.id, "Carol")

    def an_admin_cancels(self) -> None:
        pages = self.open_pages()
        if pages:
            self.desk.cancel(self.draw.choice(pages).id)

    def open_pages(self) -> list[Any]:
        return [page for page in self.desk.pages() if page.closed_at is None]

    # How time passes.

    def time_passes(self) -> None:
        self.pass_time(self.draw.choice([0.3, 1, 3, 12]))

    def pass_time(self, minutes: float) -> None:
        until = self.desk.now + timedelta(minutes=minutes)
        while self.desk.now < until:
            pause = min(until, self.desk.now + timedelta(seconds=30))
            for _ in run_until([self.manager], pause, self.send):
                continue
            self.desk.now = pause
            if self.watched and self.prometheus_lives and self.line_is_up:
                beat(self.desk)
            self.desk.tick()
        self.everything_is_heard()

    def send(self, post: Post) -> bool:
        if not self.line_is_up:
            return False
        self.desk.now = post.at
        self.desk.post(post.body)
        self.plainer.hear(post.body, post.at)
        self.open_questions += self.plainer.began
        self.plainer.began = []
        self.desk.tick()
        return True

    # What must hold.

    def everything_is_heard(self) -> None:
        wait = self.repeat + SLACK
        ripe = [one for one in self.open_questions if self.desk.now - one.began > wait]
        self.open_questions = [one for one in self.open_questions if one not in ripe]
        if not ripe:
            return
        rows = {(row.fingerprint, row.first_heard_at): row for row in self.desk.incidents()}
        for one in ripe:
            if self.plainer.rings_for(one):
                self.is_heard(rows[one.fingerprint, one.began], one)
        self.a_missing_heartbeat_rings()

    def is_heard(self, row: Any, outage: Outage) -> None:
        assert row.page_id is not None
        if self.desk.told_since(row.page_id, outage.began):
            return
        page = self.desk.page(row.page_id)
        streak = decode_streak(row.streak)
        flaps = streak is not None and streak.flapping and self.desk.details(page.id, "flapping")
        assert (
            flaps
            or self.desk.said_since(page.id, outage.began, "is not told again")
            or self.desk.said_since(page.id, outage.began, "cancelled the page")
        ), (outage, page)

    def a_missing_heartbeat_rings(self) -> None:
        if not self.watched:
            return
        known = heart(self.desk)
        if known.missing_since is not None:
            assert self.desk.told_since(known.page_id, known.missing_since)

    def morning_comes(self) -> None:
        """Everything is mended and can be heard: nothing is left open, and nothing is left to ask."""
        self.line_is_up = True
        self.world.silences.clear()
        self.prometheus_is_back()
        self.pass_time(25)
        self.end([alert for alert in self.world.alerts.values() if alert.ends_at is None])
        self.pass_time(90)
        assert self.open_questions == []
        assert self.open_pages() == []


def live(template: Path, seed: int) -> None:
    draw = Random(seed)
    repeat_s = draw.choice([60, 60, 300])
    watched = draw.random() < 0.7
    rules = RULES.format(
        repeat=f"{repeat_s}s",
        loan=draw.choice(["never", "20m"]),
        hold=draw.choice(["0s", "2m"]),
        reopen=draw.choice(["0s", "10m", "30m"]),
        limit=draw.choice([2, 6]),
        heartbeats=HEARTBEATS if watched else "",
    )
    with tempfile.TemporaryDirectory() as name, ExitStack() as kept:
        folder = Path(name)
        shutil.copyfile(template, folder / "pingparrot.db")
        database = connect(f"sqlite:///{folder / 'pingparrot.db'}")
        kept.callback(database.close)
        writer = Writer(database)
        writer.start()
        kept.callback(writer.close)
        desk = build_desk(database, writer, folder, rules)
        desk.tick()
        Night(desk, draw, timedelta(seconds=repeat_s), watched=watched).live(STEPS)


def moment(text: str) -> datetime:
    return datetime.fromisoformat(text.replace("Z", "+00:00"))


@pytest.mark.slow
@pytest.mark.timeout(600)
@settings(max_examples=3, deadline=None, phases=[Phase.generate])
@given(st.integers(0, 2**32))
def test_what_a_plainer_pager_rings_for_is_heard_or_the_timeline_says_who_chose_otherwise(
    sqlite_template: Path, seed: int
) -> None:
    live(sqlite_template, seed)
