"""Two Alertmanagers no longer gossip: both send everything, and do not always agree [41] [42]."""

from __future__ import annotations

from datetime import timedelta
from itertools import permutations

import pytest

from tests.intake.desk import RULES, START, Desk, body, firing, outcomes
from tests.model_alertmanager import Alertmanager, Post, Receiver, World, run_until

DISK = {"alertname": "Disk", "instance": "a"}
HELD = RULES + "integrations: {prometheus-eu: {resolve_hold: 6m}}\n"


class Night:
    """A world, and two Alertmanagers that hear of it, each from a Prometheus of its own."""

    def __init__(self, desk: Desk) -> None:
        self.desk = desk
        self.world = World()
        self.peers = [
            Alertmanager(self.world, (Receiver("pager"),), "http://am-0:9093"),
            Alertmanager(self.world, (Receiver("pager"),), "http://am-1:9093", lag_s=20),
        ]

    def begins(self) -> None:
        alert = self.world.fire(DISK, self.desk.now)
        for peer in self.peers:
            peer.hear(alert, self.desk.now)

    def ends(self, *heard_by: int) -> None:
        """Let the outage end; only some of the peers hear of it."""
        alert = self.world.resolve(DISK, self.desk.now)
        assert alert is not None
        for number in heard_by:
            self.peers[number].hear(alert, self.desk.now)

    def passes(self, minutes: float) -> None:
        until = self.desk.now + timedelta(minutes=minutes)
        for now in run_until(self.peers, until, self.post):
            self.desk.now = now
            self.desk.tick()
        self.desk.now = until
        self.desk.tick()

    def post(self, post: Post) -> bool:
        self.desk.now = post.at
        self.desk.post(post.body)
        return True


def test_what_both_tell_rings_once_and_ends_once(desk: Desk) -> None:
    night = Night(desk)
    night.begins()
    night.passes(minutes=2)
    desk.acknowledge(1)
    night.passes(minutes=300)
    night.ends(0, 1)
    night.passes(minutes=10)
    assert len(desk.webhooks()) == 6
    (page,) = desk.pages()
    assert (page.closed_reason, page.linked_page_id) == ("resolved", None)
    assert [told for told in desk.told(page.id) if told[1] != "repeat"] == [
        ("Alice", "page"),
        ("Alice", "resolved"),
    ]


@pytest.mark.parametrize("order", sorted(set(permutations("0011"))))
def test_whatever_comes_first_from_whom_it_is_one_page(desk: Desk, order: tuple[str, ...]) -> None:
    """Their clocks differ, and so do their routes, and with them the keys of their groups."""
    says = {
        "0": body(firing("Disk", START), group="{}:{}", url="http://am-0:9093"),
        "1": body(
            firing("Disk", START + timedelta(seconds=20)), group='{}/{team="sre"}:{}', url="http://am-1:9093"
        ),
    }
    desk.pass_time(seconds=30)
    for peer in order:
        desk.post(says[peer])
        desk.pass_time(seconds=1)
    (page,) = desk.pages()
    assert desk.told(page.id) == [("Alice", "page")]
    assert len(desk.open_incidents()) == 1


def test_one_that_has_not_heard_of_the_end_rings_again_and_says_so(desk: Desk) -> None:
    """Nobody can know who is right: a page too many is better than an outage that nobody hears."""
    night = Night(desk)
    night.begins()
    night.passes(minutes=2)
    desk.acknowledge(1)
    night.ends(0)
    night.passes(minutes=250)  # until the other one reminds
    first, second = desk.pages()
    assert first.closed_reason == "resolved"
    assert second.status == "active"
    assert ("Alice", "page") in desk.told(second.id)

    # It hears of the end at last: that page closes too, and no third one opens.
    desk.post(
        body(
            {**firing("Disk", START, instance="a"), "status": "resolved", "endsAt": "2026-03-03T18:00:00Z"},
            receiver="pager",
        )
    )
    assert desk.page(second.id).closed_reason == "resolved"
    assert len(desk.pages()) == 2


def test_with_a_hold_a_peer_that_is_behind_rings_nobody(desk: Desk) -> None:
    desk.change_rules(HELD)
    desk.post(body(firing("Disk")))
    desk.acknowledge(1)
    desk.pass_time(minutes=30)
    ended = {**firing("Disk"), "status": "resolved", "endsAt": "2026-03-03T12:30:00Z"}
    desk.post(body(ended, url="http://am-0:9093"))
    desk.pass_time(minutes=4)
    desk.tick()
    again = desk.post(body(firing("Disk"), url="http://am-1:9093"))
    assert outcomes(again) == [("joined", 1)]
    desk.pass_time(minutes=1)
    desk.post(body(ended, url="http://am-1:9093"))
    desk.pass_time(minutes=6)
    desk.tick()
    (page,) = desk.pages()
    assert page.closed_reason == "resolved"
    assert desk.details(1, "refired") == ["Disk fires again: 2nd time in 34 minutes."]
    assert desk.told(1) == [("Alice", "page"), ("Alice", "joined"), ("Alice", "resolved")]


@pytest.mark.parametrize("in_hand", [False, True])
def test_clocks_further_apart_than_the_group_waits_cost_who_acknowledged_one_more_page(
    desk: Desk, in_hand: bool
) -> None:
    """A start after the last word looks like a new outage whose end was lost."""
    desk.post(body(firing("Disk", START), url="http://am-0:9093"))
    if in_hand:
        desk.acknowledge(1)
    desk.pass_time(minutes=2)
    late = firing("Disk", START + timedelta(minutes=1))
    for _ in range(5):
        desk.post(body(late, url="http://am-1:9093"))
        desk.pass_time(minutes=5)
        desk.post(body(firing("Disk", START), url="http://am-0:9093"))
    pages = [(page.closed_reason, page.linked_page_id) for page in desk.pages()]
    assert pages == ([("resolved", None), (None, 1)] if in_hand else [(None, None)])
