from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlencode

import pytest

from router.store.engine import Database
from router.store.writer import Writer
from tests.api.house import House, build_house
from tests.web.browser import Browser, logged_in

RULES = """\
defaults: {chain: triage, repeat_interval: 15m}
chains:
  triage: {steps: [{page: {group: All}}]}
  payments:
    steps:
      - page: {user: bob@example.com}
      - {after: 10m, page: {group: Empty}}
routes:
  - {name: staging, matchers: ['env="<b>staging</b>"'], suppress: only production wakes people}
  - name: payments
    matchers: [team="payments"]
    chain: payments
    routes:
      - {name: night, matchers: [severity="warning"], priority: low}
"""


@pytest.fixture
def rules(tmp_path: Path) -> Path:
    path = tmp_path / "rules.yml"
    path.write_text(RULES)
    return path


@pytest.fixture
def ruled(sqlite: Database, rules: Path) -> Iterator[House]:
    writer = Writer(sqlite)
    writer.start()
    house = build_house(sqlite, writer, rules)
    assert house.rulebook.last.ok, house.rulebook.last
    yield house
    writer.close()


def explained(house: House, labels: str, at: str = "") -> str:
    return logged_in(house, "alice").text("/admin/rules/explain?" + urlencode({"labels": labels, "at": at}))


def audited(house: House) -> list[str]:
    return [one["act"] for one in house.get("/api/audit", "alice").json()["data"]]


def test_the_rules_in_force_stand_as_a_tree(ruled: House) -> None:
    alice = logged_in(ruled, "alice")
    shown = alice.text("/admin/rules")
    assert f"revision {ruled.rulebook.current.ruleset.revision}" in shown
    assert "in force since 2026-06-23 14:00:00 UTC" in shown
    assert "all is loaded" in shown
    assert "suppressed only production wakes people" in shown
    assert 'payments rules.yml:10 team="payments" pages by payments , every 15m' in shown
    assert "after 10m: group Empty" in shown
    html = alice.get("/admin/rules").text
    assert html.index('aria-label="Below payments"') < html.index("<strong>night</strong>")
    assert "<b>staging" not in html


def test_a_broken_file_is_told_with_its_place(ruled: House, rules: Path) -> None:
    before = ruled.rulebook.current.ruleset.revision
    rules.write_text(RULES.replace("chain: payments", "chain: nowhere <i>"))
    alice = logged_in(ruled, "alice")
    alice.get("/admin/rules")
    answer = alice.post("/admin/rules/reload")
    assert answer.status_code == 303
    shown = alice.text("/admin/rules")
    assert "Not all of it could be loaded: see below what is wrong." in shown
    assert "error rules.yml:12" in shown
    assert "nowhere <i>" in shown
    assert "nowhere <i>" not in alice.get("/admin/rules").text
    assert f"revision {before}" in shown


def test_a_reload_puts_what_changed_in_force_and_is_audited(ruled: House, rules: Path) -> None:
    rules.write_text(RULES.replace("name: night", "name: warnings"))
    alice = logged_in(ruled, "alice")
    alice.get("/admin/rules")
    alice.post("/admin/rules/reload")
    shown = alice.text("/admin/rules")
    assert f"Loaded: revision {ruled.rulebook.current.ruleset.revision} is in force." in shown
    assert "warnings rules.yml:14" in shown
    assert "reload" in audited(ruled)


def test_an_alert_is_explained_with_who_would_be_told(ruled: House) -> None:
    shown = explained(ruled, 'team = "payments"\n\nseverity=warning')
    assert "With an alert that fires at 2026-06-23 14:00:00 UTC" in shown
    assert "at once: user bob@example.com, now Bob" in shown
    assert "after 10m: group Empty, now nobody" in shown
    assert 'rules.yml:10 payments: team="payments" rules.yml:14 night: severity="warning"' in shown


def test_what_is_suppressed_says_why(ruled: House) -> None:
    shown = explained(ruled, "env=<b>staging</b>", "2026-07-01T02:00")
    assert "fires at 2026-07-01 02:00:00 UTC" in shown
    assert "Suppressed, nobody is paged: only production wakes people" in shown


@pytest.mark.parametrize(
    ("labels", "at", "sentence"),
    [
        ("team", "", "'team' is no label: write name=value"),
        ("=x <b>", "", "'=x <b>' is no label"),
        ("a=1\na=2", "", "'a' is there twice"),
        ("a=1", "tomorrow <b>", "The at field must be a moment"),
        ("a=1", "0001-01-01T00:00:00+14:00", "The at field must be a moment that calendars have."),
        ("\n".join(f"n{n}=x" for n in range(257)), "", "must not have more than 256 items."),
    ],
)
def test_a_wrong_question_comes_again_with_what_was_typed(
    ruled: House, labels: str, at: str, sentence: str
) -> None:
    alice = logged_in(ruled, "alice")
    path = "/admin/rules/explain?" + urlencode({"labels": labels, "at": at})
    answer = alice.get(path)
    assert answer.status_code == 422
    for typed in (sentence, labels, at):
        escaped = typed.replace("<", "&lt;").replace(">", "&gt;").replace("'", "&#39;")
        assert escaped in answer.text


def test_another_organisation_sees_none_of_it(ruled: House) -> None:
    charlie = logged_in(ruled, "charlie")
    assert "No rules serve your organisation" in charlie.text("/admin/rules")
    assert "payments" not in charlie.text("/admin/rules")
    assert charlie.get("/admin/rules/explain?labels=team%3Dpayments").status_code == 404
    assert charlie.post("/admin/rules/reload").status_code == 404
    assert "reload" not in audited(ruled)


@pytest.mark.parametrize("path", ["/admin/rules", "/admin/rules/explain"])
def test_they_are_for_admins(sqlite_house: House, path: str) -> None:
    assert logged_in(sqlite_house, "bob").get(path).status_code == 403
    assert Browser(sqlite_house).get(path).status_code == 303


def test_only_admins_reload(ruled: House) -> None:
    bob = logged_in(ruled, "bob")
    assert bob.post("/admin/rules/reload").status_code == 403
    alice = logged_in(ruled, "alice")
    assert alice.post("/admin/rules/reload", csrf="").status_code == 403
    assert "reload" not in audited(ruled)


def test_a_roster_that_loses_many_is_taken_over_only_once_that_is_confirmed(
    ruled: House, rules: Path
) -> None:
    people = [f"  - {{email: p{number}@example.com, name: P{number}}}\n" for number in range(20)]
    rules.write_text(RULES + "users:\n" + "".join(people))
    alice = logged_in(ruled, "alice")
    alice.get("/admin/rules")
    alice.post("/admin/rules/reload")
    rules.write_text(RULES + "users:\n" + people[0])
    alice.post("/admin/rules/reload")
    shown = alice.text("/admin/rules")
    assert "I have read what the roster would lose" in shown
    assert "not all is loaded" in shown
    alice.post("/admin/rules/reload", confirm="yes")
    assert "all is loaded" in alice.text("/admin/rules").replace("not all is loaded", "")
