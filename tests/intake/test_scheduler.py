from __future__ import annotations

import sqlalchemy as sa

from router.metrics import UNREACHABLE
from router.store.people import change_user
from router.store.tables import NOTIFICATIONS, PAGES, PLANS
from router.store.writer import Transaction
from tests.intake.desk import Desk, body, firing


def spoil(desk: Desk, page_id: int) -> None:
    """Make a page's plan unreadable, as a newer release's may be to an older one."""

    def job(tx: Transaction) -> None:
        plan = sa.select(PAGES.c.plan_id).where(PAGES.c.id == page_id).scalar_subquery()
        tx.connection.execute(sa.update(PLANS).where(PLANS.c.id == plan).values(body="{}"))

    desk.writer.run(job)


def two_pages(desk: Desk) -> tuple[int, int]:
    """Open a page whose plan is spoilt, and one beside it."""
    spoilt = desk.post(body(firing("Disk"), group="a")).alerts[0].page_id
    other = desk.post(body(firing("Link", zone="eu"), group="b")).alerts[0].page_id
    assert spoilt is not None
    assert other is not None
    spoil(desk, spoilt)
    return spoilt, other


def test_a_page_that_cannot_be_judged_does_not_hold_up_the_others(desk: Desk) -> None:
    _, other = two_pages(desk)
    desk.pass_time(minutes=1)
    desk.tick()
    assert desk.told(other) == [("Alice", "page"), ("Alice", "repeat")]


def test_a_page_that_cannot_be_judged_says_so_and_is_tried_again(desk: Desk) -> None:
    spoilt, _ = two_pages(desk)
    desk.pass_time(minutes=1)
    desk.tick()
    desk.tick()
    assert desk.timeline(spoilt).count("postponed") == 1
    desk.pass_time(minutes=5)
    desk.tick()
    assert desk.timeline(spoilt).count("postponed") == 2


def test_a_page_that_cannot_be_judged_does_not_hold_up_held_alerts(desk: Desk) -> None:
    desk.pass_time(hours=15)
    desk.post(body(firing("Queue", desk.now, speed="slow"), group="c"))
    two_pages(desk)
    desk.pass_time(hours=6)
    desk.tick()
    assert "slow" in {page.route for page in desk.pages()}


def test_downtime_over_many_pages_repeats_once_on_each(desk: Desk) -> None:
    desk.take(*(desk.webhook(body(firing(f"Disk{n}"), group=str(n))) for n in range(150)))
    desk.pass_time(minutes=4, seconds=30)
    desk.tick()
    told = [desk.told(page.id) for page in desk.pages()]
    assert told == [[("Alice", "page"), ("Alice", "repeat")]] * 150


def leave(desk: Desk, name: str) -> None:
    """Let a person leave: the roster in git does so in the middle of a page."""
    user_id = desk.people[name].user_id
    desk.writer.run(lambda tx: change_user(tx.connection, user_id, is_active=False))


def test_a_page_whose_only_person_left_brings_in_the_default_chain_at_the_next_repeat(desk: Desk) -> None:
    page_id = desk.post(body(firing("Ledger", audit="yes"))).alerts[0].page_id or 0
    leave(desk, "Carol")
    desk.pass_time(minutes=1)
    desk.tick()
    assert desk.told(page_id) == [("Carol", "page"), ("Carol", "repeat"), ("Alice", "fallback")]
    assert "fallback" in desk.timeline(page_id)


def test_a_repeat_that_reaches_nobody_is_counted_when_no_default_chain_is_left(desk: Desk) -> None:
    page_id = desk.post(body(firing("Disk"))).alerts[0].page_id or 0
    leave(desk, "Alice")
    before = UNREACHABLE._value.get()
    for _ in range(3):
        desk.pass_time(minutes=1)
        desk.tick()
    assert UNREACHABLE._value.get() >= before + 3
    assert desk.timeline(page_id).count("fallback") == 1


def test_one_who_left_is_not_sent_repeats(desk: Desk) -> None:
    page_id = desk.post(body(firing("Disk"))).alerts[0].page_id or 0
    leave(desk, "Alice")
    desk.pass_time(minutes=1)
    desk.tick()
    query = sa.select(NOTIFICATIONS.c.state).where(
        NOTIFICATIONS.c.page_id == page_id, NOTIFICATIONS.c.kind == "repeat"
    )
    with desk.database.read() as connection:
        assert connection.execute(query).scalars().all() == ["failed"]


def test_an_escalation_to_one_without_contacts_brings_in_nobody_else(desk: Desk) -> None:
    page_id = desk.post(body(firing("Disk"))).alerts[0].page_id or 0
    leave(desk, "Bob")
    desk.pass_time(minutes=5)
    desk.tick()
    assert "fallback" not in desk.timeline(page_id)
