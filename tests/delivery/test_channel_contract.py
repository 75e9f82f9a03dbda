"""What every channel promises, whichever it is."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import pytest

from router.delivery.channel import Channel
from router.delivery.channels.apprise import Apprise
from router.delivery.channels.email import Email
from router.delivery.channels.ntfy import Ntfy
from router.delivery.channels.pingparrot import PingParrot
from router.delivery.channels.webhook import Webhook
from router.delivery.channels.webpush import WebPush
from router.delivery.http import Http
from tests.browser import Browser
from tests.delivery.conftest import QUICK, MakeMessage, trusted, untrusted
from tests.sinks import dead_port, dripping_server, silent_server

SECRET = "Geheim-4711"
HTTP_DRIP = (b"HTTP/1.1 200 OK\r\nX-Slow: ", b"a")
SMTP_DRIP = (b"220-hello", b"a")


@dataclass(frozen=True)
class Case:
    """A channel and a URL full of secrets; `{port}` is filled in."""

    make: Callable[[Http], Channel]
    url: str
    drip: tuple[bytes, bytes] = HTTP_DRIP


CASES = {
    "json": Case(
        Webhook, f"json://{SECRET}:{SECRET}@127.0.0.1:{{port}}/{SECRET}?+X-Key={SECRET}&-token={SECRET}"
    ),
    "webhook": Case(Webhook, f"http://u:{SECRET}@127.0.0.1:{{port}}/{SECRET}?t={SECRET}#secret={SECRET}"),
    "email": Case(
        lambda _http: Email(QUICK),
        f"smtp://jane:{SECRET}@127.0.0.1:{{port}}/?mode=insecure&to=jane@example.com",
        SMTP_DRIP,
    ),
    "ntfy": Case(Ntfy, f"ntfy://jane:{SECRET}@127.0.0.1:{{port}}/{SECRET}"),
    "pingparrot": Case(PingParrot, f"pingparrot+http://{SECRET}@127.0.0.1:{{port}}/"),
    "webpush": Case(WebPush, Browser().contact(f"https://127.0.0.1:{{port}}/{SECRET}?token={SECRET}")),
    "apprise": Case(lambda _http: Apprise(QUICK.total_s), f"xml://jane:{SECRET}@127.0.0.1:{{port}}/{SECRET}"),
}


@pytest.fixture(params=CASES)
def case(request: pytest.FixtureRequest) -> Case:
    """Each channel in turn."""
    return CASES[request.param]


@pytest.fixture
def channel(case: Case, quick_http: Http) -> Iterator[Channel]:
    """The channel of the case, with short timeouts."""
    return case.make(quick_http)


def test_a_dead_port_is_retryable_and_tells_no_secret(
    case: Case, channel: Channel, message: MakeMessage
) -> None:
    with dead_port() as port:
        result = channel.send(trusted(case.url.format(port=port)), message())

    assert result.outcome == "retryable"
    assert SECRET.lower() not in repr(result).lower()


def test_a_server_that_never_answers_is_retryable(case: Case, channel: Channel, message: MakeMessage) -> None:
    with silent_server() as port:
        result = channel.send(trusted(case.url.format(port=port)), message())

    assert result.outcome == "retryable"
    assert SECRET.lower() not in repr(result).lower()


def test_a_server_that_drips_for_ever_ends_at_the_deadline(
    case: Case, channel: Channel, message: MakeMessage
) -> None:
    with dripping_server(*case.drip) as port:
        result = channel.send(trusted(case.url.format(port=port)), message())

    assert result.outcome == "retryable"


@pytest.mark.parametrize("broken", ["{scheme}://", "{scheme}://[::1/", "{scheme}://host:port/", "nonsense"])
def test_a_broken_url_is_permanent_and_never_raises(
    case: Case, channel: Channel, message: MakeMessage, broken: str
) -> None:
    contact = trusted(broken.format(scheme=case.url.split("://")[0]))

    assert channel.send(contact, message()).outcome == "permanent"
    assert channel.check(contact)


def test_what_is_wrong_with_a_url_is_said_without_its_secrets(case: Case, channel: Channel) -> None:
    url = case.url.format(port=9000).replace("127.0.0.1", f"127.0.0.1:{SECRET}")

    assert SECRET.lower() not in str(channel.check(trusted(url))).lower()


def test_destination_and_label_tell_no_secret(case: Case, channel: Channel) -> None:
    contact = trusted(case.url.format(port=9000))

    shown = f"{channel.destination(contact)} {channel.label(contact)} {contact!r}"

    assert channel.check(contact) is None
    assert SECRET.lower() not in shown.lower()
    assert "127.0.0.1" in shown


def test_an_untrusted_contact_never_reaches_loopback(
    case: Case, channel: Channel, message: MakeMessage
) -> None:
    with dead_port() as port:
        contact = untrusted(case.url.format(port=port))
        result = channel.send(contact, message())

    assert result.outcome == "permanent"
    assert channel.check(contact) == result.detail


def test_a_channel_serves_many_threads_at_once(case: Case, channel: Channel, message: MakeMessage) -> None:
    with dead_port() as port, ThreadPoolExecutor(8) as threads:
        contact = trusted(case.url.format(port=port))
        results = list(
            threads.map(lambda number: channel.send(contact, message(notification_id=number)), range(24))
        )

    assert [result.outcome for result in results] == ["retryable"] * 24
