"""Idempotency-Key on sending."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

from tests.api.house import House, broadcast, to_one

KEY = {"Idempotency-Key": "build-1024"}


def total(house: House) -> int:
    count: int = house.get("/api/pages", "alice").json()["total"]
    return count


def test_the_same_request_is_answered_the_same_and_sends_nothing(house: House) -> None:
    first = house.post("/api/external/pages", "generic", broadcast(), headers=KEY)
    again = house.post("/api/external/pages", "generic", broadcast(), headers=KEY)
    assert (first.status_code, again.status_code) == (201, 201)
    assert again.json() == first.json()
    assert again.headers["idempotent-replayed"] == "true"
    assert total(house) == 1


def test_another_request_under_the_same_key_is_refused(house: House) -> None:
    house.post("/api/pages", "bob", broadcast(), headers=KEY)
    answer = house.post("/api/pages", "bob", to_one(house.alice), headers=KEY)
    assert answer.status_code == 422
    assert list(answer.json()["errors"]) == ["idempotency_key"]
    assert total(house) == 1


def test_keys_of_different_senders_do_not_meet(house: House) -> None:
    house.post("/api/pages", "bob", broadcast(), headers=KEY)
    house.post("/api/pages", "alice", broadcast(), headers=KEY)
    house.post("/api/external/pages", "generic", broadcast(), headers=KEY)
    assert total(house) == 3


def test_a_refused_request_uses_up_no_key(house: House) -> None:
    assert house.post("/api/pages", "bob", {}, headers=KEY).status_code == 422
    assert house.post("/api/pages", "bob", broadcast(), headers=KEY).status_code == 201


def test_a_key_is_forgotten_after_a_day(house: House) -> None:
    house.post("/api/pages", "bob", broadcast(), headers=KEY)
    house.later(hours=24)
    assert house.post("/api/pages", "bob", broadcast(), headers=KEY).status_code == 201
    assert total(house) == 2


def test_a_key_that_is_too_long_is_refused(house: House) -> None:
    answer = house.post("/api/pages", "bob", broadcast(), headers={"Idempotency-Key": "x" * 256})
    assert list(answer.json()["errors"]) == ["idempotency_key"]


def test_many_at_once_send_one(house: House) -> None:
    with ThreadPoolExecutor(8) as threads:
        asked = [threads.submit(house.post, "/api/pages", "bob", broadcast(), headers=KEY) for _ in range(8)]
    assert {answer.result().status_code for answer in asked} == {201}
    assert len({answer.result().json()["page_id"] for answer in asked}) == 1
    assert total(house) == 1
