"""ntfy: what is published, to which topic, under which name."""

from __future__ import annotations

from dataclasses import replace

import pytest

from router.delivery.channels.ntfy import Ntfy
from router.delivery.http import Http
from tests.delivery.conftest import MakeMessage, trusted
from tests.sinks import HttpSink, Reply


@pytest.fixture
def channel(http: Http) -> Ntfy:
    return Ntfy(http)


def test_a_page_with_a_link_is_published_with_it_as_an_action(
    sink: HttpSink, channel: Ntfy, message: MakeMessage
) -> None:
    sink.otherwise = Reply(body=b'{"id": "sPs71M8A2T", "event": "message"}')

    link = "https://pager.example/pages/42"

    result = channel.send(trusted(sink.url("ntfy", "/Alerts-1")), replace(message(), page_url=link))

    request = sink.requests[0]
    assert (result.outcome, result.provider_id) == ("ok", "sPs71M8A2T")
    assert (request.method, request.path) == ("POST", "/")
    assert request.json() == {
        "topic": "Alerts-1",
        "title": "StripeDown on web-01",
        "message": message().text,
        "priority": 5,
        "tags": ["rotating_light"],
        "click": link,
        "actions": [{"action": "view", "label": "Open the page", "url": link}],
    }


@pytest.mark.parametrize(("priority", "number"), [("low", 2), ("normal", 3), ("high", 4), ("critical", 5)])
def test_priorities_follow_the_page(
    sink: HttpSink, channel: Ntfy, message: MakeMessage, priority: str, number: int
) -> None:
    channel.send(trusted(sink.url("ntfy", "/t")), message(priority=priority))

    assert sink.requests[0].json()["priority"] == number


def test_the_end_of_a_page_wakes_nobody(sink: HttpSink, channel: Ntfy, message: MakeMessage) -> None:
    channel.send(trusted(sink.url("ntfy", "/t")), message("resolved"))

    published = sink.requests[0].json()
    assert (published["priority"], published["tags"]) == (3, ["white_check_mark"])


def test_a_page_without_a_link_is_published_without_an_action(
    sink: HttpSink, channel: Ntfy, message: MakeMessage
) -> None:
    channel.send(trusted(sink.url("ntfy", "/t")), message(page_url=""))

    assert sink.requests[0].json().keys() == {"topic", "title", "message", "priority", "tags"}


def test_a_long_text_is_cut_below_what_ntfy_takes_as_a_message(
    sink: HttpSink, channel: Ntfy, message: MakeMessage
) -> None:
    channel.send(trusted(sink.url("ntfy", "/t")), message(message="日本" * 4000))

    text = sink.requests[0].json()["message"]
    assert len(text.encode()) <= 4000
    assert text.endswith("…")


@pytest.mark.parametrize(
    ("userinfo", "query", "expected"),
    [
        ("", "", None),
        ("jane:secret@", "", "Basic amFuZTpzZWNyZXQ="),
        ("tk_abc123@", "", "Bearer tk_abc123"),
        ("", "?token=tk_abc123", "Bearer tk_abc123"),
        ("jane:other@", "?auth=token", "Bearer other"),
    ],
)
def test_authorization_is_by_user_or_token(
    sink: HttpSink, channel: Ntfy, message: MakeMessage, userinfo: str, query: str, expected: str | None
) -> None:
    channel.send(trusted(f"ntfy://{userinfo}127.0.0.1:{sink.port}/t{query}"), message())

    assert sink.requests[0].headers.get("authorization") == expected


@pytest.mark.parametrize(
    "url",
    ["ntfy://My_Topic", "ntfys://My_Topic/", "ntfy://tk_x@My_Topic?auth=token", "ntfys://ntfy.sh/My_Topic"],
)
def test_a_topic_alone_is_on_the_public_server(channel: Ntfy, url: str) -> None:
    contact = trusted(url)

    assert channel.check(contact) is None
    assert channel.destination(contact) == "ntfy ntfy.sh:443"
    assert channel.label(contact) == "ntfys://ntfy.sh"


@pytest.mark.parametrize(
    "url",
    [
        "ntfy://host/a/b",
        "ntfy://host/topic%20x",
        "ntfy://host.example:80/",
        "ntfy://host/t?to=u",
        "ntfy://host/t?token=a%0d%0ab",
        "ntfy://host/t?colour=red",
    ],
)
def test_what_is_no_single_topic_is_refused(channel: Ntfy, url: str) -> None:
    assert channel.check(trusted(url))


def test_the_servers_reason_is_told(sink: HttpSink, channel: Ntfy, message: MakeMessage) -> None:
    sink.otherwise = Reply(403, b'{"code": 40301, "http": 403, "error": "forbidden"}')

    result = channel.send(trusted(sink.url("ntfy", "/t")), message())

    assert (result.outcome, result.detail) == ("permanent", "answered 403: forbidden")


def test_a_reason_that_repeats_the_token_is_not_told(
    sink: HttpSink, channel: Ntfy, message: MakeMessage
) -> None:
    sink.otherwise = Reply(401, b'{"error": "token TK_ABC is unknown"}')

    result = channel.send(trusted(f"ntfy://tk_abc@127.0.0.1:{sink.port}/t"), message())

    assert result.detail == "answered 401"


@pytest.mark.parametrize(
    "body", [b"", b"[1]", b"null", b'{"id": 5}', b"\xff", b'{"id": {"a": 1}}', b"[" * 3000]
)
def test_a_strange_answer_does_not_undo_a_200(
    sink: HttpSink, channel: Ntfy, message: MakeMessage, body: bytes
) -> None:
    sink.otherwise = Reply(200, body)

    assert channel.send(trusted(sink.url("ntfy", "/t")), message()).outcome == "ok"


def test_too_many_requests_wait_as_long_as_the_server_says(
    sink: HttpSink, channel: Ntfy, message: MakeMessage
) -> None:
    sink.otherwise = Reply(429, b'{"error": "limit reached"}', {"Retry-After": "30"})

    result = channel.send(trusted(sink.url("ntfy", "/t")), message())

    assert (result.outcome, result.retry_after_s) == ("retryable", 30)
