"""HTTP out: what a status means, how long it may take, where it may go."""

from __future__ import annotations

import socket
import threading
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from router.delivery.channels.webhook import Webhook
from router.delivery.dial import is_public
from router.delivery.http import Http, Timeouts, retry_after_s
from tests.delivery.conftest import NOW, MakeMessage, trusted, untrusted
from tests.sinks import Certificate, HttpSink, Reply, dripping_server


def post(http: Http, url: str, *, public_only: bool = False) -> Any:
    return http.request("POST", url, headers={}, body=b"{}", public_only=public_only)


@pytest.mark.parametrize(
    ("status", "outcome"),
    [(200, "ok"), (201, "ok"), (202, "ok"), (204, "ok")]
    + [(status, "retryable") for status in (408, 425, 429, 500, 502, 503, 504, 507, 599)]
    + [(status, "permanent") for status in (300, 304, 400, 401, 403, 404, 405, 409, 410, 413, 422)],
)
def test_a_status_says_whether_trying_again_can_help(
    sink: HttpSink, http: Http, status: int, outcome: str
) -> None:
    sink.otherwise = Reply(status, b"" if status in (204, 304) else b"{}")

    assert post(http, sink.url()).result.outcome == outcome


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_redirects_are_not_followed(sink: HttpSink, http: Http, status: int) -> None:
    sink.otherwise = Reply(status, headers={"Location": sink.url(path="/elsewhere")})

    result = post(http, sink.url()).result

    assert result.outcome == "permanent"
    assert [request.path for request in sink.requests] == ["/"]


def test_nothing_is_tried_twice(sink: HttpSink, http: Http) -> None:
    sink.otherwise = Reply(503)

    post(http, sink.url())

    assert len(sink.requests) == 1


@pytest.mark.parametrize(
    ("value", "seconds"),
    [
        ("17", 17),
        (" 0 ", 0),
        ("86400", 600),
        ("9" * 400, 600),
        ("Tue, 23 Jun 2026 14:05:39 GMT", 29.75),
        ("Tue, 23 Jun 2026 13:00:00 GMT", 0),
        ("Tue, 23 Jun 2099 13:00:00 GMT", 600),
        ("Tue, 23 Jun 2026 14:05:39 -0000", 29.75),
        ("soon", None),
        ("-5", None),
        ("1.5", None),
        ("٣", None),
        ("", None),
        (None, None),
    ],
)
def test_retry_after_is_seconds_or_a_date_and_bounded(value: str | None, seconds: float | None) -> None:
    assert retry_after_s(value, NOW) == seconds


def test_a_429_says_how_long_to_wait(sink: HttpSink, http: Http) -> None:
    sink.otherwise = Reply(429, headers={"Retry-After": "17"})

    result = post(http, sink.url()).result

    assert (result.outcome, result.retry_after_s) == ("retryable", 17)


def test_an_oversized_answer_is_cut_and_its_status_stands(sink: HttpSink) -> None:
    sink.otherwise = Reply(200, b"x" * 5_000_000)
    http = Http(most_bytes=1000)

    answer = post(http, sink.url())
    http.close()

    assert (answer.result.outcome, answer.body) == ("ok", b"x" * 1000)


def test_a_body_that_never_ends_does_not_undo_a_200(quick_http: Http) -> None:
    with dripping_server(b"HTTP/1.1 200 OK\r\nContent-Length: 50000\r\n\r\n", b"x") as port:
        answer = post(quick_http, f"http://127.0.0.1:{port}/")

    assert (answer.result.outcome, answer.body) == ("ok", b"")


def test_an_answer_that_is_not_http_is_retryable(quick_http: Http) -> None:
    with dripping_server(b"SSH-2.0-OpenSSH_9.2\r\n", b"x") as port:
        assert post(quick_http, f"http://127.0.0.1:{port}/").result.outcome == "retryable"


def test_one_connection_serves_one_send_after_another(sink: HttpSink, http: Http) -> None:
    for _ in range(20):
        post(http, sink.url())

    assert (len(sink.requests), sink.connections) == (20, 1)


def test_threads_share_kept_connections(sink: HttpSink, http: Http) -> None:
    with ThreadPoolExecutor(8) as threads:
        answers = list(threads.map(lambda _: post(http, sink.url()), range(200)))

    assert {answer.result.outcome for answer in answers} == {"ok"}
    assert len(sink.requests) == 200
    assert sink.connections <= 8


def test_a_connection_that_the_server_closed_is_opened_again(sink: HttpSink, http: Http) -> None:
    sink.otherwise = Reply(headers={"Connection": "close"})

    outcomes = [post(http, sink.url()).result.outcome for _ in range(3)]

    assert outcomes == ["ok"] * 3


def test_a_certificate_that_nobody_vouches_for_is_permanent(certificate: Certificate, http: Http) -> None:
    with HttpSink(tls=certificate.server()) as sink:
        result = post(http, sink.url("https")).result

    assert (result.outcome, sink.requests) == ("permanent", [])
    assert "certificate" in result.detail


