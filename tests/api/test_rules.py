"""GET /api/rules, POST /api/rules/explain and /api/rules/reload."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from router.store.engine import Database
from router.store.writer import Writer
from tests.api.house import PAGERS, House, build_house, webhook

GOOD = """\
defaults: {chain: triage}
chains:
  triage: {steps: [{page: {group: All}}]}
routes:
  - {name: staging, matchers: [env="staging"], suppress: only production wakes people}
"""
BROKEN = GOOD.replace("triage: {", "triage: [")


@pytest.fixture
def rules(tmp_path: Path) -> Path:
    path = tmp_path / "rules.yml"
    path.write_text(GOOD)
    return path


@pytest.fixture
def ruled(sqlite: Database, rules: Path) -> Iterator[House]:
    writer = Writer(sqlite)
    writer.start()
    yield build_house(sqlite, writer, rules)
    writer.close()


def test_the_rules_in_force_are_named(ruled: House) -> None:
    body = ruled.get("/api/rules", "alice").json()
    assert body["revision"] == ruled.rulebook.current.ruleset.revision
    assert body["in_force_since"] == "2026-06-23T14:00:00Z"
    assert (body["last_reload_successful"], body["refused"], body["findings"]) == (True, None, [])


def test_a_broken_file_leaves_the_rules_in_force_and_says_where(ruled: House, rules: Path) -> None:
    before = ruled.get("/api/rules", "alice").json()["revision"]
    rules.write_text(BROKEN)
    body = ruled.post("/api/rules/reload", "alice", {}).json()
    assert (body["revision"], body["last_reload_successful"]) == (before, False)
    assert body["findings"][0]["file"] == "rules.yml"
    assert body["findings"][0]["line"] > 0


def test_a_reload_puts_new_rules_in_force(ruled: House, rules: Path) -> None:
    before = ruled.get("/api/rules", "alice").json()["revision"]
    rules.write_text(GOOD.replace("staging", "testing"))
    body = ruled.post("/api/rules/reload", "alice").json()
    assert body["last_reload_successful"]
    assert body["revision"] != before


def test_explain_says_what_would_be_done(ruled: House) -> None:
    answer = ruled.post("/api/rules/explain", "alice", {"labels": {"env": "staging"}})
    assert answer.status_code == 200
    (decision,) = answer.json()["decisions"]
    assert (decision["route"], decision["suppressed"]) == ("staging", "only production wakes people")


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({}, "labels"),
        ({"labels": {"a": 1}}, "labels.a"),
        ({"labels": []}, "labels"),
        ({"labels": {}, "at": "tomorrow"}, "at"),
        ({"labels": {}, "at": "2026-06-23T14:00:00"}, "at"),
        ({"labels": {}, "at": "0001-01-01T00:00:00+14:00"}, "at"),
        ({"labels": {str(n): "x" for n in range(257)}}, "labels"),
    ],
)
def test_a_wrong_question_is_422(ruled: House, body: dict[str, object], field: str) -> None:
    answer = ruled.post("/api/rules/explain", "alice", body)
    assert answer.status_code == 422
    assert list(answer.json()["errors"]) == [field]


@pytest.mark.parametrize(
    ("method", "path"), [("GET", "/api/rules"), ("POST", "/api/rules/explain"), ("POST", "/api/rules/reload")]
)
def test_they_are_for_admins_only(sqlite_house: House, method: str, path: str) -> None:
    assert sqlite_house.send(method, path, "bob").status_code == 403
    assert sqlite_house.send(method, path).status_code == 401


def test_a_page_says_which_rule_made_it(ruled: House) -> None:
    sent = ruled.post(PAGERS, "generic", webhook({"alertname": "Down"})).json()
    page = ruled.get(f"/api/pages/{sent['page_id']}", "alice").json()
    assert page["route"] == "default"
    assert page["routed_by"] == f"rules.yml:1 @{ruled.rulebook.current.ruleset.revision}"
    assert len(page["trace"]) == 1


def test_the_tree_says_who_answers_what_and_where_it_stands(ruled: House) -> None:
    tree = ruled.get("/api/rules/tree", "alice").json()
    (route,) = tree["routes"]
    assert (route["name"], route["file"], route["line"]) == ("staging", "rules.yml", 5)
    assert (route["matchers"], route["suppressed"]) == (['env="staging"'], "only production wakes people")
    assert (route["chain"], route["continue"], route["routes"]) == (None, False, [])
    assert tree["default"]["chain"] == "triage"
    assert tree["chains"][0]["steps"] == [{"after_s": 0, "targets": ["group All"], "repeat": True}]
    assert tree["revision"] == ruled.rulebook.current.ruleset.revision


def test_rules_that_serve_another_organisation_are_not_shown(ruled: House) -> None:
    answers = [
        ruled.get("/api/rules", "charlie"),
        ruled.get("/api/rules/tree", "charlie"),
        ruled.post("/api/rules/explain", "charlie", {"labels": {"severity": "critical"}}),
        ruled.post("/api/rules/reload", "charlie", {}),
    ]
    assert {answer.status_code for answer in answers} == {403}
    assert ruled.get("/api/rules/tree", "bob").status_code == 403
