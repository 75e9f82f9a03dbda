"""Which of what is due is sent, when some destinations never answer."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import timedelta

import pytest
import sqlalchemy as sa

from router.delivery.described import described
from router.delivery.dispatch import Dispatcher, in_short
from router.lifecycle.model import Target
from router.store.contacts import add_contact
from router.store.people import add_user
from router.store.tables import CONTACTS, NOTIFICATIONS
from router.store.writer import Transaction
from tests.operations.house import eventually
from tests.operations.post import ALICE, BOB, Post

SWEPT = timedelta(seconds=3)  # past the moment at which what was handed over counts as forgotten


class Deliveries:
    """What a dispatcher was made to send; to the dead it never comes to an end before the test does."""

    def __init__(self, post: Post, dead: Sequence[str]) -> None:
        self._post = post
        self._dead = [post.people[name] for name in dead]
        self._changed = threading.Condition()
        self._over = threading.Event()
        self.begun: list[int] = []

    def __call__(self, notification_id: int, attempts: int) -> None:
        rows = {row.id: row for row in self._post.notifications()}
        user_id = rows[notification_id].user_id
        self.begun.append(user_id)
        if user_id in self._dead:
            self._over.wait()

    def to(self, name: str) -> int:
        return self.begun.count(self._post.people[name])

    def end(self) -> None:
        self._over.set()


@contextmanager
def dispatching(
    post: Post,
    *,
    threads: int,
    late: timedelta = SWEPT,
    busy: Callable[[], bool] = lambda: False,
    dead: Sequence[str] = ("Alice",),
) -> Iterator[tuple[Dispatcher, Deliveries]]:
    deliveries = Deliveries(post, dead)
    dispatcher = Dispatcher(post.database, threads, lambda: post.now + late, busy)
    dispatcher.start(post.writer, deliveries)
    try:
        yield dispatcher, deliveries
    finally:
        deliveries.end()
        dispatcher.stop()


@pytest.mark.parametrize("threads", [2, 4, 16])
def test_a_destination_that_never_answers_delays_nobody_else(post: Post, threads: int) -> None:
    for _ in range(3 * threads):
        post.page(ALICE)
    for _ in range(10):
        post.page(BOB)
    with dispatching(post, threads=threads) as (_, deliveries):
        assert eventually(lambda: deliveries.to("Bob") == 10)
        assert deliveries.to("Alice") == threads // 2


@pytest.mark.parametrize("threads", [4, 16])
def test_two_destinations_that_never_answer_delay_no_third(post: Post, threads: int) -> None:
    carol = another(post, "Carol")
    for _ in range(3 * threads):
        post.page(ALICE)
        post.page(BOB)
    for _ in range(10):
        post.page(carol)
    with dispatching(post, threads=threads, dead=("Alice", "Bob")) as (_, deliveries):
        assert eventually(lambda: deliveries.to("Carol") == 10)
        assert deliveries.to("Alice") + deliveries.to("Bob") < threads


def test_a_destination_that_never_answers_delays_nobody_else_in_a_burst_of_webhooks(post: Post) -> None:
    for _ in range(5):
        post.page(ALICE)
    for _ in range(5):
        post.page(BOB)
    with dispatching(post, threads=4, busy=lambda: True) as (_, deliveries):
        assert eventually(lambda: deliveries.to("Bob") == 5)


def test_many_at_one_destination_follow_each_other_without_waiting_to_be_swept_up(post: Post) -> None:
    for _ in range(40):
        post.page(BOB)
    with dispatching(post, threads=4, late=timedelta(0)) as (dispatcher, deliveries):
        assert post.due() == []
        dispatcher.hand_over(post.handed)
        assert eventually(lambda: deliveries.to("Bob") == 40)


def test_what_is_critical_goes_first(post: Post) -> None:
    post.write(sa.delete(CONTACTS).where(CONTACTS.c.id == post.contact_ids[1]))
    for _ in range(20):
        post.page(BOB)
    urgent = post.page(BOB)
    post.write(sa.update(NOTIFICATIONS).where(NOTIFICATIONS.c.page_id == urgent).values(rank=3))
    begun: list[int] = []
    dispatcher = Dispatcher(post.database, 1, lambda: post.now + SWEPT)
    dispatcher.start(post.writer, lambda notification_id, attempts: begun.append(notification_id))
    try:
        assert eventually(lambda: len(begun) == 21)
    finally:
        dispatcher.stop()
    assert begun[0] == max(begun)


def test_a_send_that_fails_in_an_unforeseen_way_gives_its_place_back(post: Post) -> None:
    for _ in range(20):
        post.page(BOB)
    tries: list[int] = []

    def fail(notification_id: int, attempts: int) -> None:
        tries.append(notification_id)
        raise RuntimeError("not foreseen")

    dispatcher = Dispatcher(post.database, 2, lambda: post.now + SWEPT)
    dispatcher.start(post.writer, fail)
    try:
        assert eventually(lambda: len(set(tries)) == 20)
    finally:
        dispatcher.stop()


def test_what_a_process_that_stops_had_queued_is_due_at_once(post: Post) -> None:
    for _ in range(10):
        post.page(ALICE)
        post.page(BOB)
    begun, release = threading.Semaphore(0), threading.Event()

    def deliver(notification_id: int, attempts: int) -> None:
        begun.release()
        release.wait()

    dispatcher = Dispatcher(post.database, 4, lambda: post.now + SWEPT)
    dispatcher.start(post.writer, deliver)
    assert begun.acquire(timeout=10)
    threading.Timer(0.2, release.set).start()
    dispatcher.stop()
    post.now += SWEPT
    sent = len(post.notifications()) - len(post.due())
    assert 0 <= sent <= 4


def test_what_is_fresh_does_not_go_before_what_has_waited(post: Post) -> None:
    for _ in range(60):
        post.page(BOB)
    old = [one.id for one in post.handed]
    post.handed.clear()
    post.pass_time(10)
    for _ in range(20):
        post.page(BOB)
    begun: list[int] = []
    dispatcher = Dispatcher(post.database, 2, lambda: post.now + SWEPT)

    def deliver(notification_id: int, attempts: int) -> None:
        begun.append(notification_id)
        if len(begun) == 3:
            dispatcher.hand_over(post.handed)

    dispatcher.start(post.writer, deliver)
    try:
        assert eventually(lambda: len(set(begun)) == 80)
    finally:
        dispatcher.stop()
    assert set(begun[:55]) <= set(old)


def test_a_database_that_is_away_is_one_short_line_without_its_statement(post: Post) -> None:
    with pytest.raises(sa.exc.DBAPIError) as caught, post.database.read() as connection:
        connection.execute(sa.text("SELECT 1\nFROM nowhere\nWHERE secret = 1"))

    said = in_short(caught.value)

    assert "SELECT" not in said
    assert "\n" not in said
    assert "nowhere" in said
    assert len(said) <= 200


def another(post: Post, name: str) -> Target:
    """Let there be somebody else, with a destination of their own."""
    url, email = "json://127.0.0.1:9/", f"{name.lower()}@example.com"

    def job(tx: Transaction) -> int:
        user = add_user(tx.connection, 1, email, name, post.now)
        add_contact(tx.connection, post.secrets, user.id, url, described(url), post.now, trusted=True)
        return user.id

    post.people[name] = post.writer.run(job)
    return Target("user", name=email)
