"""The long tail, by Apprise."""

from __future__ import annotations

import logging
import subprocess
import sys

import pytest

from router.delivery.channels.apprise import Apprise
from tests.delivery.conftest import MakeMessage, trusted, untrusted
from tests.sinks import HttpSink, Reply


@pytest.fixture
def channel() -> Apprise:
    return Apprise()


def test_a_page_goes_by_a_service_of_apprises(sink: HttpSink, channel: Apprise, message: MakeMessage) -> None:
    result = channel.send(trusted(sink.url("xml", "/hook")), message())

    assert result.outcome == "ok"
    assert b"StripeDown on web-01" in sink.requests[0].body


def test_hostile_text_is_escaped_for_a_service_that_speaks_markup(
    sink: HttpSink, channel: Apprise, message: MakeMessage
) -> None:
    channel.send(trusted(sink.url("xml")), message(message="<script>alert(1)</script> & <b>bold</b>"))

    assert b"<script>" not in sink.requests[0].body


def test_a_refusal_is_retryable_since_apprise_hides_the_cause(
    sink: HttpSink, channel: Apprise, message: MakeMessage
) -> None:
    sink.otherwise = Reply(403)

    assert channel.send(trusted(sink.url("xml")), message()).outcome == "retryable"


def test_redirects_are_not_followed(sink: HttpSink, channel: Apprise, message: MakeMessage) -> None:
    sink.otherwise = Reply(307, headers={"Location": sink.url(path="/elsewhere")})

    result = channel.send(trusted(sink.url("xml", "/hook")), message())

    assert (result.outcome, {request.path for request in sink.requests}) == ("retryable", {"/hook"})


@pytest.mark.parametrize("url", ["nosuchservice://host/", "slack://", "tgram://bad", "xml://"])
def test_what_apprise_does_not_take_is_permanent(channel: Apprise, message: MakeMessage, url: str) -> None:
    assert channel.check(trusted(url))
    assert channel.send(trusted(url), message()).outcome == "permanent"


def test_an_untrusted_contact_is_refused_before_apprise_sees_it(
    sink: HttpSink, channel: Apprise, message: MakeMessage
) -> None:
    contact = untrusted(sink.url("xml"))

    assert "admin" in str(channel.check(contact))
    assert (channel.send(contact, message()).outcome, sink.requests) == ("permanent", [])


def test_nothing_is_logged(
    sink: HttpSink, channel: Apprise, message: MakeMessage, caplog: pytest.LogCaptureFixture
) -> None:
    sink.otherwise = Reply(500)
    with caplog.at_level(logging.NOTSET):
        channel.send(trusted(f"xml://jane:Geheim@127.0.0.1:{sink.port}/Geheim"), message())

    assert "Geheim" not in caplog.text


@pytest.mark.parametrize("url", ["slack://TokenA/TokenB/TokenC", "tgram://123456:secret/1/", "pover://u@tok"])
def test_a_token_in_the_place_of_the_host_is_not_shown(channel: Apprise, url: str) -> None:
    scheme = url.split(":")[0]

    assert channel.label(trusted(url)) == f"{scheme}://…"
    assert channel.destination(trusted(url)) == f"apprise {scheme}"


def test_apprise_is_not_imported_before_it_is_needed() -> None:
    code = (
        "import sys; from router.delivery.channels import registry; "
        "registry.check('json://127.0.0.1:1/', trusted=True); print('apprise' in sys.modules)"
    )

    printed = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)

    assert printed.stdout == "False\n"
