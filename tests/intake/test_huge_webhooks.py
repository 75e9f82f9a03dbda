"""Webhooks with thousands of alerts: stored part by part, answered when all of it is on disk."""

from __future__ import annotations

import asyncio
import json
from collections import Counter
from typing import Any

from router.webhook import Answer, Webhook
from tests.intake.desk import START, Desk, body, firing, resolved

MANY = 2_500


def test_new_alerts_by_the_thousand_are_one_page(desk: Desk) -> None:
    answer = desk.post(body(*fires(0, MANY)))

    (page,) = desk.pages()
    assert Counter(row.page_id for row in desk.open_incidents()) == {page.id: MANY}
    assert desk.told(page.id) == [("Alice", "page")]
    assert len(answer.alerts) == MANY
    assert sum(answer.outcomes.values()) == MANY


def test_a_webhook_of_many_parts_is_in_the_ledger_once_with_all_outcomes(desk: Desk) -> None:
    answer = desk.post(body(*fires(0, MANY), {"status": "odd"}))

    (webhook,) = desk.webhooks()
    (rejected,) = desk.quarantined()
    assert {row.webhook_id for row in [*desk.incidents(), rejected]} == {webhook.id}
    assert json.loads(webhook.outcomes) == answer.outcomes
    assert sum(answer.outcomes.values()) == MANY + 1


def test_alerts_by_the_thousand_close_their_page_with_the_last_of_them(desk: Desk) -> None:
    desk.post(body(*fires(0, MANY)))
    desk.pass_time(minutes=5)

    desk.post(body(*resolves(0, MANY, desk)))

    (page,) = desk.pages()
    assert (page.status, page.closed_reason) == ("cancelled", "resolved")
    assert desk.open_incidents() == []


def test_new_trouble_beside_thousands_of_resolves_is_on_an_open_page(desk: Desk) -> None:
    desk.post(body(*fires(0, MANY)))
    desk.acknowledge(desk.pages()[0].id)
    desk.pass_time(minutes=5)

    desk.post(body(firing("Fan", desk.now), *resolves(0, MANY, desk)))

    (fan,) = desk.open_incidents()
    assert desk.page(fan.page_id).status == "active"
    assert desk.told(fan.page_id) == [("Alice", "page")]


def test_a_webhook_that_was_cut_off_closes_no_page_in_any_of_its_parts(desk: Desk) -> None:
    desk.post(body(*fires(0, MANY)))
    desk.pass_time(minutes=5)

    desk.post(body(*resolves(0, MANY, desk), truncated=1))

    assert desk.open_incidents() == []
    assert [page.status for page in desk.pages()] == ["active"]


def test_a_small_webhook_does_not_wait_for_all_of_a_large_one(desk: Desk) -> None:
    large = desk.webhook(body(*fires(0, MANY)))
    small = desk.webhook(body(firing("Fan"), group="fan"), "prometheus-us")

    assert asyncio.run(in_order_of_answers(desk, large, small)) == [1, MANY]


async def in_order_of_answers(desk: Desk, *webhooks: Webhook) -> list[int]:
    """Return of how many alerts each answer spoke, in the order in which they came."""
    answers: list[Answer] = [
        await done for done in asyncio.as_completed([desk.intake.take(webhook) for webhook in webhooks])
    ]
    return [len(answer.alerts) for answer in answers]


def fires(first: int, last: int) -> list[dict[str, Any]]:
    return [firing("Disk", instance=f"host-{number}") for number in range(first, last)]


def resolves(first: int, last: int, desk: Desk) -> list[dict[str, Any]]:
    return [resolved("Disk", desk.now, START, instance=f"host-{number}") for number in range(first, last)]
