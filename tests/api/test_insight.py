"""GET /api/insight/…"""

from __future__ import annotations

import csv
import io

import pytest

from tests.api.house import PAGERS, House, webhook

TABLES = ("days", "teams", "routes", "load", "alerts")
ALERT = {"alertname": '=HYPERLINK("http://evil.example.com")', "team": "a"}


def test_days_are_counted_in_the_zone_asked_for(house: House) -> None:
    house.page()
    house.later(hours=9)
    house.page()
    answer = house.get("/api/insight/days?days=2&time_zone=Europe/Berlin", "alice").json()
    assert answer == {
        "from": "2026-06-23",
        "to": "2026-06-24",
        "time_zone": "Europe/Berlin",
        "data": [{"day": "2026-06-23", "pages": 1}, {"day": "2026-06-24", "pages": 1}],
    }


def test_times_tell_how_long_it_took(house: House) -> None:
    page_id = house.post(PAGERS, "generic", webhook(ALERT)).json()["page_id"]
    house.later(minutes=2)
    house.post(f"/api/pages/{page_id}/acknowledge", "alice")
    house.later(minutes=8)
    house.post(PAGERS, "generic", webhook({**ALERT, "status": "resolved"}, status="resolved"))
    house.page()
    by_hand, default = sorted(
        house.get("/api/insight/teams", "alice").json()["data"], key=lambda row: row["name"]
    )
    assert (by_hand["name"], by_hand["pages"], by_hand["acknowledge_median_s"]) == ("", 1, None)
    assert default == {
        "name": "default",
        "pages": 1,
        "acknowledged": 1,
        "acknowledge_median_s": 120,
        "acknowledge_p90_s": 120,
        "resolved": 1,
        "resolve_median_s": 600,
        "resolve_p90_s": 600,
    }
    assert (
        house.get("/api/insight/routes", "alice").json()["data"]
        == house.get("/api/insight/teams", "alice").json()["data"]
    )


def test_alerts_are_named_with_what_nobody_took(house: House) -> None:
    house.post(PAGERS, "generic", webhook(ALERT))
    assert house.get("/api/insight/alerts", "alice").json()["data"] == [
        {
            "alertname": ALERT["alertname"],
            "route": "default",
            "pages": 1,
            "fired": 1,
            "unacknowledged": 1,
            "unacknowledged_share": 1.0,
        }
    ]


def test_a_table_comes_as_csv_that_no_spreadsheet_runs(sqlite_house: House) -> None:
    sqlite_house.post(PAGERS, "generic", webhook(ALERT))
    answer = sqlite_house.get("/api/insight/alerts?format=csv&days=1", "alice")
    assert answer.headers["content-type"] == "text/csv; charset=utf-8"
    wanted = 'attachment; filename="pingparrot-alerts-2026-06-23-2026-06-23.csv"'
    assert answer.headers["content-disposition"] == wanted
    header, row = csv.reader(io.StringIO(answer.text, newline=""))
    assert header == ["alertname", "route", "pages", "fired", "unacknowledged", "unacknowledged_share"]
    assert row == [f"'{ALERT['alertname']}", "default", "1", "1", "1", "1.0"]


@pytest.mark.parametrize("name", TABLES)
def test_an_empty_table_still_has_its_header(sqlite_house: House, name: str) -> None:
    answer = sqlite_house.get(f"/api/insight/{name}?format=csv&from=2026-06-01&to=2026-06-01", "alice")
    assert len(answer.text.splitlines()) == (2 if name == "days" else 1)


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ("days=0", "days"),
        ("days=401", "days"),
        ("from=yesterday", "from"),
        ("from=2026-06-23T14:00:00Z", "from"),
        ("from=2026-06-02&to=2026-06-01", "to"),
        ("from=2020-01-01", "from"),
        ("to=0001-01-01", "from"),
        ("time_zone=Europe/Nowhere", "time_zone"),
        ("time_zone=../../etc/passwd", "time_zone"),
        ("time_zone=Europe", "time_zone"),
        ("format=xml", "format"),
    ],
)
def test_a_wrong_query_is_422(sqlite_house: House, query: str, field: str) -> None:
    answer = sqlite_house.get(f"/api/insight/days?{query}", "alice")
    assert answer.status_code == 422
    assert list(answer.json()["errors"]) == [field]


@pytest.mark.parametrize("name", TABLES)
def test_it_is_for_admins_of_the_organisation(sqlite_house: House, name: str) -> None:
    sqlite_house.post(PAGERS, "generic", webhook(ALERT))
    assert sqlite_house.get(f"/api/insight/{name}", "bob").status_code == 403
    assert sqlite_house.get(f"/api/insight/{name}").status_code == 401
    theirs = sqlite_house.get(f"/api/insight/{name}", "charlie").json()["data"]
    assert theirs == [] or sum(day["pages"] for day in theirs) == 0
