"""`rules explain` in a checkout: who last changed the route that decides."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.rules.directory import rules
from tests.rules.repository import Repository

RULES = """\
defaults: {chain: triage}
chains:
  triage: {steps: [{page: {group: sre}}]}
routes:
  - name: web
    matchers: [team="web"]
"""


@pytest.fixture
def repository(tmp_path: Path) -> Repository:
    made = Repository(tmp_path / "checkout")
    made.commit({"rules/r.yml": RULES}, at="2026-03-01T12:00:00Z")
    return made


def changed(result: str) -> list[str]:
    return [line.strip() for line in result.splitlines() if line.startswith("  changed")]


def test_explain_names_who_last_changed_the_route(repository: Repository) -> None:
    commit = repository.git("rev-parse", "HEAD")
    path = repository.root / "rules"

    text = rules("explain", path, "team=web").output
    (decision,) = json.loads(rules("explain", path, "team=web", "--format", "json").output)["decisions"]

    assert changed(text) == [f"changed     by Jane Smith on 2026-03-01 @{commit[:7]}"]
    assert decision["last_change"] == {
        "author": "Jane Smith",
        "at": "2026-03-01T12:00:00Z",
        "commit": commit,
        "of": "route",
    }


def test_explain_says_that_a_route_is_not_committed(repository: Repository) -> None:
    repository.put({"rules/r.yml": RULES.replace("name: web", "name: www")})
    path = repository.root / "rules"

    text = rules("explain", path, "team=web").output
    (decision,) = json.loads(rules("explain", path, "team=web", "--format", "json").output)["decisions"]

    assert changed(text) == ["changed     here, and not committed yet"]
    assert decision["last_change"] is None


def test_explain_says_nothing_of_it_where_there_is_no_history(tmp_path: Path) -> None:
    (tmp_path / "r.yml").write_text(RULES)

    assert changed(rules("explain", tmp_path, "team=web").output) == []
    assert "last_change" not in rules("explain", tmp_path, "team=web", "--format", "json").output


def test_a_damaged_repository_is_no_reason_to_explain_nothing(repository: Repository) -> None:
    for file in (repository.root / ".git/objects").glob("??/*"):
        file.unlink()

    result = rules("explain", repository.root / "rules", "team=web")

    assert (result.exit_code, changed(result.output)) == (0, [])
