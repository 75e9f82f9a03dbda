"""POST /api/auth/login."""

from __future__ import annotations

import pytest

from tests.api.house import PASSWORD, House

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
