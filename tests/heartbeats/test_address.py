"""Heartbeats by address: for cron jobs, and whatever else can fetch one."""

from __future__ import annotations

import hmac
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from router.clock import Clock
from router.scheduler import Scheduler
from router.store.engine import Database
from router.store.tables import HEARTBEATS, PAGES
from router.store.writer import Writer
from tests.api.house import House, build_house
from tests.intake.desk import KEEP

RULES = """
namespaces: {payments: [team="payments"]}
heartbeats:
  nightly export: {within: 25h, priority: low}
  eu-1: {matchers: [alertname="Watchdog"], within: 10m, priority: critical}
  backup: {within: 25h, integration: grafana}
"""
PAYMENTS = """
namespace: payments
heartbeats:
  ledger: {within: 1h}
"""


@pytest.fixture
def house(database: Database, writer: Writer, tmp_path: Path) -> House:
    """The API over rules with heartbeats, on SQLite and on PostgreSQL."""
    folder = tmp_path / "rules"
    folder.mkdir()
    (folder / "00-shared.yml").write_text(RULES)
    (folder / "payments.yml").write_text(PAYMENTS)
    house = build_house(database, writer, folder)
    assert house.rulebook.last.ok, house.rulebook.last
    scheduler_of(house).tick()
    return house


def scheduler_of(house: House) -> Scheduler:
    clock: Clock = house.watch
    return Scheduler(house.services.writer, house.rulebook, clock, KEEP)


def pages(house: House) -> list[Any]:
    with house.services.database.read() as connection:
        return list(connection.execute(sa.select(PAGES).order_by(PAGES.c.id)))


@pytest.mark.parametrize("method", ["GET", "POST"])
def test_a_beat_is_answered_with_when_the_next_is_due(house: House, method: str) -> None:
    answer = house.send(method, "/api/heartbeats/nightly%20export", "generic")
    assert answer.status_code == 200
    assert answer.json() == {
        "name": "nightly export",
        "state": "up",
        "due_at": "2026-06-24T15:00:00Z",
        "page_id": None,
    }


def test_a_head_request_is_a_beat(house: House) -> None:
    house.later(minutes=5)
    assert house.send("HEAD", "/api/heartbeats/eu-1", "generic").status_code == 200
    listed = {each["name"]: each for each in house.get("/api/heartbeats", "bob").json()}
    assert listed["eu-1"]["last_beat_at"] == "2026-06-23T14:05:00Z"


def test_a_failure_pages_at_once_and_success_closes_the_page(house: House) -> None:
    failed = house.get("/api/heartbeats/nightly%20export?status=fail", "generic").json()
    (page,) = pages(house)
    assert failed == {"name": "nightly export", "state": "missing", "due_at": None, "page_id": page.id}
    assert (page.subject, page.priority) == ("Heartbeat nightly export reports a failure", "low")

    again = house.get("/api/heartbeats/nightly%20export?status=fail", "generic").json()
    assert again["page_id"] == page.id
    assert house.get("/api/heartbeats/nightly%20export?status=ok", "generic").json()["state"] == "up"
    assert [each.closed_reason for each in pages(house)] == ["resolved"]


def test_a_heartbeat_of_a_namespace_has_its_name_in_the_address(house: House) -> None:
    assert house.post("/api/heartbeats/payments/ledger", "generic").json()["name"] == "payments/ledger"


@pytest.mark.parametrize("path", ["/api/heartbeats/nobody", "/api/heartbeats/payments/eu-1"])
def test_an_unknown_name_is_a_404_in_json(house: House, path: str) -> None:
    answer = house.get(path, "generic")
    assert (answer.status_code, answer.json()) == (404, {"error": "Heartbeat not found."})


def test_a_heartbeat_of_one_integration_does_not_exist_for_the_keys_of_others(house: House) -> None:
    assert house.get("/api/heartbeats/backup", "grafana").json()["state"] == "up"
    refused = house.get("/api/heartbeats/backup?status=fail", "generic")
    unknown = house.get("/api/heartbeats/nobody?status=fail", "generic")
    assert (refused.status_code, refused.json()) == (unknown.status_code, unknown.json())
    assert pages(house) == []