def test_a_certificate_for_another_host_is_permanent(certificate: Certificate) -> None:
    http = Http(context=certificate.client())
    with HttpSink(tls=certificate.server()) as sink:
        result = post(http, f"https://localhost:{sink.port}/").result
    http.close()

    assert (result.outcome, sink.requests) == ("permanent", [])


def test_a_trusted_certificate_is_taken(certificate: Certificate) -> None:
    http = Http(context=certificate.client())
    with HttpSink(tls=certificate.server()) as sink:
        result = post(http, sink.url("https")).result
        http.close()

    assert (result.outcome, len(sink.requests)) == ("ok", 1)


def test_plain_http_where_tls_is_expected_is_retryable(sink: HttpSink, quick_http: Http) -> None:
    assert post(quick_http, sink.url("https")).result.outcome == "retryable"


@pytest.mark.parametrize(
    "address",
    [
        *("127.0.0.1", "127.8.9.1", "10.0.0.1", "172.16.3.4", "192.168.1.1", "169.254.169.254", "100.64.0.1"),
        *("0.0.0.0", "224.0.0.1", "240.0.0.1", "255.255.255.255", "192.0.2.1", "198.18.0.1"),
        *(
            "::1",
            "::",
            "::ffff:127.0.0.1",
            "::ffff:10.0.0.1",
            "fe80::1",
            "fe80::1%eth0",
            "fc00::1",
            "fd12::1",
        ),
        *("fec0::1", "ff02::1", "64:ff9b::7f00:1", "2002:7f00:1::", "2001:db8::1", "::127.0.0.1", "100::1"),
        *("192.0.0.192", "192.88.99.1", "168.63.129.16", "::ffff:168.63.129.16"),
    ],
)
def test_an_address_within_is_not_public(address: str) -> None:
    assert not is_public(address)


@pytest.mark.parametrize(
    "address", ["1.1.1.1", "93.184.216.34", "2606:4700::1111", "64:ff9b::101:101", "::ffff:1.1.1.1"]
)
def test_an_address_of_the_internet_is_public(address: str) -> None:
    assert is_public(address)


@pytest.mark.parametrize(
    "host",
    [
        *("127.0.0.1", "127.1", "2130706433", "0x7f000001", "0177.0.0.1", "localhost", "a.localhost."),
        *("[::1]", "[::ffff:127.0.0.1]", "[::ffff:7f00:1]", "0.0.0.0", "0", "169.254.169.254"),
    ],
)
def test_an_untrusted_contact_reaches_no_private_address_in_any_spelling(
    sink: HttpSink, http: Http, message: MakeMessage, host: str
) -> None:
    result = Webhook(http).send(untrusted(f"http://{host}:{sink.port}/"), message())

    assert (result.outcome, sink.requests) == ("permanent", [])
    assert "public" in result.detail


@pytest.fixture
def resolved_to_loopback(monkeypatch: pytest.MonkeyPatch) -> None:
    """Make pager.example a name of 127.0.0.1, as its owner may at any moment."""
    real = socket.getaddrinfo

    def resolve(host: str, port: int, *args: Any, **options: Any) -> Any:
        if host == "pager.example" and not options.get("flags"):
            host = "127.0.0.1"
        return real(host, port, *args, **options)

    monkeypatch.setattr(socket, "getaddrinfo", resolve)


@pytest.mark.usefixtures("resolved_to_loopback")
def test_a_name_that_resolves_to_loopback_is_refused_when_connecting(
    sink: HttpSink, http: Http, message: MakeMessage
) -> None:
    contact = untrusted(f"http://pager.example:{sink.port}/")

    result = Webhook(http).send(contact, message())

    assert Webhook(http).check(contact) is None
    assert (result.outcome, sink.connections) == ("permanent", 0)


@pytest.mark.usefixtures("resolved_to_loopback")
def test_a_connection_kept_for_a_trusted_contact_is_not_lent_to_an_untrusted_one(
    sink: HttpSink, http: Http, message: MakeMessage
) -> None:
    url = f"http://pager.example:{sink.port}/"
    channel = Webhook(http)

    outcomes = [
        channel.send(trusted(url), message()).outcome,
        channel.send(untrusted(url), message()).outcome,
    ]

    assert (outcomes, len(sink.requests)) == (["ok", "permanent"], 1)


def test_a_resolver_that_hangs_holds_a_send_no_longer_than_connecting_may_take(
    monkeypatch: pytest.MonkeyPatch, quick_http: Http
) -> None:
    released = threading.Event()
    real = socket.getaddrinfo

    def hang(host: str, port: int, *args: Any, **options: Any) -> Any:
        if not options.get("flags"):
            released.wait()
            host = "127.0.0.1"
        return real(host, port, *args, **options)

    monkeypatch.setattr(socket, "getaddrinfo", hang)
    result = post(quick_http, "http://pager.example/").result
    released.set()

    assert (result.outcome, result.detail) == ("retryable", "connecting timed out")


def test_the_everyday_timeouts_stay_below_ten_seconds() -> None:
    times = Timeouts()

    assert (times.connect_s, times.read_s) == (3.0, 7.0)
    assert times.total_s < 10
