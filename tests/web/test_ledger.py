from __future__ import annotations

from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import pytest

from router.store.engine import Database
from router.store.writer import Writer
from tests.api.house import PAGERS, House, build_house, webhook
from tests.web.browser import logged_in

RULES = """\
defaults: {chain: triage}
chains:
  triage: {steps: [{page: {group: All}}]}
time_intervals:
  evening: [{times: [{start_time: '20:00', end_time: '22:00'}]}]
heartbeats:
  watchdog: {matchers: [alertname="Watchdog"], within: 5m}
routes:
  - {name: staging, matchers: [env="staging"], suppress: only production wakes people}
  - {name: late, matchers: [env="late"], active_time_intervals: [evening]}
"""


@pytest.fixture
def ruled(database: Database, writer: Writer, tmp_path: Path) -> House:
    path = tmp_path / "rules.yml"
    path.write_text(RULES)
    return build_house(database, writer, path)


def post(house: House, *alerts: dict[str, Any]) -> None:
    assert house.post(PAGERS, "generic", webhook(*alerts)).status_code in (200, 201)


def searched(house: House, **query: str) -> str:
    return logged_in(house, "alice").text("/admin/ledger?" + urlencode(query))


def asked(**query: str) -> str:
    return "/admin/ledger/why?" + urlencode({"at": "2026-06-23T14:00", **query})


def test_it_says_what_came_what_was_done_who_was_told_and_under_which_rules(ruled: House) -> None:
    post(ruled, {"alertname": "Down", "team": "<b>a</b>"})
    shown = searched(ruled)
    assert "Down paged normal from generic 2026-06-23 14:00:00 UTC still fires" in shown
    assert "team=<b>a</b>" in shown
    assert "Page 1 , active. Alice has not heard of it, Bob has not heard of it." in shown
    assert f"Route default, rules {ruled.rulebook.current.ruleset.revision}" in shown
    assert "<b>a</b>" not in logged_in(ruled, "alice").get("/admin/ledger").text


@pytest.mark.parametrize(
    ("outcome", "said"),
    [
        ("suppressed", "Suppressed: only production wakes people"),
        ("held", "Held until 2026-06-23 20:00:00 UTC ."),
        ("heartbeat", "It is a beat: beats page nobody."),
        ("unrouted", "Page 1 , active."),
    ],
)
def test_what_paged_nobody_is_there_too(ruled: House, outcome: str, said: str) -> None:
    for labels in ({"env": "staging"}, {"env": "late"}, {"alertname": "Watchdog"}, {"alertname": "Down"}):
        post(ruled, labels)
    shown = searched(ruled, outcome=outcome)
    assert said in shown
    assert "1 alert" in shown


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ({"label": "team=a\r\nalertname=One"}, 1),
        ({"label": "team=b"}, 0),
        ({"integration": "generic"}, 1),
        ({"integration": "grafana"}, 0),
        ({"route": "default"}, 1),
        ({"from": "2026-06-23T13:00", "to": "2026-06-23T15:00"}, 1),
        ({"to": "2026-06-23T13:00"}, 0),
    ],
)
def test_it_is_searched(house: House, query: dict[str, str], found: int) -> None:
    post(house, {"alertname": "One", "team": "a"})
    shown = searched(house, **query)
    assert f"{found} alert" in shown
    assert ("Nothing of that came." in shown) is (found == 0)


@pytest.mark.parametrize(
    ("query", "sentence"),
    [
        ({"label": "team"}, "must be name=value"),
        ({"from": "yesterday"}, "The from field must be a moment"),
        ({"label": "a=b", "from": "2026-01-01T00:00"}, "Labels are searched for in 31 days at most"),
        ({"outcome": "<b>"}, "The selected outcome is invalid."),
    ],
)
def test_a_wrong_search_is_told_beside_what_was_typed(
    sqlite_house: House, query: dict[str, str], sentence: str
) -> None:
    answer = logged_in(sqlite_house, "alice").get(
        "/admin/ledger?" + urlencode({"route": "kept <i>", **query})
    )
    assert answer.status_code == 422
    assert sentence in answer.text
    assert 'value="kept &lt;i&gt;"' in answer.text


def test_older_entries_are_reached_with_the_same_search(sqlite_house: House) -> None:
    post(sqlite_house, *({"alertname": f"A{number}", "team": "a"} for number in range(60)))
    alice = logged_in(sqlite_house, "alice")
    first = alice.get("/admin/ledger?label=team%3Da")
    assert 'href="?label=team%3Da&amp;page=2"' in first.text
    assert "screen 2 of 2" in alice.text("/admin/ledger?label=team%3Da&page=2")


def test_why_nobody_was_paged_names_the_rule_that_suppressed(ruled: House) -> None:
    post(ruled, {"alertname": "Down", "env": "staging"})
    ruled.later(hours=1)
    shown = logged_in(ruled, "alice").text(asked(labels="env=staging", around_minutes="60"))
    assert "Between 2026-06-23 13:00:00 UTC and 2026-06-23 15:00:00 UTC" in shown
    assert "was suppressed by route staging (rules.yml:9" in shown
    assert "Suppressed, nobody is paged: only production wakes people" in shown


def test_why_says_that_nothing_came_and_what_would_have_been_done(ruled: House) -> None:
    shown = logged_in(ruled, "alice").text(asked(labels="alertname=<b>Down</b>"))
    assert "No alert with these labels was heard of" in shown
    assert "No webhook at all came in that time" in shown
    assert "at once: group All, now Alice, Bob" in shown


def test_a_fresh_question_asks(sqlite_house: House) -> None:
    shown = logged_in(sqlite_house, "alice").text("/admin/ledger/why")
    assert "Around when (UTC)" in shown
    assert "Between" not in shown


@pytest.mark.parametrize(
    ("query", "sentence"),
    [
        ({"labels": ""}, "The labels field"),
        ({"labels": "team"}, "is no label: write name=value"),
        ({"labels": "a=b", "at": ""}, "The at field is required."),
        ({"labels": "a=b", "at": "0001-01-01T00:00"}, "must be a moment that calendars have."),
        ({"labels": "a=b", "around_minutes": "x"}, "The around minutes field must be an integer."),
    ],
)
def test_a_wrong_question_is_asked_again(sqlite_house: House, query: dict[str, str], sentence: str) -> None:
    answer = logged_in(sqlite_house, "alice").get(asked(**query))
    assert answer.status_code == 422
    assert sentence in answer.text


def test_a_webhook_is_shown_as_it_came_and_as_text(house: House) -> None:
    post(house, {"alertname": "</pre><b>Down"})
    alice = logged_in(house, "alice")
    shown = alice.text("/admin/webhooks/1")
    assert "from generic 2026-06-23 14:00:00 UTC read as alertmanager 1 created" in shown
    assert "</pre><b>Down" in shown
    assert "<b>Down" not in alice.get("/admin/webhooks/1").text


def test_another_organisation_finds_nothing_and_users_are_refused(ruled: House) -> None:
    post(ruled, {"alertname": "Down"})
    charlie, bob = logged_in(ruled, "charlie"), logged_in(ruled, "bob")
    assert "Nothing of that came." in charlie.text("/admin/ledger")
    assert "No alert with these labels" in charlie.text(asked(labels="alertname=Down"))
    assert charlie.get("/admin/webhooks/1").status_code == 404
    for path in ("/admin/ledger", asked(labels="alertname=Down"), "/admin/webhooks/1"):
        assert bob.get(path).status_code == 403
