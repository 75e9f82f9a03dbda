"""Forwarding to another PingParrot by its documented API."""

from __future__ import annotations

from typing import Any

import pytest

from router.delivery.channels.pingparrot import PingParrot
from router.delivery.http import Http
from tests.delivery.conftest import MakeMessage, trusted, untrusted
from tests.sinks import HttpSink, Reply

SENT = Reply(201, b'{"message": "Page sent successfully", "page_id": 99, "recipients": 3}')


@pytest.fixture
def channel(http: Http) -> PingParrot:
    return PingParrot(http)


def url(sink: HttpSink, tail: str = "/") -> str:
    return f"pingparrot+http://pp_live_abc@127.0.0.1:{sink.port}{tail}"


@pytest.mark.parametrize(
    ("tail", "audience"),
    [
        ("", {"delivery_mode": "broadcast"}),
        ("/", {"delivery_mode": "broadcast"}),
        ("/?group=2", {"delivery_mode": "group", "target_group_id": 2}),
        ("/?user=5", {"delivery_mode": "single", "target_user_id": 5}),
        ("/api/external/pages", {"delivery_mode": "broadcast"}),
    ],
)
def test_a_page_is_sent_as_documented(
    sink: HttpSink, channel: PingParrot, message: MakeMessage, tail: str, audience: dict[str, Any]
) -> None:
    sink.otherwise = SENT

    result = channel.send(trusted(url(sink, tail)), message())

    request = sink.requests[0]
    assert (result.outcome, result.provider_id) == ("ok", "99")
    assert (request.method, request.path) == ("POST", "/api/external/pages")
    assert request.headers["x-api-key"] == "pp_live_abc"
    assert request.json() == {
        "subject": "StripeDown on web-01",
        "message": message().text,
        "priority": "critical",
        **audience,
    }


def test_every_try_of_a_notification_has_the_same_idempotency_key(
    sink: HttpSink, channel: PingParrot, message: MakeMessage
) -> None:
    for notification_id in (7, 7, 8):
        channel.send(trusted(url(sink)), message(notification_id=notification_id))

    first, again, other = (request.headers["idempotency-key"] for request in sink.requests)
    assert first == again
    assert first != other


@pytest.mark.parametrize("kind", ["repeat", "resolved"])
def test_what_the_other_side_does_itself_is_not_forwarded(
    sink: HttpSink, channel: PingParrot, message: MakeMessage, kind: str
) -> None:
    result = channel.send(trusted(url(sink)), message(kind))

    assert (result.outcome, sink.requests) == ("ok", [])
    assert result.detail.startswith("not forwarded")


@pytest.mark.parametrize("kind", ["page", "escalation", "fallback", "joined"])
def test_what_is_news_there_is_forwarded(
    sink: HttpSink, channel: PingParrot, message: MakeMessage, kind: str
) -> None:
    channel.send(trusted(url(sink)), message(kind))

    assert len(sink.requests) == 1


def test_a_422_is_permanent_and_says_why(sink: HttpSink, channel: PingParrot, message: MakeMessage) -> None:
    sink.otherwise = Reply(
        422, b'{"error": "validation_failed", "message": "The group has no active pager.", "errors": {}}'
    )

    result = channel.send(trusted(url(sink)), message())

    assert (result.outcome, result.detail) == (
        "permanent",
        "answered 422: The group has no active pager.",
    )


@pytest.mark.parametrize(
    ("status", "outcome"), [(401, "permanent"), (403, "permanent"), (500, "retryable"), (503, "retryable")]
)
def test_other_refusals_count_by_their_status(
    sink: HttpSink, channel: PingParrot, message: MakeMessage, status: int, outcome: str
) -> None:
    sink.otherwise = Reply(status, b'{"error": "pp_live_abc is unknown"}')

    result = channel.send(trusted(url(sink)), message())

    assert (result.outcome, result.detail) == (outcome, f"answered {status}")


@pytest.mark.parametrize(
    "wrong",
    [
        "pingparrot://host/",
        "pingparrot://KEY@host/?group=x",
        "pingparrot://KEY@host/?group=0",
        "pingparrot://KEY@host/?group=99999999999999999999",
        "pingparrot://KEY@host/?group=1&user=2",
        "pingparrot://KEY@host/?grup=1",
        "pingparrot://K%0d%0aEY@host/",
    ],
)
def test_a_wrong_key_or_audience_is_refused(channel: PingParrot, wrong: str) -> None:
    assert channel.check(trusted(wrong))


def test_only_an_admin_may_send_a_key_unencrypted(channel: PingParrot) -> None:
    assert channel.check(untrusted("pingparrot+http://KEY@pager.example/"))
    assert channel.check(untrusted("pingparrot://KEY@pager.example/")) is None
