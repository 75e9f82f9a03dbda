"""GET /api/overview: what is wrong now and what to do next."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from router.store.engine import Database
from router.store.tables import (
    API_KEYS,
    CONTACTS,
    FAILING_DESTINATIONS,
    HEARTBEATS,
    NOTIFICATIONS,
)
from router.store.writer import Writer
from tests.api.house import PAGERS, START, House, build_house, webhook

RULES = """\
defaults: {chain: triage}
chains:
  triage: {steps: [{page: {group: All}}]}
  lonely: {steps: [{page: {group: Empty}}]}
routes:
  - {name: empty, matchers: [team="empty"], chain: lonely}
"""


@pytest.fixture
def ruled(database: Database, writer: Writer, tmp_path: Path) -> House:
    path = tmp_path / "rules.yml"
    path.write_text(RULES)
    return build_house(database, writer, path)


def concerns(house: House, about: str, who: str = "alice") -> list[dict[str, Any]]:
    answer = house.get("/api/overview", who)
    assert answer.status_code == 200, answer.text
    return [one for one in answer.json()["concerns"] if one["about"] == about]


def said(house: House, about: str) -> list[tuple[str, str]]:
    return [(one["severity"], one["sentence"]) for one in concerns(house, about)]


def write(house: House, statement: Any) -> None:
    house.write(lambda connection: connection.execute(statement))


def test_open_pages_are_counted_by_priority_and_those_that_wait_are_a_concern(house: House) -> None:
    house.page(priority="critical")
    house.page(priority="critical")
    acknowledged = house.page(priority="low")
    house.post(f"/api/pages/{acknowledged}/acknowledge", "bob")
    pages = house.get("/api/overview", "alice").json()["pages"]
    assert pages[0] == {"priority": "critical", "active": 2, "acknowledged": 0}
    assert pages[3] == {"priority": "low", "active": 0, "acknowledged": 1}
    assert said(house, "pages") == [("error", "Nobody has acknowledged 2 critical pages.")]


def test_people_without_a_contact_are_a_concern(house: House) -> None:
    write(house, sa.delete(CONTACTS).where(CONTACTS.c.user_id == house.bob))
    assert said(house, "people") == [("error", "No contact, so no page reaches them: bob@example.com.")]


def test_a_chain_that_reaches_nobody_is_a_concern(ruled: House) -> None:
    ((severity, sentence),) = said(ruled, "chains")
    assert severity == "error"
    assert "The chain 'lonely' reaches nobody." in sentence


def test_a_failing_destination_is_a_concern(house: House) -> None:
    row = {"org_id": house.org, "destination": "ntfy.example.org", "since": START, "page_id": house.page()}
    write(house, sa.insert(FAILING_DESTINATIONS).values(row))
    ((severity, sentence),) = said(house, "delivery")
    assert (severity, sentence.startswith("ntfy.example.org is failing")) == ("error", True)


def test_deliveries_that_failed_are_a_concern_for_a_day(house: House) -> None:
    house.page()
    write(house, sa.update(NOTIFICATIONS).values(state="failed", finished_at=START, next_attempt_at=None))
    assert said(house, "delivery") == [("warning", "Deliveries failed within 24 hours (1).")]
    house.later(hours=25)
    assert said(house, "delivery") == []


def test_what_waits_in_quarantine_is_a_concern_until_it_is_dismissed(house: House) -> None:
    house.post(PAGERS, "generic", {**webhook({"alertname": "Down"}), "alerts": ["not an alert"]})
    (one,) = concerns(house, "quarantine")
    assert (one["severity"], one["link"]) == ("warning", "/api/quarantine?state=waiting")
    number = house.get(one["link"], "alice").json()["data"][0]["id"]
    house.post(f"/api/quarantine/{number}/dismiss", "alice")
    assert concerns(house, "quarantine") == []


def test_a_heartbeat_that_is_missing_is_a_concern(house: House) -> None:
    times = dict.fromkeys(("heard_at", "counted_from", "watched_at", "missing_since"), START)
    row = {
        "org_id": house.org,
        "name": "watchdog",
        "deaf_s": 0,
        "has_beaten": True,
        "stop": "silent",
        **times,
    }
    write(house, sa.insert(HEARTBEATS).values(row))
    assert said(house, "heartbeats") == [("error", "Missing: watchdog.")]


def test_a_sender_that_is_silent_is_a_concern(house: House) -> None:
    write(house, sa.update(API_KEYS).values(last_used_at=START))
    assert said(house, "senders") == []
    house.later(days=9)
    assert said(house, "senders") == [("warning", "Not heard of for long: grafana (9 days).")]


def test_rules_that_do_not_load_are_a_concern_with_file_and_line(ruled: House, tmp_path: Path) -> None:
    (tmp_path / "rules.yml").write_text(RULES.replace("chain: lonely", "chain: nowhere"))
    ruled.rulebook.reload()
    (one,) = concerns(ruled, "rules")
    assert one["severity"] == "error"
    assert "rules.yml:6: " in one["sentence"]


def test_errors_stand_before_warnings(house: House) -> None:
    write(house, sa.delete(CONTACTS).where(CONTACTS.c.user_id == house.bob))
    house.page(priority="low")
    severities = [one["severity"] for one in house.get("/api/overview", "alice").json()["concerns"]]
    assert severities == sorted(severities)
    assert set(severities) == {"error", "warning"}


def test_another_organisation_sees_its_own_alone(house: House) -> None:
    house.page(priority="critical")
    write(house, sa.delete(CONTACTS).where(CONTACTS.c.user_id == house.bob))
    assert concerns(house, "pages", "charlie") == concerns(house, "people", "charlie") == []
    (senders,) = concerns(house, "senders", "charlie")
    assert senders["sentence"] == "No Alertmanager and no Grafana can send anything."
    assert house.get("/api/overview", "bob").status_code == 403


def test_every_link_leads_somewhere(ruled: House) -> None:
    write(ruled, sa.delete(CONTACTS))
    write(ruled, sa.delete(API_KEYS))
    ruled.page(priority="high")
    ruled.later(hours=1)  # and so everything is late
    found = ruled.get("/api/overview", "alice").json()["concerns"]
    assert {"pages", "people", "chains", "senders", "heartbeats", "scheduler"} <= {
        one["about"] for one in found
    }
    assert {ruled.get(one["link"], "alice").status_code for one in found} == {200}
