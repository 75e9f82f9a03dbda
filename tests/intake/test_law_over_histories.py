"""Random histories of a model Alertmanager, run through the real intake and scheduler on a real database.

Two instances without gossip hear of everything, the second 20 seconds later in its `startsAt`. Alerts are
silenced, inhibited, lost, sent twice and sent late; instances restart, and so does PingParrot; people
acknowledge and cancel.
"""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from random import Random
from typing import Any

import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from router.store.engine import connect
from router.store.writer import Writer
from router.webhook import Answer
from tests.intake.desk import START, Desk, build_desk
from tests.intake.reference_law import Law, Page
from tests.model_alertmanager import Alertmanager, Post, Receiver, World, run_until

SENDER = "prometheus-eu"
LAG_S = 20
STEPS = 120
RECEIVERS = (
    Receiver("pager", ("alertname",), repeat_interval_s=7200),
    Receiver("data team", None, {"service": "db"}, repeat_interval_s=7200, send_resolved=True),
    Receiver("short", ("service",), {"service": "db"}, max_alerts=1, repeat_interval_s=7200),
)
ALERTS: tuple[dict[str, str], ...] = (
    {"alertname": "Disk", "instance": "a", "service": "db", "severity": "warning"},
    {"alertname": "Disk", "instance": "b", "service": "db", "severity": "warning"},
    {"alertname": "Disk", "instance": "c", "severity": "critical"},
    {"alertname": "Down", "service": "db", "severity": "critical"},
    {"alertname": "Login", "audit": "yes", "severity": "info"},
    {"alertname": "Queue", "speed": "slow", "instance": "a"},
    {"alertname": "Queue", "speed": "slow", "service": "db", "severity": "warning"},
    {"alertname": "Link", "zone": "eu"},
    {"alertname": "Ping", "zone": "eu", "severity": "critical"},
    {"alertname": "Flap", "brief": "yes", "instance": "a", "service": "db"},
    {"alertname": "Flap", "brief": "yes", "instance": "b"},
    {"alertname": "Lease", "loaned": "yes", "instance": "a", "severity": "warning"},
    {"alertname": "Lease", "loaned": "yes", "instance": "b", "severity": "critical"},
    {"alertname": "Wait", "patient": "yes", "instance": "a"},
    {"alertname": "Wait", "patient": "yes", "instance": "b", "service": "db", "severity": "critical"},
    {"alertname": "Test", "env": "staging"},
)
QUICK_TO_FLAP = tuple(labels for labels in ALERTS if "brief" in labels or "patient" in labels)
SILENCES: tuple[dict[str, str], ...] = (
    {"service": "db"},
    {"alertname": "Disk", "instance": "a"},
    {"brief": "yes"},
)


@dataclass(frozen=True)
class Late:
    """A copy of a body that was cut off on its way and arrives all the same, later."""

    at: datetime
    post: Post


