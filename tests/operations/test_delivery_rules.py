"""What follows a send that fails, by the clock, on real rows and real sockets."""

from __future__ import annotations

import threading
from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Any

import pytest
import sqlalchemy as sa
from structlog.testing import capture_logs

from router import metrics
from router.commands.acknowledge import acknowledge
from router.lifecycle.model import Event, Notify, Person
from router.lifecycle.transitions import Actor
from router.store import outbox, pages, sending
from router.store.contacts import remove_contact
from router.store.lease import Sending, lease
from router.store.secrets import Secrets
from router.store.sending import Outcome
from router.store.tables import CONTACTS, NOTIFICATIONS, USERS
from router.store.writer import Transaction
from tests.operations.post import ALICE, BOB, Post
from tests.sinks import Reply

BUSY = Reply(503)
GONE = Reply(404)


def one_contact(post: Post) -> None:
    post.write(sa.delete(CONTACTS).where(CONTACTS.c.id == post.contact_ids[1]))


def test_a_retryable_failure_is_tried_again_after_about_2_then_8_then_30_seconds(post: Post) -> None:
    one_contact(post)
    post.first.otherwise = BUSY
    post.page()
    waits = []
    for _ in range(3):
        post.deliver()
        waits.append(post.wait_s())
        post.pass_time(post.wait_s())
    post.deliver()
    for wait, about in zip(waits, (2, 8, 30), strict=True):
        assert about * 0.75 <= wait <= about * 1.25
    assert len(post.first.requests) == 4
    assert (post.notification().state, post.notification().next_attempt_at) == ("failed", None)


def test_no_try_is_made_before_its_time(post: Post) -> None:
    post.first.otherwise = BUSY
    post.page()
    post.deliver()
    post.pass_time(post.wait_s() - 0.01)
    post.deliver()
    assert len(post.first.requests) == 1


def test_a_provider_that_asks_for_time_is_given_it(post: Post) -> None:
    post.first.otherwise = Reply(429, headers={"Retry-After": "120"})
    post.page()
    post.deliver()
    assert post.wait_s() == 120


def test_a_permanent_failure_brings_in_the_next_contact_at_once(post: Post) -> None:
    post.first.otherwise = GONE
    page_id = post.page()
    post.deliver()
    assert (len(post.first.requests), len(post.second.requests)) == (1, 1)
    assert [row.state for row in post.notifications()] == ["failed", "sent"]
    assert post.kinds(page_id) == ["created", "delivery_failed", "delivered"]
    failed = post.timeline(page_id)[1].detail
    assert "answered 404" in failed
    assert failed.endswith("The next contact is tried.")


def test_a_second_retryable_failure_brings_in_the_next_contact_while_retries_go_on(post: Post) -> None:
    post.first.otherwise = BUSY
    page_id = post.page()
    post.deliver()
    assert post.second.requests == []
    post.pass_time(post.wait_s())
    post.deliver()
    assert len(post.second.requests) == 1
    assert post.kinds(page_id) == ["created", "delivery_failed", "delivered"]
    assert post.notification().state == "due"
    post.pass_time(post.wait_s())
    post.deliver()
    assert (len(post.first.requests), len(post.second.requests)) == (3, 1)


def test_a_second_try_that_died_with_its_process_does_not_cost_the_next_contact(post: Post) -> None:
    post.first.otherwise = BUSY
    post.page()
    post.deliver()
    post.pass_time(post.wait_s())
    (ours,) = post.due()
    assert post.writer.run(lambda tx: lease(tx, ours.id, ours.attempts, post.now)) is not None
    post.pass_time(31)
    post.deliver()
    assert len(post.second.requests) == 1


def test_tries_that_come_to_no_end_are_given_up_for_the_next_contact(post: Post) -> None:
    post.page()
    post.write(sa.update(NOTIFICATIONS).values(attempts=8, next_attempt_at=post.now))
    post.handed.clear()
    post.deliver()
    assert post.first.requests == []
    assert len(post.second.requests) == 1
    assert "given up" in post.notification().detail


def test_a_page_that_reaches_nobody_goes_to_the_default_chain_and_says_so(post: Post) -> None:
    post.first.otherwise = post.second.otherwise = GONE
    page_id = post.page(fallback=[BOB])
    before = metrics.FALLBACKS._value.get()
    with capture_logs() as logs:
        post.deliver()
    assert len(post.bob.requests) == 1
    assert post.kinds(page_id) == [
        "created",
        *["delivery_failed"] * 2,
        *("fallback", "escalated", "delivered"),
    ]
    assert metrics.FALLBACKS._value.get() == before + 1
    assert _loud(logs) == [(page_id, "fallback")]


