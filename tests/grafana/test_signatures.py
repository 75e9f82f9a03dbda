"""Signed senders: Grafana's vector holds on every address, everything near it is 401 and counted."""

from __future__ import annotations

import hashlib
import hmac
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from prometheus_client import REGISTRY

from router.store.credentials import change_integration, find_integration, remove_secrets, set_secret
from tests.grafana.house import ADDRESSES, SECRET, House, headers_of, recorded

NAME = "15_hmac_timestamped"
BODY = recorded(NAME)
SIGNATURE = headers_of(NAME)["X-Grafana-Alerting-Signature"]
TIMESTAMP = headers_of(NAME)["X-Grafana-Alerting-Timestamp"]
SENT_AT = datetime.fromtimestamp(int(TIMESTAMP), UTC)
EVERYWHERE = (*ADDRESSES, "/api/adapters/alertmanager")
SIGNED = {"X-Grafana-Alerting-Signature": SIGNATURE, "X-Grafana-Alerting-Timestamp": TIMESTAMP}


def post(house: House, address: str, body: bytes, headers: dict[str, str]) -> Any:
    house.now = max(house.now, SENT_AT)
    return house.post(body, address, "signed", headers=headers)


def sign(body: bytes, secret: str = SECRET, timestamp: str = "") -> str:
    text = f"{timestamp}:".encode() + body if timestamp else body
    return hmac.new(secret.encode(), text, hashlib.sha256).hexdigest()


def refusals(reason: str) -> float:
    name = "pingparrot_authentication_failures_total"
    return REGISTRY.get_sample_value(name, {"reason": f"signature_{reason}"}) or 0.0


def change(house: House, act: Any) -> None:
    def job(tx: Any) -> None:
        found = find_integration(tx.connection, 1, "signed")
        assert found is not None
        act(tx.connection, found.id)

    house.core.writer.run(job)


@pytest.mark.parametrize("address", EVERYWHERE)
def test_the_recorded_vector_is_accepted(sqlite_house: House, address: str) -> None:
    assert post(sqlite_house, address, BODY, SIGNED).status_code in (200, 201)
    assert len(sqlite_house.pages()) == 1


@pytest.mark.parametrize("address", EVERYWHERE)
def test_a_signature_over_the_body_alone_is_accepted(sqlite_house: House, address: str) -> None:
    headers = {"X-Grafana-Alerting-Signature": sign(BODY)}
    assert post(sqlite_house, address, BODY, headers).status_code in (200, 201)


FLIPPED = BODY.replace(b"web-1", b"web-0", 1)
LATER = str(int(TIMESTAMP) + 1)
REFUSED = {
    "no signature": (BODY, {}, "missing"),
    "only a timestamp": (BODY, {"X-Grafana-Alerting-Timestamp": TIMESTAMP}, "missing"),
    "one flipped bit": (FLIPPED, SIGNED, "wrong"),
    "another secret": (BODY, {"X-Grafana-Alerting-Signature": sign(BODY, "another secret")}, "wrong"),
    "another timestamp": (BODY, {**SIGNED, "X-Grafana-Alerting-Timestamp": LATER}, "wrong"),
    "no timestamp any more": (BODY, {"X-Grafana-Alerting-Signature": SIGNATURE}, "wrong"),
    "the timestamp moved into the body": (
        f"{TIMESTAMP}:".encode() + BODY,
        {"X-Grafana-Alerting-Signature": SIGNATURE},
        "missing",
    ),
    "not ASCII": (BODY, {"X-Grafana-Alerting-Signature": "\xe9" * 64}, "wrong"),
}


@pytest.mark.parametrize("address", EVERYWHERE)
@pytest.mark.parametrize(("body", "headers", "reason"), REFUSED.values(), ids=REFUSED.keys())
def test_what_is_not_signed_so_is_401_and_counted(
    sqlite_house: House, address: str, body: bytes, headers: dict[str, str], reason: str
) -> None:
    before = refusals(reason)
    raw: Any = {name: value.encode("latin-1") for name, value in headers.items()}

    answer = post(sqlite_house, address, body, raw)

    assert answer.status_code == 401
    assert set(answer.json()) == {"error"}
    assert SECRET not in answer.text
    assert refusals(reason) == before + 1
    assert sqlite_house.pages() == []
    assert sqlite_house.quarantined() == []


@pytest.mark.parametrize("address", EVERYWHERE)
def test_a_replay_after_five_minutes_is_refused(sqlite_house: House, address: str) -> None:
    sqlite_house.now = SENT_AT + timedelta(seconds=300)
    assert post(sqlite_house, address, BODY, SIGNED).status_code in (200, 201)
    before = refusals("stale")
    sqlite_house.now += timedelta(seconds=1)

    assert post(sqlite_house, address, BODY, SIGNED).status_code == 401
    assert refusals("stale") == before + 1


def test_both_secrets_hold_during_a_rotation_and_only_the_new_one_after_it(house: House) -> None:
    encrypted = house.core.secrets.encrypt("hmac", "the new secret")
    change(
        house,
        lambda connection, row_id: set_secret(connection, row_id, encrypted, house.now, timedelta(hours=2)),
    )
    old = {"X-Grafana-Alerting-Signature": sign(BODY)}
    new = {"X-Grafana-Alerting-Signature": sign(BODY, "the new secret")}

    def answers() -> list[int]:
        return [house.post(BODY, key="signed", headers=headers).status_code for headers in (old, new)]

    assert answers() == [200, 200]
    house.later(hours=2)
    assert answers() == [401, 200]


def test_headers_may_have_other_names_and_a_named_timestamp_is_required(house: House) -> None:
    names = {"signature_header": "X-Sig", "timestamp_header": "X-Sig-Time"}
    change(house, lambda connection, row_id: change_integration(connection, row_id, **names))
    stamp = str(int(house.now.timestamp()))

    def answer(**headers: str) -> int:
        sent = {name.replace("_", "-"): value for name, value in headers.items()}
        status: int = house.post(BODY, key="signed", headers=sent).status_code
        return status

    assert answer(X_Sig=sign(BODY, timestamp=stamp), X_Sig_Time=stamp) == 200
    assert answer(X_Sig=sign(BODY)) == 401
    assert answer(X_Grafana_Alerting_Signature=sign(BODY)) == 401


def test_without_a_secret_nothing_need_be_signed(house: House) -> None:
    change(house, remove_secrets)
    assert house.post(BODY, key="signed").status_code == 200


@pytest.mark.parametrize("address", ADDRESSES)
def test_a_signed_body_that_is_too_large_is_kept_and_an_unsigned_one_is_not(
    sqlite_house: House, address: str
) -> None:
    large = BODY + b" " * 300_000
    signed = {"X-Grafana-Alerting-Signature": sign(large)}
    assert post(sqlite_house, address, large, {}).status_code == 401
    assert sqlite_house.quarantined() == []
    assert post(sqlite_house, address, large, signed).status_code == 200
    assert len(sqlite_house.quarantined()) == 1
