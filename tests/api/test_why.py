"""POST /api/ledger/why: what was done about an alert, or why nothing was."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from router.store.engine import Database
from router.store.writer import Writer
from tests.api.house import PAGERS, House, build_house, webhook

RULES = """\
defaults: {chain: triage}
chains:
  triage: {steps: [{page: {group: All}}]}
time_intervals:
  never: [{years: ['2020']}]
  evening: [{times: [{start_time: '20:00', end_time: '22:00'}]}]
heartbeats:
  watchdog: {matchers: [alertname="Watchdog"], within: 5m}
routes:
  - {name: staging, matchers: [env="staging"], suppress: only production wakes people}
  - {name: late, matchers: [env="late"], active_time_intervals: [evening]}
"""
AT = "2026-06-23T14:00:00Z"


@pytest.fixture
def ruled(database: Database, writer: Writer, tmp_path: Path) -> House:
    path = tmp_path / "rules.yml"
    path.write_text(RULES)
    return build_house(database, writer, path)


def why(house: House, labels: dict[str, str], at: str = AT, **more: Any) -> Any:
    answer = house.post("/api/ledger/why", "alice", {"labels": labels, "at": at, **more})
    assert answer.status_code == 200, answer.text
    return answer.json()


def post(house: House, *alerts: dict[str, Any]) -> None:
    assert house.post(PAGERS, "generic", webhook(*alerts)).status_code in (200, 201)


def test_what_was_suppressed_names_the_route_its_line_its_rules_and_its_reason(ruled: House) -> None:
    post(ruled, {"alertname": "Down", "env": "staging"})
    revision = ruled.rulebook.current.ruleset.revision
    assert why(ruled, {"env": "staging"})["because"] == [
        "Down, first heard 2026-06-23 14:00:00 UTC of generic, was suppressed by route staging "
        f"(rules.yml:10, revision {revision}): only production wakes people"
    ]


def test_what_was_held_says_until_when(ruled: House) -> None:
    post(ruled, {"alertname": "Down", "env": "late"})
    (said,) = why(ruled, {"env": "late"})["because"]
    assert "was held by route late" in said
    assert said.endswith("until 2026-06-23 20:00:00 UTC.")


def test_a_beat_says_that_it_was_one(ruled: House) -> None:
    post(ruled, {"alertname": "Watchdog"})
    (said,) = why(ruled, {"alertname": "Watchdog"})["because"]
    assert "was taken as a beat of" in said


def test_what_paged_says_who_heard_and_that_nobody_did(ruled: House) -> None:
    post(ruled, {"alertname": "Down"})
    found = why(ruled, {"alertname": "Down"})
    assert "of which nobody has heard (active)" in found["because"][0]
    assert [one["told_at"] for one in found["entries"][0]["told"]] == [None, None]
    ruled.write(
        lambda connection: connection.exec_driver_sql(f"UPDATE recipients SET first_sent_at = {_NOW}")
    )
    (said,) = why(ruled, {"alertname": "Down"})["because"]
    assert said.endswith(
        "of which these heard first: Alice at 2026-06-23 14:00:00 UTC, Bob at 2026-06-23 14:00:00 UTC."
    )


_NOW = "(SELECT created_at FROM pages)"


def test_silence_says_that_nothing_came_at_all_and_what_the_rules_would_have_done(ruled: House) -> None:
    because = why(ruled, {"env": "staging"})["because"]
    assert because[0].startswith(
        "No alert with these labels was heard of, or still open, between 2026-06-23 02:00"
    )
    assert because[1].startswith("No webhook at all came in that time")
    would = (
        "Had it come, route staging (rules.yml:10:5) would have suppressed it: only production wakes people"
    )
    assert because[2] == would


def test_silence_amid_webhooks_says_that_it_did_not_come_and_counts_what_could_not_be_read(
    ruled: House,
) -> None:
    broken: dict[str, Any] = webhook({"alertname": "Other"})
    broken["alerts"].append("not an alert")
    ruled.post(PAGERS, "generic", broken)
    found = why(ruled, {"alertname": "Down"})
    assert found["because"][1].startswith("Webhooks came in that time (1): it did not fire")
    assert found["because"][3] == "Had it come, route default (rules.yml:1:19) would have paged group All."
    assert found["because"][2].startswith("What could not be read of that time waits in quarantine (1)")
    assert (found["webhooks"], found["quarantined"]) == (1, 1)


def test_the_rules_of_then_answer_and_not_those_of_now(ruled: House, tmp_path: Path) -> None:
    before = ruled.rulebook.current.ruleset.revision
    ruled.later(hours=3)
    (tmp_path / "rules.yml").write_text(RULES.replace("staging", "testing"))
    assert ruled.rulebook.reload().ok
    then, now = why(ruled, {"env": "staging"}), why(ruled, {"env": "staging"}, "2026-06-23T17:00:00Z")
    assert (then["revision"], then["decisions"][0]["route"]) == (before, "staging")
    assert now["decisions"][0]["route"] == "default"
    earlier = why(ruled, {"env": "staging"}, "2026-06-20T14:00:00Z")
    assert (earlier["revision"], earlier["because"][-1]) == (None, "The rules of that time are not kept.")


def test_without_rules_those_that_are_built_in_answer(house: House) -> None:
    assert (
        why(house, {"env": "staging"})["because"][-1]
        == "Had it come, route default would have paged group All."
    )


def test_only_what_was_open_around_the_moment_counts(ruled: House) -> None:
    post(ruled, {"alertname": "Down"})
    ruled.later(hours=1)
    post(ruled, {"alertname": "Down", "status": "resolved"})
    assert why(ruled, {"alertname": "Down"}, "2026-06-23T15:20:00Z", around_minutes=10)["total"] == 0
    assert why(ruled, {"alertname": "Down"}, "2026-06-23T14:30:00Z", around_minutes=10)["total"] == 1


def test_where_it_came_from_may_be_asked_for_as_rules_see_it(ruled: House) -> None:
    post(ruled, {"alertname": "Down"})
    assert why(ruled, {"alertname": "Down", "__integration__": "generic"})["total"] == 1
    assert why(ruled, {"alertname": "Down", "__integration__": "grafana"})["total"] == 0


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"at": AT}, "labels"),
        ({"labels": {}, "at": AT}, "labels"),
        ({"labels": {"a": "b"}}, "at"),
        ({"labels": {"a": "b"}, "at": "0001-01-01T00:00:00Z"}, "at"),
        ({"labels": {"a": "b"}, "at": AT, "around_minutes": 20_161}, "around_minutes"),
    ],
)
def test_a_wrong_question_is_422(sqlite_house: House, body: dict[str, Any], field: str) -> None:
    answer = sqlite_house.post("/api/ledger/why", "alice", body)
    assert (answer.status_code, list(answer.json()["errors"])) == (422, [field])


def test_another_organisation_learns_nothing(ruled: House) -> None:
    post(ruled, {"alertname": "Down", "env": "staging"})
    answer = ruled.post("/api/ledger/why", "charlie", {"labels": {"env": "staging"}, "at": AT}).json()
    assert (answer["total"], answer["webhooks"]) == (0, 0)
    assert answer["because"][-1] == "Had it come, route default would have paged group All."
    assert ruled.post("/api/ledger/why", "bob", {"labels": {"a": "b"}, "at": AT}).status_code == 403