def test_a_page_that_its_default_chain_cannot_deliver_either_says_so(post: Post) -> None:
    post.first.otherwise = post.second.otherwise = post.bob.otherwise = GONE
    page_id = post.page(fallback=[BOB])
    before = metrics.UNREACHABLE._value.get()
    with capture_logs() as logs:
        post.deliver()
    assert post.kinds(page_id)[-2:] == ["delivery_failed", "nobody_reached"]
    assert metrics.UNREACHABLE._value.get() == before + 1
    assert _loud(logs) == [(page_id, "fallback"), (page_id, "nobody_reached")]


def test_one_person_without_a_contact_does_not_make_a_page_one_that_reached_nobody(post: Post) -> None:
    post.write(sa.delete(CONTACTS).where(CONTACTS.c.user_id == post.people["Alice"]))
    pages, targets = metrics.UNREACHABLE._value.get(), metrics.TARGETS_UNREACHABLE._value.get()

    page_id = post.page(ALICE, BOB)

    assert "unreachable" in post.kinds(page_id)
    assert metrics.TARGETS_UNREACHABLE._value.get() == targets + 1
    assert metrics.UNREACHABLE._value.get() == pages


def test_one_person_who_was_told_keeps_the_default_chain_asleep(post: Post) -> None:
    post.first.otherwise = post.second.otherwise = GONE
    page_id = post.page(ALICE, BOB, fallback=[BOB])
    post.deliver()
    assert "fallback" not in post.kinds(page_id)
    assert len(post.bob.requests) == 1


def test_the_last_two_hopes_failing_at_the_same_instant_bring_in_the_default_chain_once(post: Post) -> None:
    page_id = post.page(ALICE, BOB, fallback=[BOB])
    post.write(sa.delete(CONTACTS).where(CONTACTS.c.id == post.contact_ids[1]))
    leased = [
        post.writer.run(lambda tx, id=row.id: lease(tx, id, 0, post.now))  # type: ignore[misc]
        for row in post.notifications()
    ]
    together = threading.Barrier(2)

    def fail(one: Sending) -> None:
        together.wait()
        post.writer.run(lambda tx: sending.record(tx, one, Outcome("permanent", "gone"), post.now, 0.5))

    threads = [threading.Thread(target=fail, args=(one,)) for one in leased]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert post.kinds(page_id).count("fallback") == 1


def test_who_acknowledged_while_it_was_queued_is_not_sent_it(post: Post) -> None:
    page_id = post.page()
    alice = Actor(post.people["Alice"], "Alice")
    post.writer.run(lambda tx: acknowledge(tx, 1, alice, page_id, post.now))
    post.deliver()
    assert post.first.requests == []
    row = post.notification()
    assert (row.state, row.next_attempt_at, row.detail) == ("dropped", None, "the person acknowledged")


def test_a_sender_that_lost_its_lease_records_nothing(post: Post) -> None:
    post.page()
    row = post.notification()
    slow = post.writer.run(lambda tx: lease(tx, row.id, 0, post.now))
    post.pass_time(31)
    quick = post.writer.run(lambda tx: lease(tx, row.id, 1, post.now))
    assert slow is not None
    assert quick is not None
    assert not post.writer.run(
        lambda tx: sending.record(tx, slow, Outcome("permanent", "gone"), post.now, 0.5)
    )
    assert (post.notification().state, post.notification().attempts) == ("sending", 2)
    assert post.writer.run(lambda tx: sending.record(tx, quick, Outcome("ok"), post.now, 0.5))
    assert post.notification().state == "sent"
    assert not post.writer.run(lambda tx: sending.record(tx, slow, Outcome("ok"), post.now, 0.5))


def test_a_lease_that_ran_out_is_found_again_and_not_before(post: Post) -> None:
    post.page()
    row = post.notification()
    post.writer.run(lambda tx: lease(tx, row.id, 0, post.now))
    post.handed.clear()
    post.pass_time(outbox.LEASE.total_seconds() - 0.01)
    assert post.due() == []
    post.pass_time(0.02)
    post.deliver()
    assert (len(post.first.requests), post.notification().state) == (1, "sent")


def test_of_many_that_want_one_notification_one_gets_it(post: Post) -> None:
    post.page()
    row = post.notification()
    futures = [post.writer.submit(lambda tx: lease(tx, row.id, 0, post.now)) for _ in range(20)]
    assert sum(future.result() is not None for future in futures) == 1


def test_of_many_that_sweep_each_gets_others(post: Post) -> None:
    for _ in range(30):
        post.page()
    later = post.now + timedelta(seconds=3)

    def sweep(tx: Transaction) -> list[int]:
        found = outbox.due(tx.connection, later, 30, [])
        return list(outbox.claim(tx, [one.id for one in found], later, timedelta(seconds=10)))

    futures = [post.writer.submit(sweep) for _ in range(8)]
    taken = [one for future in futures for one in future.result()]
    assert len(taken) == len(set(taken))


