"""The Test button: pages the owner, says that it is a test, and is over after five minutes."""

from __future__ import annotations

import json
from datetime import timedelta

import pytest
import sqlalchemy as sa

from router.store.tables import USERS
from tests.grafana.house import ADDRESSES, START, House, recorded

TESTS = ("08_test_button", "25_legacy_test_button")


@pytest.mark.parametrize("name", TESTS)
def test_it_pages_the_owner_once_and_closes_by_itself(house: House, name: str) -> None:
    house.send(name)
    for _ in range(4):
        house.later(seconds=74)

    (page,) = house.pages()
    assert (page["status"], page["expires_at"]) == ("active", "2026-11-20T03:19:10Z")
    house.later(seconds=4)
    (page,) = house.pages()
    assert (page["status"], page["closed_reason"]) == ("cancelled", "resolved")
    assert page["closed_detail"] == "The test is over: it closes by itself."
    assert house.told(page["id"]) == [("Alice", "page")]
    assert [row.ended_reason for row in house.incidents()] == ["resolved"]


@pytest.mark.parametrize("name", TESTS)
def test_without_an_owner_it_pages_the_default_chain(house: House, name: str) -> None:
    house.send(name, key="grafana-us")

    (page,) = house.pages()
    assert house.told(page["id"]) == [("Carol", "page")]
    assert page["subject"].startswith("Test from grafana-us: ")
    assert page["message"].startswith("This is a test: ")


def test_an_owner_who_left_leaves_it_to_the_default_chain(house: House) -> None:
    house.core.writer.run(
        lambda tx: tx.connection.execute(
            sa.update(USERS).where(USERS.c.name == "Alice").values(is_active=False)
        )
    )
    house.send("08_test_button")

    (page,) = house.pages()
    assert house.told(page["id"]) == [("Carol", "fallback")]


def test_an_acknowledged_test_is_over_as_well(house: House) -> None:
    page_id = house.send("08_test_button", key="grafana-us").json()["alerts"][0]["page_id"]
    headers = {"Authorization": f"Bearer {house.token}"}
    assert house.client.post(f"/api/pages/{page_id}/acknowledge", headers=headers).status_code == 200
    house.later(minutes=5)

    page = house.page(page_id)
    assert (page["status"], page["closed_reason"]) == ("acknowledged", "resolved")
    assert page["closed_at"] is not None


@pytest.mark.parametrize("address", ADDRESSES)
def test_tests_of_two_grafanas_and_two_presses_never_meet(house: House, address: str) -> None:
    body = json.loads(recorded("08_test_button"))
    presses = [
        body,
        {**body, "externalURL": "https://another.grafana.test/"},
        {**body, "groupKey": body["groupKey"][:-1] + "8"},
    ]
    for press in presses:
        house.post(json.dumps(press).encode(), address)
    house.post(json.dumps(body).encode(), address, "grafana-us")

    assert len(house.pages()) == 4
    assert len({page["id"] for page in house.pages()}) == 4
    assert all(page["alert_count"] == 1 for page in house.pages())


def test_a_press_that_comes_twice_is_one_test(house: House) -> None:
    house.send("08_test_button")
    assert house.send("08_test_button").json()["outcomes"] == {"reminder": 1}


def test_no_rule_has_a_part_in_a_test(house: House) -> None:
    body = json.loads(recorded("08_test_button"))
    body["alerts"][0]["labels"] |= {"env": "staging"}
    answer = house.post(json.dumps(body).encode())

    assert answer.json()["outcomes"] == {"created": 1}
    (page,) = house.pages()
    assert (page["route"], page["routed_by"]) == ("(test)", None)


def test_an_alert_cannot_call_itself_a_test(house: House) -> None:
    body = json.loads(recorded("01_firing_one"))
    body["alerts"][0]["fingerprint"] = "test:57c6d9296de2ad39"
    house.post(json.dumps(body).encode())
    house.later(minutes=6)

    (page,) = house.pages()
    assert (page["subject"], page["status"]) == ("High CPU on web-1", "active")
    assert house.now - START == timedelta(minutes=6)
