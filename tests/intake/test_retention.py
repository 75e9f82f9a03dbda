"""What is over is deleted once it has been kept long enough, and nothing else is."""

from __future__ import annotations

import sqlalchemy as sa

from router.store.tables import EVENTS, INCIDENTS, NOTIFICATIONS, PAGES, QUARANTINE, RECIPIENTS, WEBHOOKS
from tests.intake.desk import Desk, body, firing, resolved

OF_PAGES = (PAGES, RECIPIENTS, EVENTS, NOTIFICATIONS)


def counted(desk: Desk, *tables: sa.Table) -> list[int]:
    """Return how many rows the tables have."""
    with desk.database.read() as connection:
        return [
            connection.execute(sa.select(sa.func.count()).select_from(table)).scalar_one() for table in tables
        ]


def over(desk: Desk, name: str) -> int:
    """Let an alert page, be told of, and end; return its page."""
    page_id = desk.post(body(firing(name, desk.now), group=name)).alerts[0].page_id or 0
    desk.post(body(resolved(name, desk.now), group=name))
    return page_id


def kept(desk: Desk) -> list[int]:
    """Return the pages that are still there."""
    return [page.id for page in desk.pages()]


def test_a_page_that_is_over_goes_with_all_that_was_noted_of_it(desk: Desk) -> None:
    over(desk, "Disk")
    desk.pass_time(days=402)
    last = over(desk, "Link")
    desk.restart()
    assert kept(desk) == [last]
    assert counted(desk, RECIPIENTS, INCIDENTS) == [1, 1]
    with desk.database.read() as connection:
        of = [set(connection.execute(sa.select(table.c.page_id)).scalars()) for table in OF_PAGES[1:]]
    assert of == [{last}, {last}, {last}]


def test_a_page_of_less_than_its_time_stays(desk: Desk) -> None:
    first = over(desk, "Disk")
    desk.pass_time(days=399)
    last = over(desk, "Link")
    desk.restart()
    assert kept(desk) == [first, last]


def test_the_newest_page_stays_so_that_its_number_never_comes_again(desk: Desk) -> None:
    page_id = over(desk, "Disk")
    desk.pass_time(days=402)
    desk.restart()
    assert kept(desk) == [page_id]


def test_an_acknowledged_page_whose_alert_still_fires_stays(desk: Desk) -> None:
    held = desk.post(body(firing("Disk"), group="a")).alerts[0].page_id or 0
    desk.acknowledge(held)
    for _ in range(402):
        desk.pass_time(days=1)
        desk.post(body(firing("Disk"), group="a"))
    last = over(desk, "Link")
    desk.restart()
    assert kept(desk) == [held, last]


def test_what_could_not_be_read_goes_with_the_ledger_not_with_the_bodies(desk: Desk) -> None:
    desk.post(b"neither JSON nor anything")
    desk.pass_time(days=31)
    over(desk, "Disk")
    desk.restart()
    assert counted(desk, QUARANTINE, WEBHOOKS) == [1, 2]
    desk.pass_time(days=370)
    desk.restart()
    assert counted(desk, QUARANTINE) == [0]
