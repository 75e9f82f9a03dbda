"""Who the targets of a simulated page are."""

from __future__ import annotations

from router.backtest.crew import Crew
from router.lifecycle.model import Target
from rules.history import People, User
from rules.load import load
from rules.model import RuleSet
from rules.texts import Sources

SRE = Target("group", name="sre")
JANE = Target("user", name="Jane@example.com")
EXPORTED = People(
    [User("jane@example.com"), User("joe@example.com", 0), User("ann@example.com")],
    {"sre": ["joe@example.com", "jane@example.com"], "empty": []},
)
ROSTER = """
users: [{email: ann@example.com, name: Ann}, {email: new@example.com, name: New}]
groups: {sre: {members: [new@example.com, ann@example.com]}}
"""


def ruleset(text: str = "") -> RuleSet:
    found = load(Sources({"rules.yml": text}), lambda _: None).ruleset
    assert found is not None
    return found


def names(crew: Crew, target: Target) -> list[str]:
    return [person.name for person in crew.reach(target)]


def test_groups_are_as_they_were_when_the_history_was_exported() -> None:
    crew = Crew(ruleset(), EXPORTED)

    assert names(crew, SRE) == ["jane@example.com", "joe@example.com"]
    assert names(crew, JANE) == ["jane@example.com"]
    assert names(crew, Target("group", name="empty")) == []
    assert names(crew, Target("group", name="gone")) == []
    assert names(crew, Target("user", name="gone@example.com")) == []
    assert [bool(person.contacts) for person in crew.reach(SRE)] == [True, False]


def test_a_roster_in_git_goes_before_what_was_exported() -> None:
    crew = Crew(ruleset(ROSTER), EXPORTED)

    assert names(crew, SRE) == ["ann@example.com", "new@example.com"]
    assert len(names(crew, Target("group", name="All"))) == 4


def test_a_roster_in_git_is_passed_over_where_e_mails_are_hashed() -> None:
    crew = Crew(ruleset(ROSTER), EXPORTED, named=False)

    assert names(crew, SRE) == ["jane@example.com", "joe@example.com"]


def test_where_nobody_is_known_groups_stand_for_people() -> None:
    crew = Crew(ruleset(), People())

    assert crew.are_names
    assert names(crew, SRE) == ["group sre"]
    assert names(crew, JANE) == ["jane@example.com"]
    assert crew.reach(SRE) == crew.reach(SRE)
