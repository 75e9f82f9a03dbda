"""A contact at which nothing will ever arrive again: taken away, and said."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
import sqlalchemy as sa
from structlog.testing import capture_logs

from router.delivery.channels import registry
from router.delivery.described import described
from router.store.contacts import add_contact
from router.store.tables import CONTACTS
from tests.browser import Browser
from tests.operations.post import Post
from tests.sinks import HttpSink, Reply, make_certificate


@pytest.fixture
def push_service(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[HttpSink]:
    """A push service whose certificate the channels trust."""
    certificate = make_certificate(tmp_path)
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate.path))
    registry._channels.cache_clear()
    with HttpSink(tls=certificate.server()) as service:
        service.otherwise = Reply(201)
        yield service
    registry._channels.cache_clear()


@pytest.fixture
def browser(post: Post, push_service: HttpSink) -> Browser:
    """Alice's phone, tried before her other contacts."""
    phone = Browser()
    url = phone.contact(push_service.url("https", "/push/1"), device="Phone")
    post.writer.run(
        lambda tx: add_contact(
            tx.connection,
            post.secrets,
            post.people["Alice"],
            url,
            described(url),
            post.now,
            trusted=True,
            position=-1,
        )
    )
    return phone


def contacts(post: Post) -> int:
    with post.database.read() as connection:
        query = sa.select(sa.func.count()).select_from(CONTACTS).where(CONTACTS.c.channel == "webpush")
        return connection.execute(query).scalar_one()


def test_a_page_is_delivered_to_a_phone(post: Post, browser: Browser, push_service: HttpSink) -> None:
    page_id = post.page()
    post.deliver()
    shown = browser.shown(push_service.requests[0].body)
    assert (shown["title"], shown["page"], shown["tag"]) == ("Disk full", page_id, f"page-{page_id}")
    assert post.timeline(page_id)[-1].detail == f"Told Alice by webpush 127.0.0.1:{push_service.port}."


@pytest.mark.usefixtures("browser")
def test_a_subscription_that_has_ended_is_removed_and_the_next_contact_is_told(
    post: Post, push_service: HttpSink
) -> None:
    push_service.otherwise = Reply(410)
    page_id = post.page()
    with capture_logs() as logs:
        post.deliver()
    assert contacts(post) == 0
    assert post.kinds(page_id) == ["created", "delivery_failed", "delivered"]
    assert post.timeline(page_id)[1].detail == (
        f"Could not tell Alice by webpush 127.0.0.1:{push_service.port}: answered 410: the browser's "
        "subscription has ended, and the contact is removed. The next contact is tried."
    )
    assert len(post.first.requests) == 1
    assert [line["recipient"] for line in logs if line["event"] == "contact removed"] == ["Alice"]


@pytest.mark.usefixtures("browser")
def test_a_removed_subscription_is_never_tried_again(post: Post, push_service: HttpSink) -> None:
    push_service.otherwise = Reply(404)
    for _ in range(2):
        post.page()
        post.deliver()
    assert (len(push_service.requests), len(post.first.requests)) == (1, 2)


@pytest.mark.usefixtures("browser")
def test_other_answers_remove_nothing(post: Post, push_service: HttpSink) -> None:
    push_service.otherwise = Reply(403)
    post.page()
    post.deliver()
    assert contacts(post) == 1


@pytest.mark.usefixtures("browser")
def test_what_git_gives_stays_until_git_takes_it_away(post: Post, push_service: HttpSink) -> None:
    post.write(sa.update(CONTACTS).values(managed_by="git"))
    push_service.otherwise = Reply(410)
    page_id = post.page()
    post.deliver()
    assert contacts(post) == 1
    assert "removed" not in post.timeline(page_id)[1].detail


@pytest.mark.usefixtures("browser")
def test_ended_subscriptions_do_not_make_a_push_service_one_that_fails(
    post: Post, push_service: HttpSink
) -> None:
    push_service.otherwise = Reply(410)
    post.write(sa.update(CONTACTS).values(managed_by="git"))
    for _ in range(8):
        page_id = post.page()
        post.deliver()
        post.pass_time(60)
    assert "is failing" not in post.timeline(page_id)[1].detail
