"""Alertmanager is killed, and sends what fires again; its receiver is renamed (docs/facts.md [46] [48])."""

from __future__ import annotations

from datetime import timedelta

from tests.intake.desk import Desk
from tests.model_alertmanager import Alertmanager, Post, Receiver, World, run_until

NAMES = ("Disk", "Memory", "Down")


class Night:
    """Three outages, which a page each tells of."""

    def __init__(self, desk: Desk) -> None:
        self.desk = desk
        self.world = World()
        self.manager = Alertmanager(self.world, (Receiver("pager"),), "http://am-0:9093")
        for name in NAMES:
            self.manager.hear(self.world.fire({"alertname": name}, desk.now), desk.now)
        self.passes(minutes=2)
        for page in desk.pages():
            desk.acknowledge(page.id)

    def passes(self, minutes: float) -> None:
        until = self.desk.now + timedelta(minutes=minutes)
        for now in run_until([self.manager], until, self.post):
            self.desk.now = now
        self.desk.now = until
        self.desk.tick()

    def post(self, post: Post) -> bool:
        self.desk.now = post.at
        self.desk.post(post.body)
        return True


def test_what_a_killed_alertmanager_sends_again_rings_nobody(desk: Desk) -> None:
    night = Night(desk)
    told = [desk.told(page.id) for page in desk.pages()]
    night.passes(minutes=30)
    night.manager.restart(desk.now, keep_log=False)
    night.passes(minutes=30)
    assert len(desk.webhooks()) == 6
    assert [desk.told(page.id) for page in desk.pages()] == told
    assert len(desk.pages()) == 3


def test_a_resolve_that_it_lost_is_told_by_the_next_outage(desk: Desk) -> None:
    night = Night(desk)
    night.world.resolve({"alertname": "Disk"}, desk.now)  # while Alertmanager is down: nobody hears of it
    night.manager.restart(desk.now, keep_log=True)
    night.passes(minutes=20)
    alert = night.world.fire({"alertname": "Disk"}, desk.now)
    night.manager.hear(alert, desk.now)
    night.passes(minutes=260)
    old, new = desk.page(1), desk.pages()[-1]
    assert (old.closed_reason, new.linked_page_id, new.subject[:13]) == ("resolved", old.id, "Disk (2nd tim")
    assert desk.told(new.id)
