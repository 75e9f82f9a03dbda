"""Web Push: what reaches a browser, by a push service on loopback that reads it as the browser would."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

import pytest

from router.delivery.channel import Message, NamedPage, Result
from router.delivery.channels.webpush import WebPush, endpoint_of
from router.delivery.contact import ContactError
from router.delivery.http import Http
from router.delivery.webpush import MOST_BYTES
from tests.browser import Browser, token_of
from tests.delivery.conftest import NOW, MakeMessage, trusted, untrusted
from tests.sinks import Certificate, HttpSink, Reply

SUBJECT = "https://pager.example"


@dataclass(frozen=True)
class Phone:
    """A browser, its push service, and the channel to both."""

    browser: Browser
    service: HttpSink
    channel: WebPush

    @property
    def url(self) -> str:
        """The contact that rings it."""
        endpoint = self.service.url("https", "/push/Geheim-4711?token=a%2bb")
        return self.browser.contact(endpoint, subject=SUBJECT, device="Jane's phone")

    def send(self, message: Message) -> Result:
        return self.channel.send(trusted(self.url), message)

    def shown(self) -> dict[str, Any]:
        return self.browser.shown(self.service.requests[-1].body)


@pytest.fixture
def phone(certificate: Certificate) -> Iterator[Phone]:
    """A phone behind a push service that takes everything."""
    http = Http(context=certificate.client(), clock=lambda: NOW)
    with HttpSink(tls=certificate.server()) as service:
        service.otherwise = Reply(201, b"")
        yield Phone(Browser(), service, WebPush(http, lambda: NOW))
    http.close()


def test_a_page_arrives_encrypted_and_is_read_by_its_browser(phone: Phone, message: MakeMessage) -> None:
    told = replace(message(), page_url="https://pager.example/n/LINK")

    result = phone.send(told)

    assert (result.outcome, result.detail) == ("ok", "answered 201")
    assert phone.shown() == {
        "title": "StripeDown on web-01",
        "text": told.text,
        "page": 42,
        "pages": 1,
        "kind": "page",
        "priority": "critical",
        "status": "active",
        "tag": "page-42",
        "link": "https://pager.example/n/LINK",
    }
    assert b"Stripe" not in phone.service.requests[0].body


def test_the_push_service_is_told_who_sends_how_urgent_it_is_and_what_it_replaces(
    phone: Phone, message: MakeMessage
) -> None:
    phone.send(message("repeat"))

    request = phone.service.requests[0]
    _, claims, _ = token_of(request.headers["authorization"])
    assert (request.method, request.path) == ("POST", "/push/Geheim-4711?token=a%2Bb")
    assert claims["aud"] == f"https://127.0.0.1:{phone.service.port}"
    assert claims["sub"] == SUBJECT
    assert claims["exp"] == int(NOW.timestamp()) + 12 * 3600
    asked = {name: request.headers[name] for name in ("ttl", "urgency", "topic", "content-encoding")}
    assert asked == {"ttl": "86400", "urgency": "high", "topic": "page-42", "content-encoding": "aes128gcm"}


@pytest.mark.parametrize(
    ("kind", "priority", "urgency"),
    [
        ("page", "low", "normal"),
        ("page", "normal", "high"),
        ("escalation", "critical", "high"),
        ("resolved", "critical", "normal"),
    ],
)
def test_only_what_can_wait_does_not_wake_a_phone(
    phone: Phone, message: MakeMessage, kind: str, priority: str, urgency: str
) -> None:
    phone.send(message(kind, priority=priority))

    assert phone.service.requests[0].headers["urgency"] == urgency


def test_a_digest_takes_the_place_of_no_other(phone: Phone, message: MakeMessage) -> None:
    pages = tuple(NamedPage(number, "page", "Down", "high", "") for number in (1, 2, 3))

    phone.send(replace(message(), pages=pages, kind="digest"))

    assert phone.service.requests[0].headers["topic"] == "digest-7"
    assert phone.shown()["pages"] == 3


@pytest.mark.parametrize("text", ["x" * 30_000, "日本" * 9_000, '\n"\\' * 6_000, "\U0001f99c" * 5_000])
def test_a_long_text_is_cut_to_what_every_push_service_takes(
    phone: Phone, message: MakeMessage, text: str
) -> None:
    phone.send(replace(message(), text=text, page_url="https://pager.example/n/" + "L" * 100))

    body = phone.service.requests[0].body
    assert len(body) <= 4096
    assert len(phone.browser.read(body)) > MOST_BYTES - 100
    assert phone.shown()["text"].endswith("…")
    assert text.startswith(phone.shown()["text"][:100])


@pytest.mark.parametrize("status", [404, 410])
def test_a_subscription_that_has_ended_is_gone(phone: Phone, message: MakeMessage, status: int) -> None:
    phone.service.otherwise = Reply(status, b"{}")

    result = phone.send(message())

    assert result == Result(
        "permanent", f"answered {status}: the browser's subscription has ended", gone=True
    )


def test_a_push_service_that_asks_for_time_is_given_it(phone: Phone, message: MakeMessage) -> None:
    phone.service.otherwise = Reply(429, b"", {"Retry-After": "30"})

    result = phone.send(message())

    assert (result.outcome, result.retry_after_s, result.gone) == ("retryable", 30, False)


@pytest.mark.parametrize("status", [500, 502, 503])
def test_a_push_service_in_trouble_is_tried_again(phone: Phone, message: MakeMessage, status: int) -> None:
    phone.service.otherwise = Reply(status, b"")

    assert phone.send(message()).outcome == "retryable"


@pytest.mark.parametrize(
    ("body", "detail"),
    [
        (b'{"reason": "BadJwtToken"}', "answered 403: BadJwtToken"),
        (b'{"code": 403, "message": "wrong key"}', "answered 403: wrong key"),
        (b'{"message": "no /push/geheim-4711 here"}', "answered 403"),
        (b"<html>", "answered 403"),
    ],
)
def test_a_refusal_is_told_in_the_push_services_words_without_secrets(
    phone: Phone, message: MakeMessage, body: bytes, detail: str
) -> None:
    phone.service.otherwise = Reply(403, body)

    result = phone.send(message())

    assert (result.outcome, result.detail, result.gone) == ("permanent", detail, False)


def test_a_contact_shows_its_device_and_nothing_by_which_it_is_rung(phone: Phone) -> None:
    contact = trusted(phone.url)
    port = phone.service.port

    assert phone.channel.check(contact) is None
    assert phone.channel.label(contact) == f"Jane's phone (webpush://127.0.0.1:{port})"
    assert phone.channel.destination(contact) == f"webpush 127.0.0.1:{port}"
    assert "Geheim" not in repr(contact)


def test_the_endpoint_is_kept_as_the_browser_gave_it(phone: Phone) -> None:
    assert endpoint_of(phone.url) == phone.service.url("https", "/push/Geheim-4711?token=a%2bb")
    with pytest.raises(ContactError):
        endpoint_of("json://host/")


@pytest.mark.parametrize(
    "endpoint", ["http://push.example.net/p", "push.example.net", "https://h/p#part", ""]
)
def test_an_endpoint_is_an_https_address(endpoint: str) -> None:
    with pytest.raises(ContactError):
        Browser().contact(endpoint)


@pytest.mark.parametrize(
    "broken",
    [
        ("p256dh=", "p256dh=AAAA"),
        ("auth=", "auth=AAAA"),
        ("vapid=", "vapid=AAAA"),
        ("vapid=", "was="),
        ("webpush://", "webpush://user:password@"),
    ],
)
def test_keys_that_are_not_whole_are_refused(
    phone: Phone, message: MakeMessage, broken: tuple[str, str]
) -> None:
    contact = trusted(phone.url.replace(*broken))

    result = phone.channel.send(contact, message())

    assert (result.outcome, phone.service.requests) == ("permanent", [])
    assert phone.channel.check(contact) == result.detail


@pytest.mark.parametrize("host", ["10.0.0.1", "localhost", "[::1]", "169.254.169.254"])
def test_people_subscribe_at_public_push_services_only(phone: Phone, host: str) -> None:
    url = Browser().contact(f"https://{host}/p")

    assert "admin" in str(phone.channel.check(untrusted(url)))
    assert phone.channel.check(trusted(url)) is None


def test_a_subject_that_is_no_address_is_left_out(phone: Phone, message: MakeMessage) -> None:
    endpoint = phone.service.url("https", "/p")

    phone.channel.send(trusted(phone.browser.contact(endpoint, subject="http://pager.lan")), message())

    _, claims, _ = token_of(phone.service.requests[0].headers["authorization"])
    assert "sub" not in claims
