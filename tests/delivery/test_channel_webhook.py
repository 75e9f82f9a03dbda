"""Webhooks: our document, its signature, and Apprise's `json://` as Apprise posts it."""

from __future__ import annotations

import hashlib
import hmac
import json
import warnings
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from router.delivery.channels.webhook import Webhook, document
from router.delivery.http import Http
from tests.delivery.conftest import NOW, MakeMessage, trusted
from tests.sinks import HttpSink, Received

BODIES = Path(__file__).parents[1] / "fixtures" / "alertmanager"


@pytest.fixture
def channel(http: Http) -> Webhook:
    return Webhook(http, clock=lambda: NOW)


def test_our_document_says_all_of_a_page(sink: HttpSink, channel: Webhook, message: MakeMessage) -> None:
    result = channel.send(trusted(sink.url("webhook+http", "/hook?their=query")), message())

    request = sink.requests[0]
    assert result.outcome == "ok"
    assert (request.method, request.path) == ("POST", "/hook?their=query")
    assert request.headers["content-type"] == "application/json"
    assert request.json() == {
        "version": "1",
        "notification_id": 7,
        "page_id": 42,
        "kind": "page",
        "subject": "StripeDown on web-01",
        "message": message().text,
        "priority": "critical",
        "status": "active",
        "recipient": "Jane Smith",
        "page_url": "https://pager.example/n/cAAAAAAAAAAqAAAA",
        "route": "payments/stripe",
        "provenance": None,
        "created_at": "2026-06-23T14:00:01Z",
        "alert_count": 2,
        "alerts": [
            {"labels": {"alertname": "StripeDown", "instance": "web-01"}},
            {"labels": {"alertname": "StripeSlow"}},
        ],
    }


def test_a_plain_http_url_is_a_webhook(sink: HttpSink, channel: Webhook, message: MakeMessage) -> None:
    channel.send(trusted(sink.url("http", "/hook")), message())

    assert sink.requests[0].json() == document(message())


def test_a_secret_signs_time_and_body_and_is_not_sent(
    sink: HttpSink, channel: Webhook, message: MakeMessage
) -> None:
    channel.send(trusted(sink.url("http", "/hook?a=b#secret=s3%20cret&+X-Team=payments")), message())

    request = sink.requests[0]
    unix = int(NOW.timestamp())
    expected = hmac.new(b"s3 cret", f"{unix}.".encode() + request.body, hashlib.sha256).hexdigest()
    assert request.headers["x-pingparrot-signature"] == f"t={unix},v1={expected}"
    assert (request.path, request.headers["x-team"]) == ("/hook?a=b", "payments")
    assert "s3" not in repr((request.path, request.headers, request.body))


def test_the_documented_verification_accepts_what_we_sign(
    sink: HttpSink, channel: Webhook, message: MakeMessage
) -> None:
    docs = (Path(__file__).parents[2] / "docs" / "channels.md").read_text()
    snippet = docs.split("```python\n", 1)[1].split("```", 1)[0]
    names: dict[str, Any] = {}
    exec(snippet, names)  # the documentation's own code
    channel.send(trusted(sink.url("http", "/#secret=topsecret")), message())
    header, body = sink.requests[0].headers["x-pingparrot-signature"], sink.requests[0].body

    is_genuine = names["is_genuine"]

    assert is_genuine("topsecret", header, body, NOW.timestamp())
    assert not is_genuine("topsecret", header, body + b" ", NOW.timestamp())
    assert not is_genuine("other", header, body, NOW.timestamp())
    assert not is_genuine("topsecret", header, body, NOW.timestamp() + 400)
    assert not is_genuine("topsecret", "nonsense", body, NOW.timestamp())


def test_without_a_secret_nothing_is_signed(sink: HttpSink, channel: Webhook, message: MakeMessage) -> None:
    channel.send(trusted(sink.url()), message())

    assert "x-pingparrot-signature" not in sink.requests[0].headers


def test_user_and_password_become_basic_authorization(
    sink: HttpSink, channel: Webhook, message: MakeMessage
) -> None:
    channel.send(trusted(f"http://jane:p%40ss@127.0.0.1:{sink.port}/"), message())

    assert sink.requests[0].headers["authorization"] == "Basic amFuZTpwQHNz"


