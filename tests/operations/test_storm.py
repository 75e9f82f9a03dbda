"""A storm of webhooks that two processes on one PostgreSQL hear at once, each in an order of its own."""

from __future__ import annotations

import asyncio
import random
from collections import Counter
from pathlib import Path

import pytest
import sqlalchemy as sa

from router.intake import Intake
from router.store.engine import connect
from router.store.writer import Writer
from router.webhook import Answer
from tests.intake.desk import Desk, body, build_desk, firing, names_of
from tests.operations.house import using


@pytest.mark.slow
def test_a_storm_opens_each_page_once_and_runs_into_no_deadlock(postgres_url: str, tmp_path: Path) -> None:
    one, other = connect(postgres_url), connect(postgres_url)
    writers = [Writer(one), Writer(other)]
    for writer in writers:
        writer.start()
    desk = build_desk(one, writers[0], tmp_path)
    twin = Intake(writers[1], desk.rulebook, lambda: desk.now)
    try:
        for storm in range(2):
            first = names_of(asyncio.run(_storm(desk, twin, storm)))
            assert Counter(first) == {"created": 300, "reminder": 300}
            again = names_of(asyncio.run(_storm(desk, twin, storm)))
            assert Counter(again) == {"reminder": 600}
        assert len(desk.pages()) == 200
    finally:
        for writer in writers:
            writer.close()
        one.close()
        other.close()
    deadlocks = sa.text("SELECT deadlocks FROM pg_stat_database WHERE datname = current_database()")
    with using(postgres_url) as database, database.read() as connection:
        assert connection.execute(deadlocks).scalar() == 0


async def _storm(desk: Desk, twin: Intake, number: int) -> list[Answer]:
    """Post a hundred groups of three alerts to both, in two orders."""
    webhooks = [
        desk.webhook(
            body(
                *(firing(f"Disk{group}", disk=f"{number}-{disk}") for disk in "abc"), group=f"{number}{group}"
            )
        )
        for group in range(100)
    ]
    orders = [random.sample(webhooks, len(webhooks)) for _ in range(2)]
    posts = [
        taking
        for here, there in zip(*orders, strict=True)
        for taking in (desk.intake.take(here), twin.take(there))
    ]
    return list(await asyncio.gather(*posts))