def test_a_wrong_status_is_a_422(house: House) -> None:
    answer = house.get("/api/heartbeats/eu-1?status=maybe", "generic")
    assert answer.status_code == 422
    assert answer.json()["errors"] == {"status": ["The selected status is invalid. Allowed: ok or fail."]}


def test_a_beat_needs_a_key_and_the_list_a_token(house: House) -> None:
    assert house.get("/api/heartbeats/eu-1").status_code == 401
    assert house.get("/api/heartbeats/eu-1", "bob").status_code == 401
    assert house.get("/api/heartbeats/eu-1", "fenced").status_code == 403
    assert house.get("/api/heartbeats", "generic").status_code == 401


def test_the_list_says_how_each_stands(house: House) -> None:
    house.get("/api/heartbeats/eu-1?status=fail", "generic")
    house.post("/api/heartbeats/payments/ledger", "generic")
    export, eu, _, ledger = house.get("/api/heartbeats", "bob").json()
    assert (export["state"], export["last_beat_at"]) == ("waiting", None)
    assert export["due_at"] == "2026-06-24T15:00:00Z"
    assert (eu["state"], eu["reason"], eu["page_id"], eu["due_at"]) == ("missing", "failed", 1, None)
    assert eu["missing_since"] == "2026-06-23T14:00:00Z"
    assert (ledger["name"], ledger["state"], ledger["integration"]) == ("payments/ledger", "up", "generic")
    assert (ledger["within_s"], ledger["file"], ledger["line"]) == (3600, "payments.yml", 4)


def test_another_organisation_sees_none_of_them(house: House) -> None:
    assert house.get("/api/heartbeats", "charlie").json() == []


def test_a_flood_of_beats_is_taken_whole(house: House) -> None:
    with ThreadPoolExecutor(8) as threads:
        answers = list(
            threads.map(lambda _: house.get("/api/heartbeats/eu-1", "generic").status_code, range(80))
        )
    assert set(answers) == {200}


def test_a_failure_is_paged_for_however_close_to_a_success_it_comes(house: House) -> None:
    def ask(number: int) -> Any:
        return house.get(f"/api/heartbeats/eu-1?status={'fail' if number % 2 else 'ok'}", "generic").json()

    with ThreadPoolExecutor(6) as threads:
        answers = list(threads.map(ask, range(24)))
    failed = [answer for number, answer in enumerate(answers) if number % 2]
    assert all(answer["state"] == "missing" and answer["page_id"] for answer in failed)
    house.get("/api/heartbeats/eu-1", "generic")
    assert {page.closed_reason for page in pages(house)} == {"resolved"}


def test_what_the_rules_do_not_have_is_not_kept(house: House) -> None:
    house.get("/api/heartbeats/nobody", "generic")
    with house.services.database.read() as connection:
        names = connection.execute(sa.select(HEARTBEATS.c.name)).scalars()
        assert sorted(names) == ["backup", "eu-1", "nightly export", "payments/ledger"]


def test_who_signs_its_bodies_cannot_beat_by_its_key_alone(house: House) -> None:
    made = house.post(
        "/api/integrations", "alice", {"name": "signed", "kind": "grafana", "hmac_secret": "s" * 20}
    )
    key = house.post(f"/api/integrations/{made.json()['id']}/keys", "alice", {}).json()["key"]
    unsigned = house.get("/api/heartbeats/eu-1", headers={"X-API-Key": key})
    signature = hmac.new(b"s" * 20, b"", "sha256").hexdigest()
    headers = {"X-API-Key": key, "X-Grafana-Alerting-Signature": signature}
    signed = house.get("/api/heartbeats/eu-1", headers=headers)
    assert (unsigned.status_code, signed.status_code) == (401, 200)
