"""Digests on a real database: what waits for a person goes by one message, and nothing of it is lost."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa

from router.commands.acknowledge import acknowledge
from router.lifecycle.transitions import Actor
from router.store import outbox
from router.store.lease import lease
from router.store.matching import pages_of_digest
from router.store.tables import NOTIFICATIONS
from tests.operations.post import BOB, Post
from tests.sinks import Reply

GONE = Reply(410)
BUSY = Reply(503)


def storm(post: Post, pages: int = 12, burst: int = 5) -> list[int]:
    """Page Alice many times at once; the first five ring by themselves."""
    post.burst = burst
    made = [post.page() for _ in range(pages)]
    post.deliver()
    return made


def run(post: Post, seconds: int) -> None:
    for _ in range(seconds):
        post.pass_time(1)
        post.deliver()


def named(request: Any) -> set[int]:
    return {page["page_id"] for page in request.json()["pages"]}


def states(post: Post) -> set[str]:
    return {row.state for row in post.notifications()}


def test_beyond_five_pages_a_minute_one_digest_tells_of_the_rest(post: Post) -> None:
    pages = storm(post)
    assert len(post.first.requests) == 5
    run(post, 10)
    assert len(post.first.requests) == 6
    digest = post.first.requests[-1].json()
    assert (digest["kind"], named(post.first.requests[-1])) == ("digest", set(pages[5:]))
    assert digest["subject"] == "and 7 more pages: 7 sent by hand; the worst: [normal] Disk full"
    assert states(post) == {"sent"}
    assert post.kinds(pages[-1]) == ["created", "gathered", "delivered"]


def test_the_number_that_a_digest_names_is_all_its_pages_for_its_reader_only(post: Post) -> None:
    pages = storm(post)
    run(post, 10)
    number = post.first.requests[-1].json()["notification_id"]
    assert f'{{"digest": {number}}}' in post.first.requests[-1].json()["message"]
    with post.database.read() as connection:
        assert pages_of_digest(connection, 1, post.people["Alice"], number) == pages[5:]
        assert pages_of_digest(connection, 1, post.people["Bob"], number) == []


def test_what_was_acknowledged_while_it_waited_is_not_named(post: Post) -> None:
    pages = storm(post)
    alice = Actor(post.people["Alice"], "Alice")
    post.writer.run(lambda tx: acknowledge(tx, 1, alice, pages[-1], post.now))
    run(post, 10)
    assert named(post.first.requests[-1]) == set(pages[5:-1])


def test_a_digest_that_fails_comes_again_and_by_the_next_contact(post: Post) -> None:
    pages = storm(post)
    post.first.otherwise = BUSY
    run(post, 14)
    assert len(post.second.requests) == 1
    assert named(post.second.requests[0]) == set(pages[5:])
    for page_id in pages[5:]:
        assert post.kinds(page_id) == ["created", "gathered", "delivery_failed", "delivered"]
    post.first.otherwise = Reply()
    run(post, 60)
    assert named(post.first.requests[-1]) == set(pages[5:])
    assert states(post) == {"sent"}


def test_a_digest_counts_as_one_failed_send(post: Post) -> None:
    storm(post, pages=40)
    post.first.otherwise = BUSY
    run(post, 11)
    assert "is failing" not in "".join(str(request.body) for request in post.second.requests)
    assert sum(row.tried_at is not None for row in post.notifications()) == 6


def test_when_nobody_can_be_told_of_a_digest_every_page_goes_to_the_default_chain(post: Post) -> None:
    post.burst = 5
    post.first.otherwise = post.second.otherwise = GONE
    pages = [post.page(fallback=[BOB]) for _ in range(12)]
    run(post, 80)
    heard = {request.json()["page_id"] for request in post.bob.requests if "pages" not in request.json()}
    for request in post.bob.requests:
        heard |= named(request) if "pages" in request.json() else set()
    assert heard == set(pages)


def test_what_went_by_a_digest_whose_process_died_is_told_by_another_digest(post: Post) -> None:
    pages = storm(post)
    post.pass_time(10)
    carrier = post.due()[0]
    taken = post.writer.run(lambda tx: lease(tx, carrier.id, carrier.attempts, post.now, 5))
    assert taken is not None
    assert len(taken.others) == 6
    run(post, 31)
    assert [named(request) for request in post.first.requests[5:]] == [set(pages[5:])]


def test_twenty_senders_at_once_ring_a_person_five_times(post: Post) -> None:
    post.burst = 5
    for _ in range(20):
        post.page()
    post.handed.clear()
    post.pass_time(outbox.HAND_OVER.total_seconds())
    while due := post.due():
        futures = [
            post.writer.submit(lambda tx, one=one: lease(tx, one.id, one.attempts, post.now, 5))  # type: ignore[misc]
            for one in due
        ]
        for future in futures:
            future.result()
        post.pass_time(0.2)
    rung = sa.select(NOTIFICATIONS.c.id).where(NOTIFICATIONS.c.state == "sending")
    assert len(post._rows(rung)) == 5


def test_what_a_process_that_stops_had_claimed_for_a_digest_is_due_at_once(post: Post) -> None:
    storm(post)
    post.pass_time(10)
    due = post.due()
    ids = [one.id for one in due]
    post.writer.run(lambda tx: outbox.claim(tx, ids, post.now, outbox.LEASE))
    assert post.due() == []
    post.writer.run(lambda tx: outbox.put_back(tx, ids, post.now))
    assert {one.id for one in post.due()} == set(ids)
