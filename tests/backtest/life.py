"""A history that real intake and a real scheduler live through, by a clock that jumps from due to due."""

from __future__ import annotations

from datetime import datetime, timedelta
from random import Random
from typing import Any

import sqlalchemy as sa

from router.commands.refusals import Refusal
from router.store.tables import INCIDENTS, NOTIFICATIONS, PAGES, USERS
from router.store.writer import Transaction
from tests.intake.desk import RULES, Desk
from tests.intake.test_law_over_histories import ALERTS, QUICK_TO_FLAP, RECEIVERS, SENDER, SILENCES
from tests.model_alertmanager import Alertmanager, Post, World, run_until

SLOWER = RULES.replace("repeat_interval: 60s", "repeat_interval: 7m").replace("48h", "30d")
"""What the real server does is looked at in each of its repeats: fewer make the same promises."""


class Life:
    """Two Alertmanagers without gossip post; alerts fire, end and flap; people do what people do."""

    def __init__(self, desk: Desk, seed: int) -> None:
        self.draw = Random(seed)
        self.desk = desk
        self.world = World()
        self.managers = [
            Alertmanager(self.world, RECEIVERS, "http://am-0:9093"),
            Alertmanager(self.world, RECEIVERS, "http://am-1:9093", 20),
        ]
        self.losing = False
        self.together = self.draw.random() < 0.5
        self.waiting: list[Post] = []

    def live(self, steps: int) -> None:
        acts = {
            self.alerts_fire: 5,
            self.alerts_end: 4,
            self.an_alert_flaps: 2,
            self.time_passes: 6,
            self.somebody_acknowledges: 3,
            self.an_admin_cancels: 1,
            self.somebody_silences: 1,
            self.a_silence_ends: 1,
            self.an_alertmanager_restarts: 1,
            self.nothing_reaches_us: 1,
        }
        for _ in range(steps):
            (act,) = self.draw.choices(list(acts), list(acts.values()))
            act()
            # Acts are at moments of their own, as they are in life.
            self.pass_time(
                timedelta(seconds=self.draw.randint(1, 40), microseconds=self.draw.randint(1, 999))
            )

    def alerts_fire(self) -> None:
        for labels in self.draw.sample(ALERTS, self.draw.randint(1, 4)):
            self._hear(self.world.fire(labels, self.desk.now))

    def alerts_end(self) -> None:
        firing = [alert for alert in self.world.alerts.values() if alert.ends_at is None]
        for alert in self.draw.sample(firing, min(len(firing), self.draw.randint(1, 4))):
            self._hear(self.world.resolve(alert.labels, self.desk.now))

    def an_alert_flaps(self) -> None:
        labels = self.draw.choice([*ALERTS, *QUICK_TO_FLAP * 4])
        for _ in range(self.draw.randint(2, 8)):
            self._hear(self.world.fire(labels, self.desk.now))
            self.pass_time(timedelta(minutes=self.draw.choice([1, 6, 6])))
            self._hear(self.world.resolve(labels, self.desk.now))
            self.pass_time(timedelta(minutes=self.draw.choice([1, 6, 6])))
            if self.draw.random() < 0.3:
                self.somebody_acknowledges()

    def time_passes(self) -> None:
        self.pass_time(timedelta(minutes=self.draw.choice([0.6, 6, 20, 70, 250, 900])))

    def somebody_silences(self) -> None:
        silence = self.draw.choice(SILENCES)
        self.world.silences[str(silence)] = silence

    def a_silence_ends(self) -> None:
        if self.world.silences:
            del self.world.silences[self.draw.choice(list(self.world.silences))]

    def an_alertmanager_restarts(self) -> None:
        self.draw.choice(self.managers).restart(self.desk.now, keep_log=self.draw.random() < 0.5)

    def nothing_reaches_us(self) -> None:
        self.losing = True
        self.time_passes()
        self.losing = False

    def somebody_acknowledges(self) -> None:
        rows = [row for row in self.desk.pages() if row.closed_at is None]
        if not rows:
            return
        try:
            self.desk.acknowledge(self.draw.choice(rows).id, self.draw.choice(["Alice", "Bob", "Carol"]))
        except Refusal:
            return  # Bob was not paged

    def an_admin_cancels(self) -> None:
        rows = [row for row in self.desk.pages() if row.closed_at is None]
        if rows:
            self.desk.cancel(self.draw.choice(rows).id)

    def pass_time(self, span: timedelta) -> None:
        until = self.desk.now + span
        for now in run_until(self.managers, until, self._post):
            self._deliver()
            self.tick_until(max(now, self.desk.now))
        self._deliver()
        self.tick_until(until)

    def tick_until(self, until: datetime) -> None:
        """Let the scheduler look at each moment at which something is due."""
        while (due := self._next_due()) is not None and due <= until:
            self.desk.now = max(self.desk.now, due)
            self.desk.tick()
        self.desk.now = max(self.desk.now, until)

    def _hear(self, alert: Any) -> None:
        assert alert is not None
        for manager in self.managers:
            manager.hear(alert, self.desk.now)

    def _post(self, post: Post) -> bool:
        if self.losing:
            return False
        self.waiting.append(post)
        return True

    def _deliver(self) -> None:
        """Bodies that are due at one moment come in one commit, or each at a moment of its own."""
        posts, self.waiting = self.waiting, []
        webhooks = [self.desk.webhook(post.body, SENDER) for post in posts]
        if webhooks and self.together:
            self.desk.take(*webhooks)
        elif webhooks:
            for webhook in webhooks:
                self.tick_until(self.desk.now + timedelta.resolution)
                self.desk.take(webhook)

    def _next_due(self) -> datetime | None:
        wakes = sa.select(sa.func.min(PAGES.c.next_wake_at))
        held = sa.select(sa.func.min(INCIDENTS.c.held_until))
        with self.desk.database.read() as connection:
            due = [connection.execute(query).scalar() for query in (wakes, held)]
        return min((moment for moment in due if moment is not None), default=None)


