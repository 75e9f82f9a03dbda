"""Which channel takes a URL, and what a URL may look like."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from router.delivery.channels import registry
from router.delivery.channels.email import Email
from router.delivery.channels.ntfy import Ntfy
from router.delivery.channels.pingparrot import PingParrot
from router.delivery.channels.webhook import Webhook
from router.delivery.channels.webpush import WebPush
from router.delivery.contact import ContactError, parse, quoted


@pytest.mark.parametrize(
    ("url", "name"),
    [
        ("json://host/", "webhook"),
        ("JSONS://host/", "webhook"),
        ("https://host/hook", "webhook"),
        ("webhook+http://host/hook", "webhook"),
        ("mailto://jane:pw@example.com", "email"),
        ("smtps://mx.example.com/?to=a@b.org", "email"),
        ("ntfys://ntfy.sh/topic", "ntfy"),
        ("pingparrot://KEY@pingparrot.app/", "pingparrot"),
        ("webpush://push.example.net/p/1#auth=a", "webpush"),
        ("slack://a/b/c", "apprise"),
        ("nonsense", "apprise"),
    ],
)
def test_our_own_channels_win_over_apprises(url: str, name: str) -> None:
    assert registry.channel_for(url).name == name
    assert registry.channel_for(url) is registry.channel_for(url)


def test_people_choose_among_our_own_channels_and_public_addresses() -> None:
    assert registry.check("https://hooks.example.com/a", trusted=False) is None
    assert "admin" in str(registry.check("slack://a/b/c", trusted=False))
    assert "admin" in str(registry.check("json://10.0.0.1/", trusted=False))
    assert registry.check("json://10.0.0.1/", trusted=True) is None


def test_a_destination_and_a_label_fit_where_they_are_kept() -> None:
    url = "json://" + ".".join(["a" * 60] * 4) + ":8080/"

    assert registry.check(url, trusted=True) is None
    assert max(len(registry.destination(url)), len(registry.label(url))) <= 200


def test_a_url_that_is_refused_has_no_destination() -> None:
    with pytest.raises(ContactError):
        registry.destination("json://")


@pytest.mark.parametrize(
    "url",
    [
        "",
        "host",
        "://host",
        "1a://host",
        "json://",
        "json:///path",
        "json://host:port/",
        "json://host:65536/",
        "json://ho st/",
        "json://host/\x00",
        "json://[::1",
        "json://[fe80::1%25eth0]/",
        "json://-host/",
        "json://a..b/",
        "json://" + "a" * 64 + ".example/",
        "json://" + "a" * 300 + "/",
        "json://host/" + "a" * 2000,
        "json://host/?" + "&".join(f"-p{number}=1" for number in range(60)),
    ],
)
def test_what_is_no_usable_url_is_refused_with_a_sentence(url: str) -> None:
    assert registry.check(url, trusted=True)


def test_parts_are_decoded_and_hidden() -> None:
    url = parse("JSON://ja%3Ane:p%40ss@[2001:DB8::1]:8080/a%20b?Method=put&+X-A=a+b%2B&:K=#secret=a%26b")

    assert (url.scheme, url.host, url.port, url.netloc) == (
        "json",
        "2001:db8::1",
        8080,
        "[2001:db8::1]:8080",
    )
    assert (url.user, url.password) == ("ja:ne", "p@ss")
    assert url.options == (("method", "put"), ("+X-A", "a+b+"), (":K", ""))
    assert url.fragment == (("secret", "a&b"),)
    assert "p@ss" not in repr(url)


def test_an_international_host_is_written_in_ascii() -> None:
    assert parse("https://bücher.example/").host == "xn--bcher-kva.example"


@given(st.text(max_size=60))
def test_no_text_whatever_breaks_the_check(text: str) -> None:
    for scheme in ("json", "http", "smtp", "ntfy", "pingparrot", "webpush"):
        wrong = registry.check(f"{scheme}://{text}", trusted=True)
        assert wrong is None or wrong[-1] not in "\n:"


@pytest.mark.parametrize(
    ("said", "shown"),
    [
        ("no such user", "no such user"),
        ("key ABCDEF is bad", ""),
        ("two\r\nlines \u202ehere", "two lines here"),
        ("x" * 500, "x" * 159 + "…"),
    ],
)
def test_a_providers_words_are_shown_without_secrets(said: str, shown: str) -> None:
    assert quoted(said, ("abcdef", None, "")) == shown


def test_every_scheme_of_ours_is_documented() -> None:
    documented = (Path(__file__).parents[2] / "docs" / "channels.md").read_text()
    table = documented.split("| scheme |")[1].split("\n\n")[0]
    ours = {scheme for channel in (Webhook, Email, Ntfy, PingParrot, WebPush) for scheme in channel.schemes}

    assert set(re.findall(r"`([a-z+]+)`", table)) == ours | {"json"}