class History:
    """What is true, what was sent, what was made of it.

    Parameters:
      seed: everything that happens follows from it.
      together: bodies that are due at one moment arrive at one moment, in one group commit; the reference
        takes one at a time and is not asked then.
    """

    def __init__(self, desk: Desk, seed: int, *, together: bool) -> None:
        self.draw = Random(seed)
        self.desk = desk
        self.together = together
        self.law = Law()
        self.ids: dict[int, int] = {}  # our page ids by the reference's numbers
        self.world = World()
        self.managers = [
            Alertmanager(self.world, RECEIVERS, "http://am-0:9093"),
            Alertmanager(self.world, RECEIVERS, "http://am-1:9093", LAG_S),
        ]
        self.refusing = False
        self.answers_to_lose = 0
        self.delays: list[int] = []
        self.late: list[Late] = []
        self.waiting: list[Post] = []
        self.heard_late: dict[tuple[str, str], datetime] = {}
        self.truncated: set[int] = set()
        self.quiet: dict[int, int] = {}
        self.changed = False
        self.last: Post | None = None

    # What happens in the world.

    def live(self, steps: int) -> None:
        """Let so many things happen, each drawn by its weight, and look after each."""
        acts = {
            self.time_passes: 10,
            self.alerts_fire: 6,
            self.alerts_end: 5,
            self.an_alert_flaps: 3,
            self.somebody_silences: 2,
            self.a_silence_ends: 2,
            self.somebody_acknowledges: 3,
            self.an_admin_cancels: 1,
            self.nothing_reaches_us: 1,
            self.pingparrot_restarts: 1,
            self.pingparrot_looks_on: 1,
            self.an_alertmanager_restarts: 1,
            self.our_next_answers_get_lost: 1,
            self.the_next_body_comes_again_later: 2,
            self.the_last_body_comes_twice_more: 1,
        }
        for _ in range(steps):
            (act,) = self.draw.choices(list(acts), list(acts.values()))
            act()
            self.everything_holds()

    def alerts_fire(self) -> None:
        for labels in self.draw.sample(ALERTS, self.draw.randint(1, 4)):
            alert = self.world.fire(labels, self.desk.now)
            for manager in self.managers:
                manager.hear(alert, self.desk.now)

    def alerts_end(self) -> None:
        firing = [alert for alert in self.world.alerts.values() if alert.ends_at is None]
        for alert in self.draw.sample(firing, min(len(firing), self.draw.randint(1, 4))):
            ended = self.world.resolve(alert.labels, self.desk.now)
            assert ended is not None
            for manager in self.managers:
                manager.hear(ended, self.desk.now)

    def an_alert_flaps(self) -> None:
        labels = self.draw.choice([*ALERTS, *QUICK_TO_FLAP * 4])
        for _ in range(self.draw.randint(2, 8)):
            alert = self.world.fire(labels, self.desk.now)
            for manager in self.managers:
                manager.hear(alert, self.desk.now)
            self.pass_time(self.draw.choice([1, 6, 6]))
            ended = self.world.resolve(labels, self.desk.now)
            assert ended is not None
            for manager in self.managers:
                manager.hear(ended, self.desk.now)
            self.pass_time(self.draw.choice([1, 6, 6]))
            if self.draw.random() < 0.3:
                self.somebody_acknowledges()
            self.everything_holds()

    def somebody_silences(self) -> None:
        silence = self.draw.choice(SILENCES)
        self.world.silences[str(silence)] = silence

    def a_silence_ends(self) -> None:
        if self.world.silences:
            del self.world.silences[self.draw.choice(list(self.world.silences))]

    def an_alertmanager_restarts(self) -> None:
        self.draw.choice(self.managers).restart(self.desk.now, keep_log=self.draw.random() < 0.5)

    def our_next_answers_get_lost(self) -> None:
        self.answers_to_lose = self.draw.randint(1, 3)

    def the_next_body_comes_again_later(self) -> None:
        self.delays.append(self.draw.choice([1, 40, 400]))

    def nothing_reaches_us(self) -> None:
        self.refusing = True
        self.pass_time(self.draw.choice([10, 10, 100, 100, 400, 3000]))
        self.refusing = False

    def pingparrot_restarts(self) -> None:
        self.desk.new_scheduler()
        self.law.restart()

    def pingparrot_looks_on(self) -> None:
        for _ in range(5):
            self.pass_time(4)

    def time_passes(self) -> None:
        self.pass_time(self.draw.choice([0.6, 6, 6, 20, 70, 250]))

    def pass_time(self, minutes: float) -> None:
        until = self.desk.now + timedelta(minutes=minutes)
        for now in run_until(self.managers, until, self.send):
            self.deliver_waiting()
            self.deliver_late(now)
            self.desk.now = now
        self.deliver_waiting()
        self.deliver_late(until)
        self.desk.now = until
        self.tick()

    def somebody_acknowledges(self) -> None:
        page = self.open_page()
        if page is not None:
            self.desk.acknowledge(self.ids[page.number], "Carol")
            self.law.acknowledge(page, self.desk.now)
            self.changed = True

    def an_admin_cancels(self) -> None:
        page = self.open_page()
        if page is not None:
            self.desk.cancel(self.ids[page.number])
            self.law.cancel(page)
            self.changed = True
            for row in self.desk.open_incidents():
                if row.page_id == self.ids[page.number]:
                    self.quiet[row.id] = row.page_id

    def the_last_body_comes_twice_more(self) -> None:
        if self.last is None:
            return
        self.take([self.last])
        before = self.state()
        answer = self.desk.post(self.last.body, SENDER)
        assert {alert.outcome for alert in answer.alerts} <= {"reminder", "unknown_resolve"}
        assert self.state() == before
        self.law.hear(SENDER, self.last.body, self.desk.now)
        for alert in self.last.firing:
            self.heard_late[self.last.receiver.name, alert.fingerprint] = self.desk.now

    # How bodies reach us.

    def send(self, post: Post) -> bool:
        if self.delays:
            self.late.append(Late(post.at + timedelta(seconds=self.delays.pop()), post))
        if self.refusing:
            return False
        if self.together:
            self.waiting.append(post)
        else:
            self.desk.now = post.at
            self.take([post])
        self.answers_to_lose -= 1
        return self.answers_to_lose < 0

    def deliver_waiting(self) -> None:
        if self.waiting:
            posts, self.waiting = self.waiting, []
            self.desk.now = posts[0].at
            self.take(posts)

    def deliver_late(self, until: datetime) -> None:
        for late in sorted((late for late in self.late if late.at <= until), key=lambda late: late.at):
            self.late.remove(late)
            self.desk.now = max(self.desk.now, late.at)
            self.take([late.post])
            for alert in late.post.firing:
                self.heard_late[late.post.receiver.name, alert.fingerprint] = self.desk.now

    def take(self, posts: Sequence[Post]) -> None:
        answers = self.desk.take(*(self.desk.webhook(post.body, SENDER) for post in posts))
        if not self.together:
            self.compare(answers[0], posts[0])
        for post, answer in zip(posts, answers, strict=True):
            if post.truncated:
                self.truncated |= {
                    one.page_id for one in answer.alerts if one.outcome == "resolved" and one.page_id
                }
        self.everything_that_reached_us_is_accounted_for(posts)
        self.last = posts[-1]
        self.changed = True

    def tick(self) -> None:
        self.changed = True
        self.desk.tick()
        self.law.tick(self.desk.now)
        if not self.together:
            self.pair_pages()

    # What must hold.

    def compare(self, answer: Answer, post: Post) -> None:
        """Hold an answer against the reference's."""
        expected = self.law.hear(SENDER, post.body, self.desk.now)
        ours = {(one.fingerprint, one.route): (one.outcome, one.page_id) for one in answer.alerts}
        theirs = {(fingerprint, route): (outcome, page) for fingerprint, outcome, route, page in expected}
        assert ours.keys() == theirs.keys()
        for key, (outcome, number) in theirs.items():
            if number is not None and number not in self.ids and ours[key][1] is not None:
                self.ids[number] = ours[key][1] or 0
            assert ours[key] == (outcome, self.ids.get(number or 0)), key

    def pair_pages(self) -> None:
        """Give pages that the scheduler opened their numbers: what is on them tells which is which."""
        placed = {
            (row.receiver, row.fingerprint, row.route): row.page_id for row in self.desk.open_incidents()
        }
        for one in self.law.open():
            if one.page is not None and one.page.number not in self.ids:
                self.ids[one.page.number] = placed[one.receiver, one.fingerprint, one.route]
        for page in self.law.pages:
            if page.number not in self.ids:  # opened and ended within one tick
                link = self.ids.get(page.link or 0)
                self.ids[page.number] = next(
                    row.id
                    for row in self.desk.pages()
                    if row.id not in self.ids.values()
                    and (row.route, row.linked_page_id) == (page.route, link)
                )

    def everything_that_reached_us_is_accounted_for(self, posts: Sequence[Post]) -> None:
        """Each episode has one incident a route, opened for it, that paged, joined, or is on record."""
        rows = self.desk.open_incidents()
        for post in posts:
            later = {alert.fingerprint for other in posts[posts.index(post) + 1 :] for alert in other.firing}
            for alert in post.firing:
                if len(posts) > 1 and alert.fingerprint in later:
                    continue
                mine = [
                    row
                    for row in rows
                    if (row.receiver, row.fingerprint) == (post.receiver.name, alert.fingerprint)
                ]
                assert mine
                assert len({row.route for row in mine}) == len(mine)
                for row in mine:
                    self.is_accounted_for(row, alert.starts_at)

    def is_accounted_for(self, row: Any, began: datetime) -> None:
        if row.outcome not in ("held", "suppressed"):
            assert row.page_id is not None
            assert self.desk.told(row.page_id)
            self.is_heard_or_somebody_chose_not_to(row)
        began -= timedelta(seconds=LAG_S)
        heard_late = self.heard_late.get((row.receiver, row.fingerprint))
        if heard_late is None or heard_late < began:  # else it spoke of an outage that was over by then
            assert row.first_heard_at >= began

    def is_heard_or_somebody_chose_not_to(self, row: Any) -> None:
        """Each episode is told of, will be by the next repeat, or the timeline says whose wish it was."""
        page = self.desk.page(row.page_id)
        if page.closed_reason == "cancelled":
            return  # the timeline says who cancelled it
        assert page.closes_at is None
        repeats = page.status == "active" and page.repeating and page.next_repeat_at is not None
        assert (
            repeats
            or self.desk.told_since(row.page_id, row.first_heard_at)
            or self.desk.said_since(row.page_id, row.first_heard_at, "is not told again")
        )

    def everything_holds(self) -> None:
        if not self.changed:
            return
        self.changed = False
        pages, incidents = self.desk.pages(), self.desk.open_incidents()
        if not self.together:
            self.our_pages_are_the_references(pages)
            self.our_open_incidents_are_the_references(incidents)
        speaking = {row.page_id for row in incidents}
        for row in pages:
            waits = row.closes_at is not None
            assert not waits or (row.closed_at is None and row.id not in speaking)
            assert row.closed_at is not None or waits or row.id in speaking or row.id in self.truncated
            assert self.desk.told(row.id)
        active = [(row.route, row.join_key) for row in pages if row.status == "active"]
        assert len(active) == len(set(active))
        self.no_cancel_is_undone_by_reminders(incidents)

    def our_pages_are_the_references(self, pages: Sequence[Any]) -> None:
        ours = {
            row.id: (
                row.status,
                row.closed_reason,
                row.priority,
                row.linked_page_id,
                row.closes_at,
                row.flapping,
            )
            for row in pages
        }
        theirs = {
            self.ids[page.number]: (
                page.status,
                page.reason,
                page.priority,
                self.ids.get(page.link or 0),
                page.closes,
                page.flapping,
            )
            for page in self.law.pages
        }
        assert ours == theirs

    def our_open_incidents_are_the_references(self, incidents: Sequence[Any]) -> None:
        ours = sorted(
            (row.receiver, row.fingerprint, row.route, row.outcome, row.page_id or 0, row.held_until or START)
            for row in incidents
        )
        theirs = sorted(
            (
                one.receiver,
                one.fingerprint,
                one.route,
                one.outcome,
                self.ids[one.page.number] if one.page else 0,
                one.held_until or START,
            )
            for one in self.law.open()
        )
        assert ours == theirs

    def no_cancel_is_undone_by_reminders(self, incidents: Sequence[Any]) -> None:
        still = {row.id: row.page_id for row in incidents}
        for incident, page_id in self.quiet.items():
            assert still.get(incident, page_id) == page_id
            assert self.desk.page(page_id).closed_reason == "cancelled"

    def open_page(self) -> Page | None:
        """Return one of the pages that are not closed, or None."""
        if self.together:
            rows = [row for row in self.desk.pages() if row.closed_at is None]
            self.ids = {row.id: row.id for row in rows}
            pages = [Page(row.id, row.route, "", "", START, START, None) for row in rows]
        else:
            pages = [page for page in self.law.pages if not page.reason]
        return self.draw.choice(pages) if pages else None

    def state(self) -> object:
        """Return everything that a repetition may not change."""
        incidents = [(row.id, row.page_id, row.outcome, row.ended_at) for row in self.desk.incidents()]
        pages = [tuple(row) for row in self.desk.pages()]
        return incidents, pages