def test_a_contact_that_was_removed_gives_way_to_the_one_that_moved_up(post: Post) -> None:
    page_id = post.page()
    post.writer.run(lambda tx: remove_contact(tx.connection, post.contact_ids[0]))
    post.deliver()
    assert post.first.requests == []
    assert len(post.second.requests) == 1
    assert "the contact was removed" in post.timeline(page_id)[1].detail


def test_a_contact_that_no_key_reads_gives_way_to_the_next_and_says_what_to_do(post: Post) -> None:
    other = Secrets("another secret key, which was lost")
    foreign = other.encrypt("contact", post.first.url("webhook+http"))
    unreadable = sa.update(CONTACTS).where(CONTACTS.c.id == post.contact_ids[0])
    post.write(unreadable.values(url_encrypted=foreign))
    page_id = post.page()
    post.deliver()
    assert (post.first.requests, len(post.second.requests)) == ([], 1)
    assert "PINGPARROT_SECRET_KEY" in post.timeline(page_id)[1].detail


def test_a_person_without_contacts_is_on_the_timeline_and_the_default_chain_hears(post: Post) -> None:
    post.write(sa.delete(CONTACTS).where(CONTACTS.c.user_id == post.people["Alice"]))
    page_id = post.page(fallback=[BOB])
    post.deliver()
    assert post.kinds(page_id) == ["created", "unreachable", "fallback", "escalated", "delivered"]
    assert len(post.bob.requests) == 1


@pytest.mark.parametrize("outcome", ["ok", "permanent", "retryable"])
def test_every_try_is_counted_by_its_outcome(post: Post, outcome: str) -> None:
    post.first.otherwise = {"ok": Reply(), "permanent": GONE, "retryable": BUSY}[outcome]
    one_contact(post)
    counter = metrics.DELIVERIES.labels("webhook", outcome)
    before = counter._value.get()
    post.page()
    post.deliver()
    assert counter._value.get() == before + 1


def test_alerts_that_joined_and_that_nobody_could_be_told_of_are_said_aloud(post: Post) -> None:
    page_id = post.page(ALICE)
    post.deliver()
    post.first.otherwise = post.second.otherwise = GONE
    before = metrics.UNREACHABLE._value.get()
    _join(post, page_id, "Alice")
    with capture_logs() as logs:
        post.deliver()
    assert [one.kind for one in post.notifications() if one.state == "failed"][-2:] == ["joined", "joined"]
    said = "Alice could not be told of the alerts that joined, nor was anybody else."
    assert post.timeline(page_id)[-1].detail == said
    assert metrics.UNREACHABLE._value.get() == before + 1
    assert (page_id, "nobody_reached") in _loud(logs)


def test_a_holder_who_could_not_be_told_of_alerts_that_joined_is_named_where_another_was(post: Post) -> None:
    page_id = post.page(ALICE, BOB)
    post.deliver()
    post.first.otherwise = post.second.otherwise = GONE
    before = metrics.TARGETS_UNREACHABLE._value.get()
    _join(post, page_id, "Alice", "Bob")
    post.deliver()
    assert post.timeline(page_id)[-1].detail == "Alice could not be told of the alerts that joined."
    assert metrics.TARGETS_UNREACHABLE._value.get() == before + 1


def test_a_holder_whose_next_contact_was_told_of_alerts_that_joined_is_reached(post: Post) -> None:
    page_id = post.page(ALICE)
    post.deliver()
    post.first.otherwise = GONE
    _join(post, page_id, "Alice")
    post.deliver()
    assert not {"unreachable", "nobody_reached"} & set(post.kinds(page_id))


def test_a_contact_that_a_former_admin_gave_themselves_reaches_no_private_address(post: Post) -> None:
    post.write(sa.update(CONTACTS).where(CONTACTS.c.id == post.contact_ids[0]).values(is_own=True))
    post.page(ALICE)
    post.deliver()
    assert (len(post.first.requests), len(post.second.requests)) == (0, 1)
    assert post.notification().state == "failed"
    post.write(sa.update(USERS).values(is_admin=True))
    post.page(ALICE)
    post.deliver()
    assert len(post.first.requests) == 1


def _join(post: Post, page_id: int, *holders: str) -> None:
    """Let an alert join a page that these people hold."""
    post.pass_time(60)

    def job(tx: Transaction) -> None:
        pages.add_event(tx, page_id, Event("joined", "1 alert joined: Disk."), post.now)
        persons = [Person(post.people[name], name) for name in holders]
        orders = [outbox.Order(page_id, "normal", Notify(person, "joined")) for person in persons]
        outbox.add(tx, orders, post.now)

    post.writer.run(job)


def _loud(logs: Sequence[Mapping[str, Any]]) -> list[tuple[int, str]]:
    return [(line["page_id"], line["kind"]) for line in logs if line["log_level"] == "error"]
