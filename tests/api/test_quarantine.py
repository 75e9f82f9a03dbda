"""GET /api/quarantine, and its replay and dismissal."""

from __future__ import annotations

import json
from typing import Any

import pytest
import sqlalchemy as sa

from router.store.credentials import create_key, ensure_integration
from router.store.tables import WEBHOOKS
from tests.api.house import PAGERS, House, webhook

ALERT = {"alertname": "Down", "team": "a"}
BROKEN = {**webhook(ALERT), "alerts": "what a parser of today cannot read"}
ADMIN = [
    ("GET", "/api/quarantine"),
    ("GET", "/api/quarantine/1"),
    ("POST", "/api/quarantine/1/replay"),
    ("POST", "/api/quarantine/1/dismiss"),
]


def listed(house: House, query: str = "") -> list[dict[str, Any]]:
    data: list[dict[str, Any]] = house.get(f"/api/quarantine?{query}", "alice").json()["data"]
    return data


def unreadable(house: House) -> int:
    """Post a body that is kept aside whole; returns the entry."""

    def key(connection: sa.Connection) -> str:
        made = ensure_integration(connection, house.org, "prometheus", house.watch.at, kind="alertmanager")
        return create_key(connection, made.id, house.watch.at)[1]

    house.keys["prometheus"] = house.write(key)
    assert house.post(PAGERS, "prometheus", BROKEN).json()["status"] == "quarantined"
    number: int = listed(house)[0]["id"]
    return number


def readable(house: House) -> int:
    """Keep a body aside, and then let it be one that can be read, as after an upgrade; returns the entry."""
    number = unreadable(house)
    mended = b"\0" + json.dumps(webhook(ALERT)).encode()
    house.write(lambda connection: connection.execute(sa.update(WEBHOOKS).values(body=mended)))
    return number


def pages(house: House) -> int:
    total: int = house.get("/api/pages", "alice").json()["total"]
    return total


def test_what_could_not_be_read_is_shown_with_its_body(house: House) -> None:
    broken: dict[str, Any] = webhook(ALERT)
    broken["alerts"].append("not an alert")
    house.post(PAGERS, "generic", broken)
    (one,) = listed(house)
    assert (one["alert_index"], one["excerpt"], one["state"]) == (1, '"not an alert"', "waiting")
    shown = house.get(f"/api/quarantine/{one['id']}", "alice").json()
    assert json.loads(shown["body"]) == broken


def test_a_replay_pages_as_if_its_sender_had_posted_now(house: House) -> None:
    number = readable(house)
    house.later(hours=2)
    answer = house.post(f"/api/quarantine/{number}/replay", "alice")
    assert answer.status_code == 200, answer.text
    (alert,) = answer.json()["alerts"]
    assert (alert["outcome"], alert["route"]) == ("created", "default")
    page = house.get(f"/api/pages/{alert['page_id']}", "alice").json()
    assert page["created_at"] == "2026-06-23T16:00:00Z"
    assert answer.json()["outcomes"] == {"created": 1}


def test_a_replay_is_marked_with_whom_and_when(house: House) -> None:
    number = readable(house)
    house.later(hours=2)
    house.post(f"/api/quarantine/{number}/replay", "alice")
    entry = house.get(f"/api/quarantine/{number}", "alice").json()
    marks = (entry["state"], entry["settled_by"], entry["settled_at"])
    assert marks == ("replayed", "Alice", "2026-06-23T16:00:00Z")
    assert house.get(f"/api/webhooks/{entry['replay_webhook_id']}", "alice").json()["outcomes"] == {
        "created": 1
    }


def test_replaying_twice_is_told_and_pages_once(house: House) -> None:
    number = readable(house)
    house.post(f"/api/quarantine/{number}/replay", "alice")
    again = house.post(f"/api/quarantine/{number}/replay", "alice")
    assert again.status_code == 200
    assert again.json()["message"] == "It was replayed already: nothing was done."
    assert (again.json()["outcomes"], again.json()["alerts"]) == ({"created": 1}, [])
    assert (pages(house), house.get("/api/webhooks", "alice").json()["total"]) == (1, 2)


def test_a_replay_of_what_pages_already_is_a_reminder(house: House) -> None:
    number = readable(house)
    house.post(PAGERS, "prometheus", webhook(ALERT))
    answer = house.post(f"/api/quarantine/{number}/replay", "alice").json()
    assert answer["outcomes"] == {"reminder": 1}
    assert pages(house) == 1


def test_what_still_cannot_be_read_is_said_and_stays(house: House) -> None:
    number = unreadable(house)
    answer = house.post(f"/api/quarantine/{number}/replay", "alice")
    assert answer.status_code == 422
    assert "still cannot be read" in answer.json()["message"]
    assert [entry["state"] for entry in listed(house)] == ["waiting"]


def test_entries_of_one_body_are_replayed_together(house: House) -> None:
    broken: dict[str, Any] = webhook(ALERT)
    broken["alerts"] += ["not an alert", "nor this"]
    house.post(PAGERS, "generic", broken)
    first = listed(house)[-1]["id"]
    assert house.post(f"/api/quarantine/{first}/replay", "alice").json()["outcomes"] == {
        "reminder": 1,
        "quarantined": 2,
    }
    assert len(listed(house, "state=replayed")) == 2
    assert [entry["alert_index"] for entry in listed(house, "state=waiting")] == [2, 1]  # kept anew


def test_a_body_that_was_deleted_in_time_cannot_be_replayed(house: House) -> None:
    number = readable(house)
    house.write(lambda connection: connection.execute(sa.delete(WEBHOOKS)))
    answer = house.post(f"/api/quarantine/{number}/replay", "alice")
    assert answer.status_code == 422
    assert "deleted in time" in answer.json()["message"]


def test_what_is_dismissed_waits_no_more_and_can_still_be_replayed(house: House) -> None:
    number = readable(house)
    for _ in range(2):
        answer = house.post(f"/api/quarantine/{number}/dismiss", "alice")
        assert (answer.status_code, answer.json()["state"]) == (200, "dismissed")
        house.later(hours=1)
    assert answer.json()["settled_at"] == "2026-06-23T14:00:00Z"
    assert listed(house, "state=waiting") == []
    replayed = house.post(f"/api/quarantine/{number}/replay", "alice").json()
    assert replayed["entry"]["state"] == "replayed"
    assert house.post(f"/api/quarantine/{number}/dismiss", "alice").status_code == 422


def test_another_organisation_reaches_nothing(house: House) -> None:
    number = readable(house)
    assert house.get("/api/quarantine", "charlie").json()["total"] == 0
    assert house.get(f"/api/quarantine/{number}", "charlie").status_code == 404
    for act in ("replay", "dismiss"):
        assert house.post(f"/api/quarantine/{number}/{act}", "charlie").status_code == 404
    assert [entry["state"] for entry in listed(house)] == ["waiting"]


@pytest.mark.parametrize(("method", "path"), ADMIN)
def test_it_is_for_admins_only(sqlite_house: House, method: str, path: str) -> None:
    assert sqlite_house.send(method, path, "bob").status_code == 403
    assert sqlite_house.send(method, path).status_code == 401