@pytest.fixture(scope="module")
def apprise() -> Iterator[Any]:
    """The real Apprise, as the reference."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        import apprise

        apprise.Apprise.instantiate("json://127.0.0.1")
    return apprise


SAME_AS_APPRISE = [
    "json://127.0.0.1:{port}",
    "json://127.0.0.1:{port}/",
    "json://127.0.0.1:{port}/a/b",
    "json://127.0.0.1:{port}/a%20b/c",
    "json://127.0.0.1:{port}/hook/",
    "json://127.0.0.1:{port}/?method=put",
    "json://127.0.0.1:{port}/path?method=PATCH&+X-Team=payments&+x-other=a%2Bb%20c",
    "json://127.0.0.1:{port}/path?-token=abc&-q=a%20b%26c",
    "json://127.0.0.1:{port}/?:source=pager&:title=headline&:attachments=",
    "json://127.0.0.1:{port}/?+Content-Type=application/x-page",
    "json://jane:secret@127.0.0.1:{port}/",
    "json://jane:p%40s%2Fs%3A@127.0.0.1:{port}/",
    "json://127.0.0.1:{port}/?format=text&verify=yes&cto=3&rto=3",
]


def essence(request: Received) -> dict[str, Any]:
    """Return what a receiver goes by; how a client names itself and its encodings is its own affair."""
    own = ("user-agent", "accept", "accept-encoding", "connection", "content-length", "host")
    return {
        "method": request.method,
        "path": request.path,
        "headers": {name: value for name, value in request.headers.items() if name not in own},
        "body": request.json(),
    }


@pytest.mark.parametrize("url", SAME_AS_APPRISE)
def test_json_posts_what_apprise_posts(
    sink: HttpSink, channel: Webhook, message: MakeMessage, apprise: Any, url: str
) -> None:
    url = url.format(port=sink.port)
    sent = message()
    reference = apprise.Apprise()
    reference.add(url)
    reference.notify(
        body=sent.text, title=sent.subject, notify_type=apprise.NotifyType.FAILURE, body_format="text"
    )

    result = channel.send(trusted(url), sent)

    theirs, ours = sink.requests
    assert result.outcome == "ok"
    assert channel.check(trusted(url)) is None
    assert essence(ours) == essence(theirs)


@pytest.mark.parametrize(
    ("priority", "kind", "expected"),
    [
        ("low", "page", "info"),
        ("normal", "repeat", "warning"),
        ("high", "page", "failure"),
        ("critical", "page", "failure"),
        ("critical", "resolved", "success"),
    ],
)
def test_json_types_follow_priority_and_kind(
    sink: HttpSink, channel: Webhook, message: MakeMessage, priority: str, kind: str, expected: str
) -> None:
    channel.send(trusted(sink.url("json")), message(kind, priority=priority))

    assert sink.requests[0].json()["type"] == expected


@pytest.mark.parametrize(
    "tail",
    [
        "?+X-Evil=a%0d%0aX-Injected:%20yes",
        "?+X%0d%0aEvil=a",
        "?+Host=internal.example",
        "?+Content-Length=0",
        "?+Transfer-Encoding=chunked",
        "?+X-Name=%E6%97%A5",
        "?method=TRACE",
        "?method=GET%20/%20HTTP/1.1%0d%0a",
        "?unknown=1",
        "?verify=no",
    ],
)
def test_json_refuses_what_would_break_the_request(
    sink: HttpSink, channel: Webhook, message: MakeMessage, tail: str
) -> None:
    contact = trusted(sink.url("json", f"/{tail}"))

    assert channel.check(contact)
    assert channel.send(contact, message()).outcome == "permanent"
    assert sink.requests == []


@pytest.mark.parametrize("path", ["/a%0d%0aX-Injected:%20yes", "/?a=%0d%0ab", "/%00"])
def test_an_encoded_line_break_in_a_path_stays_encoded(
    sink: HttpSink, channel: Webhook, message: MakeMessage, path: str
) -> None:
    channel.send(trusted(sink.url("http", path)), message())

    assert "x-injected" not in sink.requests[0].headers
    assert sink.requests[0].path.lower() == path.lower()


@pytest.mark.parametrize(
    "url", ["http://127.0.0.1:{port}/a\r\nX-Injected: yes", "http://127.0.0.1:{port}/ a"]
)
def test_a_raw_line_break_or_space_is_refused(
    sink: HttpSink, channel: Webhook, message: MakeMessage, url: str
) -> None:
    contact = trusted(url.format(port=sink.port))

    assert channel.check(contact)
    assert channel.send(contact, message()).outcome == "permanent"
    assert sink.requests == []


@pytest.mark.parametrize("fragment", ["secrte=abc", "a", "+Host=x"])
def test_a_slip_behind_the_hash_is_refused(channel: Webhook, fragment: str) -> None:
    assert channel.check(trusted(f"https://host/hook#{fragment}"))


@pytest.mark.parametrize("scheme", ["json", "http"])
def test_hostile_unicode_arrives_as_it_was(
    sink: HttpSink, channel: Webhook, message: MakeMessage, scheme: str
) -> None:
    alert = json.loads((BODIES / "14_unicode_bidi.json").read_text())["alerts"][0]
    text = "\n".join(alert["annotations"].values())
    sent = message(subject=alert["labels"]["alertname"], message=text, alerts=(alert["labels"],))

    channel.send(trusted(sink.url(scheme)), sent)

    assert sink.requests[0].json()["message"] == sent.text
    assert "日本語の説明" in sent.text
    assert "🔥 Ошибка 5xx на платежах — café" in sent.text
