"""Grafana's signatures: the recorded vector holds, everything near it does not."""

from __future__ import annotations

import hashlib
import hmac
import json
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from adapters.grafana.signature import SignatureError, verify
from tests.adapters.bodies import FIXTURES, body

SECRET = b"pingparrot-test-secret"
BODY = body("grafana", "15_hmac_timestamped")
HEADERS = dict(
    json.loads((FIXTURES / "grafana" / "15_hmac_timestamped.headers.json").read_bytes())["headers"]
)
SIGNATURE = HEADERS["X-Grafana-Alerting-Signature"]
TIMESTAMP = HEADERS["X-Grafana-Alerting-Timestamp"]
SENT_AT = datetime.fromtimestamp(int(TIMESTAMP), UTC)


def test_the_recorded_vector_is_accepted() -> None:
    verify(SECRET, BODY, SIGNATURE, TIMESTAMP, SENT_AT + timedelta(seconds=1))


def test_a_signature_over_the_body_alone_is_accepted() -> None:
    signature = hmac.new(SECRET, BODY, hashlib.sha256).hexdigest()

    verify(SECRET, BODY, signature, None, SENT_AT + timedelta(days=400))


@given(st.integers(0, len(BODY) * 8 - 1))
def test_one_flipped_bit_of_the_body_is_refused(bit: int) -> None:
    flipped = bytearray(BODY)
    flipped[bit // 8] ^= 1 << bit % 8

    with pytest.raises(SignatureError) as refused:
        verify(SECRET, bytes(flipped), SIGNATURE, TIMESTAMP, SENT_AT)

    assert refused.value.fault == "wrong"


@pytest.mark.parametrize(
    ("secret", "signature", "timestamp", "fault"),
    [
        (b"another secret", SIGNATURE, TIMESTAMP, "wrong"),
        (SECRET, "", TIMESTAMP, "missing"),
        (SECRET, SIGNATURE[:-1] + ("0" if SIGNATURE[-1] != "0" else "1"), TIMESTAMP, "wrong"),
        (SECRET, SIGNATURE[:-1], TIMESTAMP, "wrong"),
        (SECRET, "sha256=" + SIGNATURE, TIMESTAMP, "wrong"),
        (SECRET, "ключ\udcff", TIMESTAMP, "wrong"),
        (SECRET, SIGNATURE, None, "wrong"),
        (SECRET, SIGNATURE, str(int(TIMESTAMP) + 1), "wrong"),
        (SECRET, SIGNATURE, "", "wrong"),
        (SECRET, SIGNATURE, "\udcff", "wrong"),
    ],
)
def test_what_was_not_signed_so_is_refused(
    secret: bytes, signature: str, timestamp: str | None, fault: str
) -> None:
    with pytest.raises(SignatureError) as refused:
        verify(secret, BODY, signature, timestamp, SENT_AT)

    assert refused.value.fault == fault


@pytest.mark.parametrize("off_s", [-301, 301, 86_400])
def test_a_signed_body_outside_the_window_is_a_replay(off_s: int) -> None:
    with pytest.raises(SignatureError) as refused:
        verify(SECRET, BODY, SIGNATURE, TIMESTAMP, SENT_AT + timedelta(seconds=off_s))

    assert refused.value.fault == "stale"


@pytest.mark.parametrize("off_s", [-300, 0, 300])
def test_a_signed_body_within_the_window_is_accepted(off_s: int) -> None:
    verify(SECRET, BODY, SIGNATURE, TIMESTAMP, SENT_AT + timedelta(seconds=off_s))


@pytest.mark.parametrize("timestamp", ["soon", "-1", "1e9", "9" * 5_000, "٣"])
def test_a_signed_timestamp_that_is_none_is_refused(timestamp: str) -> None:
    signature = hmac.new(SECRET, timestamp.encode() + b":" + BODY, hashlib.sha256).hexdigest()

    with pytest.raises(SignatureError) as refused:
        verify(SECRET, BODY, signature, timestamp, SENT_AT)

    assert refused.value.fault == "stale"
    assert SECRET.decode() not in str(refused.value)
