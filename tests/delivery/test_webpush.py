"""Encryption and identification of Web Push, against the examples of RFC 8291 and RFC 8292."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from cryptography.exceptions import InvalidSignature, InvalidTag
from cryptography.hazmat.primitives.asymmetric import ec
from hypothesis import given
from hypothesis import strategies as st

from router.delivery.webpush import (
    MOST_BYTES,
    Receiver,
    authorization,
    decode,
    encode,
    encrypt,
    key_of,
    number_of,
    own_key,
    point,
)
from router.store.secrets import Secrets
from tests.browser import Browser, b64, raw, token_of
from tests.delivery.conftest import NOW

# RFC 8291, section 5 and appendix A
TEXT = b"When I grow up, I want to be a watermelon"
SALT = "DGv6ra1nlYgDCS1FRnbzlw"
SENDER = "yfWPiYE-n46HLnH0KqZOF1fJJU3MYrct3AELtAQ-oRw"
RECEIVER_PRIVATE = "q1dXpw3UpT5VOmu_cf_v6ih07Aems3njxI-JWgLcM94"
RECEIVER = "BCVxsr7N_eNgVRqvHtD0zTZsEc6-VV-JvLexhqUzORcxaOzi6-AYWXvTBHm4bjyPjs7Vd8pZGH6SRpkNtoIAiw4"
AUTH = "BTBZMqHH6r4Tts7J_aSIgg"
BODY = (
    "DGv6ra1nlYgDCS1FRnbzlwAAEABBBP4z9KsN6nGRTbVYI_c7VJSPQTBtkgcy27mlmlMoZIIgDll6e3vCYLocInmYWAmS6TlzAC8w"
    "EqKK6PBru3jl7A_yl95bQpu6cVPTpK4Mqgkf1CXztLVBSt2Ks3oZwbuwXPXLWyouBWLVWGNWQexSgSxsj_Qulcy4a-fN"
)
# RFC 8292, section 2.4
EXAMPLE = (
    "vapid t=eyJ0eXAiOiJKV1QiLCJhbGciOiJFUzI1NiJ9.eyJhdWQiOiJodHRwczovL3B1c2guZXhhbXBsZS5uZXQiLCJleHAiOjE0NTM"
    "1MjM3NjgsInN1YiI6Im1haWx0bzpwdXNoQGV4YW1wbGUuY29tIn0.i3CYb7t4xfxCDquptFOepC9GAu_HLGkMlMuCGSK2rpiUfnK9ojFw"
    "DXb1JrErtmysazNjjvW2L9OkSSHzvoD1oA, "
    "k=BA1Hxzyi1RUM1b5wjxsn7nGxAszw2u61m164i3MrAIxHF6YK5h4SDYic-dRuU_RCPCfA5aq9ojSwk5Y2EmClBPs"
)
EXAMPLE_EXPIRES = datetime.fromtimestamp(1453523768, UTC)
SECRETS = Secrets("k" * 32)


def test_the_rfcs_message_is_encrypted_byte_for_byte() -> None:
    receiver = Receiver(raw(RECEIVER), raw(AUTH))

    body = encrypt(TEXT, receiver, sender=key_of(raw(SENDER)), salt=raw(SALT))

    assert b64(body) == BODY


def test_the_tests_browser_reads_the_rfcs_message() -> None:
    browser = Browser(key_of(raw(RECEIVER_PRIVATE)), raw(AUTH))

    assert b64(browser.public) == RECEIVER
    assert browser.read(raw(BODY)) == TEXT


@given(st.binary(max_size=MOST_BYTES))
def test_whatever_is_sent_is_read_and_fits_what_every_push_service_takes(text: bytes) -> None:
    browser = Browser()

    body = encrypt(text, Receiver(browser.public, browser.auth))

    assert browser.read(body) == text
    assert len(body) <= 4096


def test_no_other_browser_reads_a_message_nor_is_one_sent_alike_twice() -> None:
    browser = Browser()
    receiver = Receiver(browser.public, browser.auth)

    first, second = encrypt(TEXT, receiver), encrypt(TEXT, receiver)

    assert first[:86] != second[:86]
    with pytest.raises(InvalidTag):
        Browser(auth=browser.auth).read(first)
    with pytest.raises(InvalidTag):
        Browser(browser.private, b"another sixteen.").read(first)


@pytest.mark.parametrize(
    ("public", "auth"),
    [
        (b"", b"a" * 16),
        (raw(RECEIVER)[:-1], b"a" * 16),
        (raw(RECEIVER)[:-1] + b"\0", b"a" * 16),  # not on the curve
        (b"\x02" + raw(RECEIVER)[1:33], b"a" * 16),  # compressed
        (raw(RECEIVER), b"a" * 15),
    ],
)
def test_what_no_browser_gives_is_refused(public: bytes, auth: bytes) -> None:
    with pytest.raises(ValueError):
        Receiver(public, auth)


def test_the_tests_push_service_verifies_the_rfcs_token() -> None:
    head, claims, key = token_of(EXAMPLE)

    assert head == {"typ": "JWT", "alg": "ES256"}
    assert claims == {"aud": "https://push.example.net", "exp": 1453523768, "sub": "mailto:push@example.com"}
    assert len(raw(key)) == 65
    with pytest.raises(InvalidSignature):
        token_of(EXAMPLE.replace(".eyJhdWQ", ".eyJhdWR"))


def test_a_token_like_the_rfcs_is_signed_and_lasts_less_than_a_day() -> None:
    key = own_key(SECRETS)
    at = EXAMPLE_EXPIRES - timedelta(hours=12)

    header = authorization(key, "https://push.example.net", "mailto:push@example.com", at)

    head, claims, public = token_of(header)
    assert header.split(".")[:2] == EXAMPLE.split(".")[:2]
    assert (head["alg"], claims["exp"], public) == ("ES256", 1453523768, b64(point(key)))


def test_a_token_without_a_subject_has_none() -> None:
    _, claims, _ = token_of(authorization(own_key(SECRETS), "https://push.example.net", "", NOW))

    assert "sub" not in claims


def test_our_key_follows_from_the_newest_secret_key() -> None:
    same, other = Secrets("k" * 32, ("o" * 32,)), Secrets("o" * 32)

    assert number_of(own_key(same)) == number_of(own_key(SECRETS))
    assert number_of(own_key(other)) != number_of(own_key(SECRETS))


@pytest.mark.parametrize("number", [b"", b"\0" * 32, b"\xff" * 32, b"\x01" * 31])
def test_what_is_no_private_key_is_refused(number: bytes) -> None:
    with pytest.raises(ValueError):
        key_of(number)


def test_a_private_key_is_kept_by_its_number() -> None:
    key = ec.generate_private_key(ec.SECP256R1())

    assert point(key_of(number_of(key))) == point(key)


@given(st.binary())
def test_base64url_with_and_without_padding_is_read(data: bytes) -> None:
    assert encode(data) == b64(data)
    assert decode(encode(data)) == data
    assert decode(encode(data) + "=" * (-len(encode(data)) % 4)) == data


@pytest.mark.parametrize("text", ["a", "a+b/", "é", "a b", "a\n"])
def test_what_is_no_base64url_is_refused(text: str) -> None:
    with pytest.raises(ValueError):
        decode(text)
