from __future__ import annotations

import sqlalchemy as sa

from router.store.tables import PAGES, PLANS
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
