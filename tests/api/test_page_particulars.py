"""GET /api/pages/{id}: what lies ahead, where to look, and the pages before and after."""

from __future__ import annotations

from typing import Any

import pytest
import sqlalchemy as sa

from router.store.tables import PAGES
from tests.api.house import PAGERS, House, webhook

MONITORING = "http://alertmanager.example:9093"


def shown(house: House, page_id: int, who: str = "alice") -> dict[str, Any]:
    """A page as somebody sees it."""
    answer = house.get(f"/api/pages/{page_id}", who)
    assert answer.status_code == 200, answer.text
    page: dict[str, Any] = answer.json()
    return page


def alert_of(house: House, **fields: Any) -> dict[str, Any]:
    """The alert of a page that a webhook made, with further fields of the sender's."""
    body = webhook({"alertname": "Disk", "instance": 'db-1"'}, externalURL=fields.pop("external", MONITORING))
    body["alerts"][0] |= fields
    answer = house.post(PAGERS, "generic", body)
    assert answer.status_code == 201, answer.text
    (alert,) = shown(house, answer.json()["page_id"])["alerts"]
    return dict(alert)


def follow(house: House, before: int, after: int) -> None:
    """Let a page follow another."""
    put = sa.update(PAGES).where(PAGES.c.id == after).values(linked_page_id=before)
    house.write(lambda connection: connection.execute(put))


def test_a_page_says_what_comes_next_and_whom_that_reaches(house: House) -> None:
    step = {"step": 1, "delay_seconds": 600, "escalate_to_group_id": house.empty}
    page_id = house.page(escalation=[step], expires_minutes=60)
    empty = "Escalates to group {0}: nobody. Group {0} has no active member."
    assert shown(house, page_id, "bob")["ahead"] == [
        {"at": "2026-06-23T14:01:00Z", "kind": "repeat", "detail": "Tells again, every 1 minute: Bob."},
        {"at": "2026-06-23T14:10:00Z", "kind": "escalation", "detail": empty.format(house.empty)},
        {
            "at": "2026-06-23T15:00:00Z",
            "kind": "expiry",
            "detail": "Expires, unless somebody acknowledges before.",
        },
    ]


def test_nothing_lies_ahead_of_a_page_that_is_over(house: House) -> None:
    page_id = house.page()
    house.delete(f"/api/pages/{page_id}", "alice")
    assert shown(house, page_id)["ahead"] == []


def test_an_alert_says_where_to_look(sqlite_house: House) -> None:
    notes = {"runbook_url": "https://wiki.example/disk", "dashboard_url": "https://grafana.example/d/1"}
    alert = alert_of(
        sqlite_house, generatorURL="http://prometheus.example/graph?g0.expr=up", annotations=notes
    )
    assert alert["links"] == {
        "graph": "http://prometheus.example/graph?g0.expr=up",
        "dashboard": "https://grafana.example/d/1",
        "runbook": "https://wiki.example/disk",
        "silence": f"{MONITORING}/#/silences/new?filter="
        "%7Balertname%3D%22Disk%22%2C%20instance%3D%22db-1%5C%22%22%7D",
    }


@pytest.mark.parametrize(
    "hostile",
    [
        "javascript:alert(1)",
        "JavaScript:alert(1)//http://x",
        "java\nscript:alert(1)",
        "data:text/html,<script>alert(1)</script>",
        "vbscript:x",
        "//evil.example/x",
        "http:evil",
        'https://x.example/" onclick="alert(1)',
        "https://x.example/<script>",
        "https://x.example/\u202egpj.exe",
        "https://[",
        "file:///etc/passwd",
    ],
)
def test_only_web_addresses_are_passed_on_as_links(sqlite_house: House, hostile: str) -> None:
    notes = {"runbook_url": hostile, "dashboard_url": hostile}
    alert = alert_of(sqlite_house, generatorURL=hostile, annotations=notes, external=hostile)
    assert (alert["links"], alert["generator_url"]) == ({}, "")


def test_a_page_says_what_it_follows_and_what_follows_it(house: House) -> None:
    before, page_id, after = house.page(subject="First"), house.page(), house.page(subject="Third")
    follow(house, before, page_id)
    follow(house, page_id, after)
    page = shown(house, page_id, "bob")
    assert page["follows"] == {
        "id": before,
        "subject": "First",
        "status": "active",
        "created_at": "2026-06-23T14:00:00Z",
        "closed_at": None,
    }
    assert [one["id"] for one in page["followed_by"]] == [after]


def test_pages_beside_it_that_are_not_for_you_are_not_named(house: House) -> None:
    page_id, other = house.page(), house.page(target_user_id=house.alice, subject="Secret")
    follow(house, other, page_id)
    follow(house, page_id, other)
    page = shown(house, page_id, "bob")
    assert (page["follows"], page["followed_by"]) == (None, [])