def deliver_everything(desk: Desk) -> None:
    """Write down that every order was sent at once, but those that nobody wants any more."""

    def sent(tx: Transaction) -> None:
        earlier = NOTIFICATIONS.alias()
        heard = sa.exists().where(
            earlier.c.page_id == NOTIFICATIONS.c.page_id,
            earlier.c.user_id == NOTIFICATIONS.c.user_id,
            earlier.c.id < NOTIFICATIONS.c.id,
        )
        wanted = (NOTIFICATIONS.c.kind != "resolved") | heard
        values = {"state": "sent", "rung_at": NOTIFICATIONS.c.created_at}
        tx.connection.execute(sa.update(NOTIFICATIONS).where(wanted).values(values))

    desk.writer.run(sent)


def what_happened(desk: Desk) -> list[Any]:
    """Return every page that the server made: when, how it ended, and whom it told when."""
    told: dict[int, list[tuple[str, str, datetime]]] = {}
    query = (
        sa.select(NOTIFICATIONS.c.page_id, USERS.c.email, NOTIFICATIONS.c.kind, NOTIFICATIONS.c.created_at)
        .join_from(NOTIFICATIONS, USERS, USERS.c.id == NOTIFICATIONS.c.user_id)
        .where(NOTIFICATIONS.c.state == "sent")
    )
    with desk.database.read() as connection:
        for page_id, *one in connection.execute(query):
            told.setdefault(page_id, []).append(tuple(one))
    opened = {row.id: row.created_at for row in desk.pages()}
    return in_order(
        (
            row.created_at,
            row.route,
            row.priority,
            row.status,
            row.closed_at,
            row.closed_reason,
            row.closes_at,
            row.flapping,
            opened.get(row.linked_page_id),
            sorted(told.get(row.id, [])),
        )
        for row in desk.pages()
    )


def in_order(pages: Any) -> list[Any]:
    return sorted(pages, key=lambda page: (page[0], page[1], str(page[2:])))
