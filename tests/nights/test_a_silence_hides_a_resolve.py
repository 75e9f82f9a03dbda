"""An alert is silenced, resolves, and fires again; Alertmanager never says that it ended [38]."""

from __future__ import annotations

from datetime import datetime, timedelta

from tests.intake.desk import START, Desk
from tests.model_alertmanager import Alertmanager, Post, Receiver, World, run_until

DISK = {"alertname": "Disk"}


class Night:
    """A world, its Alertmanager, and our desk."""

    def __init__(self, desk: Desk) -> None:
        self.desk = desk
        self.world = World()
        self.manager = Alertmanager(
            self.world, (Receiver("pager", repeat_interval_s=3600),), "http://am-0:9093"
        )

    def begins(self) -> datetime:
        alert = self.world.fire(DISK, self.desk.now)
        self.manager.hear(alert, self.desk.now)
        return self.desk.now

    def ends(self) -> None:
        alert = self.world.resolve(DISK, self.desk.now)
        assert alert is not None
        self.manager.hear(alert, self.desk.now)

    def passes(self, minutes: float) -> None:
        until = self.desk.now + timedelta(minutes=minutes)
        for now in run_until([self.manager], until, self.post):
            self.desk.now = now
            self.desk.tick()
        self.desk.now = until
        self.desk.tick()

    def post(self, post: Post) -> bool:
        self.desk.now = post.at
        self.desk.post(post.body)
        return True


def acknowledged_and_silenced(desk: Desk) -> Night:
    """A page that Alice acknowledged, and a silence since."""
    night = Night(desk)
    night.begins()
    night.passes(minutes=2)
    desk.acknowledge(1)
    night.world.silences["disk"] = DISK
    return night


def test_the_second_outage_pages_although_the_first_never_ended(desk: Desk) -> None:
    night = acknowledged_and_silenced(desk)
    night.passes(minutes=20)
    night.ends()
    night.passes(minutes=20)
    night.begins()
    night.passes(minutes=10)
    assert len(desk.pages()) == 1
    del night.world.silences["disk"]
    night.passes(minutes=20)
    first, second = desk.pages()
    assert (first.status, first.closed_reason) == ("acknowledged", "resolved")
    assert (second.status, second.linked_page_id) == ("active", first.id)
    assert second.subject == "Disk (2nd time in 62 minutes)"
    assert ("Alice", "page") in desk.told(second.id)


def test_a_silence_over_one_outage_rings_nobody_again(desk: Desk) -> None:
    night = acknowledged_and_silenced(desk)
    night.passes(minutes=20)
    del night.world.silences["disk"]
    night.passes(minutes=300)
    (page,) = desk.pages()
    assert page.status == "acknowledged"
    assert desk.told(page.id) == [("Alice", "page"), ("Alice", "repeat")]


def test_fired_again_in_the_open_it_follows_the_page_that_was_closed(desk: Desk) -> None:
    night = Night(desk)
    night.begins()
    night.passes(minutes=2)
    night.ends()
    night.passes(minutes=6)
    assert desk.page(1).closed_reason == "resolved"
    night.begins()
    night.passes(minutes=6)
    assert desk.pages()[1].linked_page_id == 1
    assert desk.now > START
