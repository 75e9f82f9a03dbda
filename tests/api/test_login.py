"""POST /api/auth/login."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from router.api.hashing import Hashing
from tests.api.house import PASSWORD, PROXY, House, broadcast

LOGIN = "/api/auth/login"


def credentials(**fields: object) -> dict[str, object]:
    return {"email": "alice@example.com", "password": PASSWORD, "device_name": "my-script", **fields}


def test_a_token_is_given_for_email_and_password(house: House) -> None:
    answer = house.post(LOGIN, body=credentials())
    assert answer.status_code == 200
    token = answer.json()["token"]
    assert answer.json() == {
        "token": token,
        "user": {"id": house.alice, "name": "Alice", "email": "alice@example.com", "is_admin": True},
    }
    assert token.split("|")[0].isdigit()
    house.tokens["fresh"] = token
    assert house.get("/api/auth/me", "fresh").status_code == 200


def test_the_device_name_may_be_left_out_and_the_email_written_in_any_case(house: House) -> None:
    body = {"email": " Alice@Example.com ", "password": PASSWORD}
    assert house.post(LOGIN, body=body).status_code == 200


@pytest.mark.parametrize(
    "wrong",
    [{"password": "guess"}, {"email": "nobody@example.com"}, {"email": "carol@example.com"}],
    ids=["password", "unknown", "inactive"],
)
def test_wrong_credentials_all_answer_alike(house: House, wrong: dict[str, object]) -> None:
    answer = house.post(LOGIN, body=credentials(**wrong))
    assert answer.status_code == 401
    assert answer.json() == {"error": "These credentials do not match our records."}


def test_every_missing_field_is_reported(house: House) -> None:
    answer = house.post(LOGIN, body={})
    assert answer.status_code == 422
    assert answer.json() == {
        "error": "Validation failed.",
        "message": "The email field is required. (and 1 more error)",
        "errors": {
            "email": ["The email field is required."],
            "password": ["The password field is required."],
        },
    }


def test_guessing_is_slowed_down_and_forgotten_after_a_minute(house: House) -> None:
    for _ in range(5):
        assert house.post(LOGIN, body=credentials(password="guess")).status_code == 401
    refused = house.post(LOGIN, body=credentials())
    assert refused.status_code == 429
    assert refused.json() == {"error": "Too many login attempts. Please try again in 60 seconds."}
    assert refused.headers["retry-after"] == "60"
    assert house.post(LOGIN, body=credentials(email="bob@example.com")).status_code == 200
    house.later(seconds=61)
    assert house.post(LOGIN, body=credentials()).status_code == 200


def test_a_good_log_in_clears_the_count(house: House) -> None:
    for _ in range(3):
        for _ in range(4):
            house.post(LOGIN, body=credentials(password="guess"))
        assert house.post(LOGIN, body=credentials()).status_code == 200


def test_one_address_cannot_try_many_emails(house: House) -> None:
    for number in range(30):
        house.post(LOGIN, body=credentials(email=f"user{number}@example.com"))
    assert house.post(LOGIN, body=credentials()).status_code == 429


def test_an_account_cannot_be_tried_from_many_networks(house: House) -> None:
    through_proxy(house)
    for number in range(20):
        guess(house, f"203.0.113.{number}")
    assert guess(house, "198.51.100.7", PASSWORD) == 429
    house.later(minutes=11)
    assert guess(house, "198.51.100.7", PASSWORD) == 200


def test_whoever_is_guessed_at_still_logs_in_from_where_he_was(house: House) -> None:
    through_proxy(house)
    assert guess(house, "198.51.100.7", PASSWORD) == 200
    for number in range(30):
        guess(house, f"203.0.113.{number}")
    assert guess(house, "203.0.113.99", PASSWORD) == 429
    assert guess(house, "198.51.100.7", PASSWORD) == 200


def test_an_email_written_otherwise_is_the_same_account(house: House) -> None:
    for spelling in ("alice@example.com", " alice@example.com", "ALICE@example.com") * 2:
        answer = house.post(LOGIN, body=credentials(email=spelling, password="guess"))
    assert answer.status_code == 429


def test_when_too_many_log_in_the_others_come_again_and_keys_still_work(house: House) -> None:
    done = threading.Event()
    with crowd(house.services.hashing, done):
        refused = [house.post(LOGIN, body=credentials()) for _ in range(6)]
        sent = house.post("/api/external/pages", "generic", broadcast())
    assert {answer.status_code for answer in refused} == {503}
    assert refused[0].headers["retry-after"] == "2"
    assert sent.status_code == 201
    assert house.post(LOGIN, body=credentials()).status_code == 200


def guess(house: House, network: str, password: str = "guess") -> int:
    headers = {"X-Forwarded-For": network}
    return house.post(LOGIN, body=credentials(password=password), headers=headers).status_code


def through_proxy(house: House) -> None:
    house.client._transport.client = (PROXY, 443)  # type: ignore[attr-defined]


@contextmanager
def crowd(hashing: Hashing, done: threading.Event) -> Iterator[None]:
    """Let so many hash that one more would be too many."""

    async def crowd() -> None:
        waiting = [asyncio.ensure_future(hashing.run(done.wait)) for _ in range(40)]
        await asyncio.sleep(0)
        there.set()
        await asyncio.gather(*waiting)

    there = threading.Event()
    thread = threading.Thread(target=lambda: asyncio.run(crowd()))
    thread.start()
    try:
        there.wait(10)
        yield
    finally:
        done.set()
        thread.join()
