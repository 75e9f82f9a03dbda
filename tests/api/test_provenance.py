"""Who last changed the rule: on the pages that it makes from then on, in the tree, and in what explains."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from router.store.engine import Database
from router.store.writer import Writer
from tests.api.house import PAGERS, House, build_house, webhook
from tests.operations.house import eventually
from tests.rules.repository import Repository, run_git

RULES = """\
defaults: {chain: triage}
chains:
  triage: {steps: [{page: {group: All}}]}
routes:
  - name: web
    matchers: [team="web"]
  - name: disk
    matchers: [alertname="Disk"]
"""


@pytest.fixture
def repository(tmp_path: Path) -> Repository:
    made = Repository(tmp_path / "checkout")
    made.commit({"rules/r.yml": RULES}, at="2026-01-01T12:00:00Z", author="Joe Doe")
    return made


@pytest.fixture
def sqlite_writer(sqlite: Database) -> Iterator[Writer]:
    writer = Writer(sqlite)
    writer.start()
    yield writer
    writer.close()


@pytest.fixture
def ruled(sqlite: Database, sqlite_writer: Writer, repository: Repository) -> Iterator[House]:
    house = build_house(sqlite, sqlite_writer, repository.root / "rules")
    assert eventually(lambda: bool(house.rulebook.current.changes))
    yield house
    house.rulebook.stop()


def page_of(house: House, **labels: str) -> dict[str, Any]:
    sent = house.post(PAGERS, "generic", webhook({"alertname": "Down", **labels})).json()
    page: dict[str, Any] = house.get(f"/api/pages/{sent['page_id']}", "alice").json()
    return page


def reloaded(house: House) -> None:
    house.rulebook.reload()
    assert eventually(lambda: bool(house.rulebook.current.changes))


def test_a_page_says_who_last_changed_its_rule(ruled: House, repository: Repository) -> None:
    changed = RULES.replace('team="web"', 'team="www"')
    commit = repository.commit({"rules/r.yml": changed}, at="2026-03-01T12:00:00Z", author="Jane Smith")
    reloaded(ruled)

    page = page_of(ruled, team="www")

    assert page["provenance"] == {
        "route": "web",
        "file": "r.yml",
        "line": 5,
        "revision": ruled.rulebook.current.ruleset.revision,
        "last_change": {
            "author": "Jane Smith",
            "at": "2026-03-01T12:00:00Z",
            "commit": commit,
            "of": "route",
        },
    }
    assert page["routed_by"] == f"r.yml:5 @{page['provenance']['revision']}"
    assert {one["why"] for one in page["recipients"]} == {"group All, step 1 of chain triage"}


def test_a_page_keeps_the_author_that_it_was_made_with(ruled: House, repository: Repository) -> None:
    page = page_of(ruled, team="web")
    ours = RULES.replace("name: web", "name: web # ours").replace("name: disk", "name: disk # ours")
    repository.commit({"rules/r.yml": ours}, author="Jane Smith")
    reloaded(ruled)

    later = ruled.get(f"/api/pages/{page['id']}", "alice").json()

    assert later["provenance"]["last_change"]["author"] == "Joe Doe"
    assert page_of(ruled, alertname="Disk")["provenance"]["last_change"]["author"] == "Jane Smith"


def test_the_tree_and_what_explains_say_it_too(ruled: House) -> None:
    tree = ruled.get("/api/rules/tree", "alice").json()
    decisions = ruled.post("/api/rules/explain", "alice", {"labels": {"team": "web"}}).json()["decisions"]

    said = [route["last_change"]["author"] for route in tree["routes"]]
    assert [*said, tree["default"]["last_change"]["author"]] == ["Joe Doe"] * 3
    assert decisions[0]["last_change"]["author"] == "Joe Doe"


def test_lines_that_are_not_committed_have_no_author(ruled: House, repository: Repository) -> None:
    repository.put({"rules/r.yml": RULES.replace('team="web"', 'team="www"')})
    reloaded(ruled)

    assert page_of(ruled, team="www")["provenance"]["last_change"] is None
    assert page_of(ruled, alertname="Disk")["provenance"]["last_change"]["author"] == "Joe Doe"


def test_rules_of_no_checkout_have_no_author(sqlite: Database, sqlite_writer: Writer, tmp_path: Path) -> None:
    (tmp_path / "r.yml").write_text(RULES)
    house = build_house(sqlite, sqlite_writer, tmp_path / "r.yml")

    page = page_of(house, team="web")

    assert (page["provenance"]["file"], page["provenance"]["last_change"]) == ("r.yml", None)
    assert house.get("/api/rules/tree", "alice").json()["routes"][0]["last_change"] is None


def test_a_page_sent_by_hand_comes_from_no_rule(sqlite_house: House) -> None:
    sent = sqlite_house.post(
        PAGERS, "generic", {"subject": "s", "message": "m", "delivery_mode": "broadcast"}
    )
    page = sqlite_house.get(f"/api/pages/{sent.json()['page_id']}", "alice").json()

    assert (page["provenance"], page["routed_by"]) == (None, None)
    assert {one["why"] for one in page["recipients"]} == {None}


def test_a_history_that_cannot_be_read_leaves_rules_and_pages_as_they_are(
    sqlite: Database, sqlite_writer: Writer, repository: Repository, capsys: pytest.CaptureFixture[str]
) -> None:
    for file in (repository.root / ".git/objects").glob("??/*"):
        file.unlink()

    house = build_house(sqlite, sqlite_writer, repository.root / "rules")
    house.rulebook.stop()

    assert page_of(house, team="web")["provenance"]["last_change"] is None
    assert "who last changed the rules is not known" in capsys.readouterr().out


def test_a_shallow_checkout_names_nobody_whom_it_does_not_know(
    sqlite: Database, sqlite_writer: Writer, repository: Repository, tmp_path: Path
) -> None:
    run_git(tmp_path, "clone", "-q", "--depth=1", f"file://{repository.root}", "shallow")
    house = build_house(sqlite, sqlite_writer, tmp_path / "shallow/rules")
    house.rulebook.stop()

    assert page_of(house, team="web")["provenance"]["last_change"] is None
