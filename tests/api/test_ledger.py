"""GET /api/ledger and /api/webhooks."""

from __future__ import annotations

import json

import pytest

from tests.api.house import PAGERS, House, webhook

ADMIN = ["/api/ledger", "/api/webhooks", "/api/webhooks/1"]


def names(house: House, query: str) -> list[str]:
    answer = house.get(f"/api/ledger?{query}", "alice")
    assert answer.status_code == 200, answer.text
    return [entry["labels"]["alertname"] for entry in answer.json()["data"]]


def test_the_ledger_says_what_came_and_what_was_done(house: House) -> None:
    page_id = house.post(PAGERS, "generic", webhook({"alertname": "Down", "team": "a"})).json()["page_id"]
    (entry,) = house.get("/api/ledger", "alice").json()["data"]
    assert entry["labels"] == {"alertname": "Down", "team": "a"}
    wanted = {
        "integration": "generic",
        "receiver": "pagers",
        "route": "default",
        "outcome": "paged",
        "reason": None,
        "page_id": page_id,
        "page_status": "active",
        "starts_at": "2026-06-23T13:59:00Z",
        "first_heard_at": "2026-06-23T14:00:00Z",
        "ended_at": None,
        "revision": house.rulebook.current.ruleset.revision,
    }
    assert {name: entry[name] for name in wanted} == wanted


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("label=team=a", ["One"]),
        ("label=team=A", []),
        ("label=team=a&label=alertname=One", ["One"]),
        ("label=team=a&label=alertname=Two", []),
        ('label=quote=say "hi" \\ , \\"team\\":\\"a\\"', ["Two"]),
        ("label=eam=a", []),
        ("label=te_m=a", []),
        ("label=p=100%25", ["Two"]),
        ("route=default", ["Two", "One"]),
        ("outcome=joined", ["Two"]),
        ("outcome=held", []),
        ("outcome=unrouted", ["Two", "One"]),
        ("integration=generic", ["Two", "One"]),
        ("integration=grafana", []),
        ("fingerprint=no-such", []),
    ],
)
def test_labels_are_found_exactly(house: House, query: str, found: list[str]) -> None:
    quoted = 'say "hi" \\ , \\"team\\":\\"a\\"'
    house.post(PAGERS, "generic", webhook({"alertname": "One", "team": "a"}))
    house.post(PAGERS, "generic", webhook({"alertname": "Two", "quote": quoted, "p": "100%"}))
    assert names(house, query) == found


def test_a_range_has_what_fired_in_it(house: House) -> None:
    house.post(PAGERS, "generic", webhook({"alertname": "Short"}))
    house.later(hours=1)
    house.post(PAGERS, "generic", webhook({"alertname": "Short", "status": "resolved"}, status="resolved"))
    house.post(PAGERS, "generic", webhook({"alertname": "Long"}))
    assert names(house, "from=2026-06-23T14:30:00Z&to=2026-06-23T14:40:00Z") == ["Short"]
    assert names(house, "from=2026-06-23T17:30:00%2B02:00") == ["Long"]
    assert names(house, "to=2026-06-23T13:00:00Z") == []


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ("label=team", "label.0"),
        ("from=yesterday", "from"),
        ("to=2026-06-23T14:00:00", "to"),
        ("outcome=lost", "outcome"),
        ("from=0001-01-01T00:00:00%2B14:00", "from"),
        ("&".join(["label=a=b"] * 21), "label"),
        ("label=a=b&from=2026-01-01T00:00:00Z", "from"),
    ],
)
def test_a_wrong_query_is_422(sqlite_house: House, query: str, field: str) -> None:
    answer = sqlite_house.get(f"/api/ledger?{query}", "alice")
    assert answer.status_code == 422
    assert list(answer.json()["errors"]) == [field]


def test_labels_are_looked_for_in_a_month_and_the_answer_says_so(house: House) -> None:
    house.post(PAGERS, "generic", webhook({"alertname": "Old"}))
    house.post(PAGERS, "generic", webhook({"alertname": "Old", "status": "resolved"}, status="resolved"))
    house.later(days=40)
    assert names(house, "label=alertname=Old") == []
    assert names(house, "label=alertname=Old&to=2026-07-01T00:00:00Z") == ["Old"]
    assert names(house, "") == ["Old"]
    answer = house.get("/api/ledger?label=alertname=Old", "alice").json()
    assert (answer["searched_from"], answer["searched_to"]) == (
        "2026-07-02T14:00:00Z",
        "2026-08-02T14:00:00Z",
    )


def test_an_alert_is_found_by_its_fingerprint(house: House) -> None:
    house.post(PAGERS, "generic", webhook({"alertname": "One"}, {"alertname": "Two"}))
    entries = house.get("/api/ledger", "alice").json()["data"]
    for entry in entries:
        assert names(house, f"fingerprint={entry['fingerprint']}") == [entry["labels"]["alertname"]]


def test_the_ledger_says_who_was_told_and_who_acknowledged(house: House) -> None:
    page_id = house.post(PAGERS, "generic", webhook({"alertname": "Down"})).json()["page_id"]
    house.later(minutes=2)
    house.post(f"/api/pages/{page_id}/acknowledge", "bob")
    (entry,) = house.get("/api/ledger", "alice").json()["data"]
    assert entry["told"] == [
        {"user": "Alice", "told_at": None, "acknowledged_at": None},
        {"user": "Bob", "told_at": None, "acknowledged_at": "2026-06-23T14:02:00Z"},
    ]


def test_a_webhook_is_kept_as_it_came(house: House) -> None:
    body = json.dumps(webhook({"alertname": "Down"}), indent=3)
    house.post(PAGERS, "generic", body)
    (taken,) = house.get("/api/webhooks", "alice").json()["data"]
    assert taken["outcomes"] == {"created": 1}
    assert house.get(f"/api/webhooks/{taken['id']}", "alice").json() == {**taken, "body": body}


def test_another_organisation_sees_nothing(house: House) -> None:
    house.post(PAGERS, "generic", webhook({"alertname": "Down"}))
    for path in ("/api/ledger", "/api/webhooks"):
        assert house.get(path, "charlie").json()["total"] == 0
    number = house.get("/api/webhooks", "alice").json()["data"][0]["id"]
    assert house.get(f"/api/webhooks/{number}", "charlie").status_code == 404
    assert house.get(f"/api/webhooks/{number}", "alice").status_code == 200


@pytest.mark.parametrize("path", ADMIN)
def test_it_is_for_admins_only(sqlite_house: House, path: str) -> None:
    assert sqlite_house.get(path, "bob").status_code == 403
    assert sqlite_house.get(path).status_code == 401
