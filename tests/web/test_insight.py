"""The insight screen: figures for everybody, people and alerts for admins."""

from __future__ import annotations

import pytest
import sqlalchemy as sa

from router.store.tables import NOTIFICATIONS
from router.web.visible import visible
from tests.api.house import PAGERS, House, webhook
from tests.web.browser import logged_in

HOSTILE = "</text><script>alert(1)</script>\u202e=1+1"


def ring_everybody(house: House) -> None:
    """Say that every notification was sent."""
    now = house.watch.at
    house.write(lambda c: c.execute(sa.update(NOTIFICATIONS).values(state="sent", rung_at=now)))


def test_an_admin_sees_people_and_alerts(house: House) -> None:
    house.post(PAGERS, "generic", webhook({"alertname": "DiskFull"}))
    ring_everybody(house)
    shown = logged_in(house, "alice").text("/insight")
    assert "2026-05-25 to 2026-06-23, days and nights of UTC." in shown
    assert "1 in 30 days; most on 2026-06-23: 1." in shown
    assert "Alice 1 0 0 0" in shown
    assert "Bob 1 0 0 0" in shown
    assert "DiskFull default 1 1 100 %" in shown


def test_a_user_sees_teams_and_only_their_own_load(house: House) -> None:
    house.post(PAGERS, "generic", webhook({"alertname": "DiskFull"}))
    ring_everybody(house)
    bob = logged_in(house, "bob")
    shown = bob.text("/insight")
    assert "default 1 0" in shown
    assert "Bob 1 0 0 0" in shown
    assert "Alice" not in shown
    assert "DiskFull" not in shown
    assert bob.get("/insight/load.csv").text.splitlines()[1:] == [f"{house.bob},Bob,1,0,0,0"]
    assert bob.get("/insight/alerts.csv").status_code == 403


def test_another_organisation_sees_nothing(sqlite_house: House) -> None:
    sqlite_house.post(PAGERS, "generic", webhook({"alertname": "DiskFull"}))
    ring_everybody(sqlite_house)
    shown = logged_in(sqlite_house, "charlie").text("/insight")
    assert "0 in 30 days" in shown
    assert "Nobody was rung." in shown
    assert "No alert has paged." in shown


def test_hostile_names_are_text(sqlite_house: House) -> None:
    sqlite_house.post(PAGERS, "generic", webhook({"alertname": HOSTILE}))
    alice = logged_in(sqlite_house, "alice")
    answer = alice.get("/insight")
    assert "<script>alert" not in answer.text
    assert "style=" not in answer.text
    assert visible(HOSTILE) in alice.text("/insight")


@pytest.mark.parametrize("name", ["days", "teams", "routes", "load", "alerts"])
def test_every_table_is_a_file(sqlite_house: House, name: str) -> None:
    alice = logged_in(sqlite_house, "alice")
    path = f"/insight/{name}.csv?from=2026-06-22&amp;to=2026-06-23&amp;time_zone=Europe%2FBerlin"
    assert (
        f'href="{path}"' in alice.get("/insight?from=2026-06-22&to=2026-06-23&time_zone=Europe/Berlin").text
    )
    answer = alice.get(path.replace("&amp;", "&"))
    assert answer.headers["content-type"] == "text/csv; charset=utf-8"
    assert f"pingparrot-{name}-2026-06-22-2026-06-23.csv" in answer.headers["content-disposition"]


@pytest.mark.parametrize(
    ("query", "sentence"),
    [
        ("from=soon", "The from field must be a date: 2026-06-23."),
        ("from=2026-06-02&to=2026-06-01", "The to field must be a date after or equal to from."),
        ("time_zone=Nowhere", "The time zone field must be the IANA name of a time zone"),
        ("from=2020-01-01", "The from field must be at most 400 days before to."),
    ],
)
def test_what_makes_no_period_is_said_beside_the_form(sqlite_house: House, query: str, sentence: str) -> None:
    alice = logged_in(sqlite_house, "alice")
    answer = alice.get(f"/insight?{query}")
    assert answer.status_code == 422
    assert sentence in answer.text
    assert alice.get(f"/insight/days.csv?{query}").status_code == 422


def test_the_longest_period_is_a_small_screen(sqlite_house: House) -> None:
    answer = logged_in(sqlite_house, "alice").get("/insight?days=400")
    assert answer.status_code == 200
    assert len(answer.content) < 100_000