def live(template: Path, seed: int, *, together: bool) -> None:
    with tempfile.TemporaryDirectory() as name, ExitStack() as kept:
        folder = Path(name)
        shutil.copyfile(template, folder / "pingparrot.db")
        database = connect(f"sqlite:///{folder / 'pingparrot.db'}")
        kept.callback(database.close)
        writer = Writer(database)
        writer.start()
        kept.callback(writer.close)
        History(build_desk(database, writer, folder), seed, together=together).live(STEPS)


SEEDS = st.integers(0, 2**32)
EXAMPLES = settings(max_examples=3, deadline=None, phases=[Phase.generate])
"""A seed cannot be shrunk; each lives through weeks."""


@pytest.mark.slow
@pytest.mark.timeout(600)
@EXAMPLES
@given(SEEDS)
def test_intake_agrees_with_the_reference_and_swallows_no_episode(sqlite_template: Path, seed: int) -> None:
    live(sqlite_template, seed, together=False)


@pytest.mark.slow
@pytest.mark.timeout(600)
@EXAMPLES
@given(SEEDS)
def test_bodies_that_arrive_together_swallow_no_episode(sqlite_template: Path, seed: int) -> None:
    live(sqlite_template, seed, together=True)


@pytest.mark.slow
@pytest.mark.timeout(600)
@pytest.mark.parametrize("seed", [1, 2, 3])
def test_bodies_that_arrive_together_at_several_writers_swallow_no_episode(
    postgres_url: str, tmp_path: Path, seed: int
) -> None:
    with ExitStack() as kept:
        database = connect(postgres_url)
        kept.callback(database.close)
        writer = Writer(database)
        writer.start()
        kept.callback(writer.close)
        History(build_desk(database, writer, tmp_path), seed, together=True).live(STEPS)
