"""Rules that come into force are in the audit log, which is kept as long as the ledger."""

from __future__ import annotations

from router.store import audit
from tests.intake.desk import Desk


def revisions(desk: Desk) -> list[str]:
    with desk.database.read() as connection:
        found, _ = audit.entries(connection, 1, audit.Wanted(act="revision.in_force"), limit=50, offset=0)
    return [entry.about for entry in found]


def test_rules_that_come_into_force_are_on_record_once(desk: Desk) -> None:
    first = desk.rulebook.current.ruleset.revision
    desk.change_rules(desk.rules_path.read_text() + "\n# changed\n")
    desk.rulebook.reload()
    second = desk.rulebook.current.ruleset.revision
    assert revisions(desk) == [f"revision {second}", f"revision {first}"]


def test_what_is_old_is_forgotten(desk: Desk) -> None:
    desk.pass_time(days=398)
    desk.tick()
    assert len(revisions(desk)) == 1
    desk.pass_time(days=3)
    desk.tick()
    assert revisions(desk) == []
