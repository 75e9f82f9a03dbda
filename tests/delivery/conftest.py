"""Fixtures for channels: sinks, quick timeouts, a message to send."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from typing import Any

import pytest

from router.delivery.channel import ContactAddress, Message
from router.delivery.http import Http, Timeouts
from router.delivery.message import Told, compose
from tests.sinks import Certificate, HttpSink, make_certificate

NOW = datetime(2026, 6, 23, 14, 5, 9, 250_000, tzinfo=UTC)
LINK = "https://pager.example/n/cAAAAAAAAAAqAAAA"
CREATED = datetime(2026, 6, 23, 14, 0, 1, tzinfo=UTC)
QUICK = Timeouts(connect_s=0.5, read_s=0.3, total_s=1.0)

MakeMessage = Callable[..., Message]


@pytest.fixture
def sink() -> Iterator[HttpSink]:
    """An HTTP server that records what it gets."""
    with HttpSink() as server:
        yield server


@pytest.fixture
def http() -> Iterator[Http]:
    """A client with everyday timeouts and a clock that stands."""
    client = Http(clock=lambda: NOW)
    yield client
    client.close()


@pytest.fixture
def quick_http() -> Iterator[Http]:
    """A client that gives up within a second."""
    client = Http(QUICK, clock=lambda: NOW)
    yield client
    client.close()


@pytest.fixture(scope="session")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Certificate:
    """A certificate for 127.0.0.1 that no system trusts."""
    return make_certificate(tmp_path_factory.mktemp("certificate"))


@pytest.fixture
def message() -> MakeMessage:
    """Make a message; what is not given is of a critical page with two alerts."""

    def make(
        kind: str = "page", notification_id: int = 7, recipient: str = "Jane Smith", **given: Any
    ) -> Message:
        page_url = given.pop("page_url", LINK)
        told: dict[str, Any] = {
            "page_id": 42,
            "subject": "StripeDown on web-01",
            "message": "Payments fail.\nSince five minutes.",
            "priority": "critical",
            "status": "active",
            "created_at": CREATED,
            "route": "payments/stripe",
            "alerts": ({"alertname": "StripeDown", "instance": "web-01"}, {"alertname": "StripeSlow"}),
            "alert_count": 2,
        }
        return compose(
            Told(**{**told, **given}),
            notification_id=notification_id,
            kind=kind,
            recipient=recipient,
            page_url=page_url,
        )

    return make


def trusted(url: str) -> ContactAddress:
    """Return a contact that an admin gave."""
    return ContactAddress(url, trusted=True)


def untrusted(url: str) -> ContactAddress:
    """Return a contact that a person gave for themselves."""
    return ContactAddress(url, trusted=False)
