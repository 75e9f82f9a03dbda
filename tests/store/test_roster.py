"""The roster: git is the truth about whom it names, and takes nothing from anybody else."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime

import pytest
from sqlalchemy import Connection

from router.lifecycle.model import Target
from router.store import audit
from router.store.contacts import Described, add_contact, contact_url, list_contacts
from router.store.credentials import create_token, find_token
from router.store.engine import Database
from router.store.groups import add_group, find_group, members
from router.store.organisations import DEFAULT, ensure_organisation
from router.store.people import User, add_user, find_user, reach
from router.store.roster import RosterChange, RosterRefusedError, sync_roster
from router.store.secrets import Secrets
from rules.model import RosterGroup, RosterUser
from rules.places import Place

NOW = datetime(2026, 6, 23, 14, tzinfo=UTC)
SECRETS = Secrets("k" * 32)
PLACE = Place("people.yml", 3)


def describe(url: str) -> Described:
    if "bad" in url:
        raise ValueError("no channel takes it.")
    return Described("webhook", url.split("/")[2], url.split("/")[2])


def person(name: str, *contacts: str, admin: bool = False) -> RosterUser:
    return RosterUser(f"{name}@example.com", name.title(), admin, contacts, PLACE)


def team(name: str, *names: str, description: str = "") -> RosterGroup:
    return RosterGroup(name, description, tuple(f"{each}@example.com" for each in names), PLACE)


@pytest.fixture
def connection(database: Database) -> Iterator[Connection]:
    with database.writing.begin() as connection:
        yield connection


@pytest.fixture
def org(connection: Connection) -> int:
    return ensure_organisation(connection, DEFAULT, NOW)


def sync(
    connection: Connection,
    users: Sequence[RosterUser] = (),
    groups: Sequence[RosterGroup] = (),
    confirmed: bool = False,
) -> RosterChange:
    return sync_roster(connection, SECRETS, users, groups, describe, NOW, confirmed=confirmed)


def found(connection: Connection, name: str) -> User:
    user = find_user(connection, f"{name}@example.com")
    assert user is not None
    return user


def urls(connection: Connection, user: User) -> list[str]:
    opened = [contact_url(connection, SECRETS, each.id) for each in list_contacts(connection, [user.id])]
    return [each.url for each in opened if each is not None]


def test_what_git_does_is_in_the_audit_log(connection: Connection, org: int) -> None:
    sync(connection, [person("jane", "json://a/secret"), person("joe")], [team("sre", "joe")])
    sync(
        connection, [person("jane", admin=True)], [team("sre", "jane", description="On call")], confirmed=True
    )
    sync(connection, confirmed=True)

    entries, _ = audit.entries(connection, org, audit.Wanted(who="git"), limit=50, offset=0)
    assert [(entry.act, entry.about, entry.detail) for entry in reversed(entries)] == [
        ("user.added", "user jane@example.com", "name: Jane"),
        ("contact.changed", "contacts of jane@example.com", "now: a"),
        ("user.added", "user joe@example.com", "name: Joe"),
        ("group.added", "group sre", ""),
        ("group.member_added", "group sre", "joe@example.com"),
        ("user.changed", "user jane@example.com", "is_admin: no → yes"),
        ("contact.changed", "contacts of jane@example.com", "now none"),
        ("group.changed", "group sre", "description: none → On call"),
        ("group.member_added", "group sre", "jane@example.com"),
        ("group.member_removed", "group sre", "joe@example.com"),
        ("user.deactivated", "user joe@example.com", ""),
        ("user.deactivated", "user jane@example.com", ""),
        ("group.deactivated", "group sre", ""),
    ]


def test_people_and_groups_of_the_roster_are_reached(connection: Connection, org: int) -> None:
    change = sync(
        connection,
        [person("jane", "json://a/1", "json://b/2", admin=True), person("joe")],
        [team("sre", "jane", "joe", description="On call")],
    )

    assert change == RosterChange(added=("jane@example.com", "joe@example.com", "sre"))
    jane, joe = reach(connection, Target("group", name="sre"), org)
    assert [each.destination for each in jane.contacts] == ["a", "b"]
    assert (joe.name, joe.contacts) == ("Joe", ())
    assert found(connection, "jane").is_admin
    assert list_contacts(connection, [jane.user_id])[0].is_trusted


def test_the_same_roster_again_changes_nothing(connection: Connection) -> None:
    users, groups = [person("jane", "json://a/1")], [team("sre", "jane")]
    sync(connection, users, groups)
    before = list_contacts(connection, [found(connection, "jane").id])

    assert not sync(connection, users, groups)
    assert list_contacts(connection, [found(connection, "jane").id]) == before


def test_those_who_are_there_are_adopted(connection: Connection, org: int) -> None:
    jane = add_user(connection, org, "jane@example.com", "J.", NOW, is_admin=True, is_active=False)
    joe = add_user(connection, org, "joe@example.com", "Joe", NOW)
    group = add_group(connection, org, "sre", NOW, member_ids=[joe.id])

    change = sync(connection, [person("jane")], [team("sre", "jane")])

    adopted = found(connection, "jane")
    assert change.changed == ("jane@example.com", "sre")
    assert (adopted.id, adopted.name, adopted.managed_by) == (jane.id, "Jane", "git")
    assert (adopted.is_admin, adopted.is_active) == (False, True)
    assert members(connection, group) == (adopted,)
    assert found(connection, "joe") == joe


def test_a_persons_own_contacts_stay_behind_those_of_git(connection: Connection, org: int) -> None:
    jane = add_user(connection, org, "jane@example.com", "Jane", NOW)
    own = add_contact(
        connection, SECRETS, jane.id, "json://own/", describe("json://own/"), NOW, trusted=False
    )
    sync(connection, [person("jane", "json://a/1", "json://b/2")])
    kept = list_contacts(connection, [jane.id])[1].id

    sync(connection, [person("jane", "json://b/2", "json://c/3")])

    assert urls(connection, jane) == ["json://b/2", "json://c/3", "json://own/"]
    contacts = list_contacts(connection, [jane.id])
    assert (contacts[0].id, contacts[2].id) == (kept, own.id)
    assert [each.managed_by for each in contacts] == ["git", "git", ""]


def test_contacts_can_change_places(connection: Connection) -> None:
    sync(connection, [person("jane", "json://a/1", "json://b/2")])
    change = sync(connection, [person("jane", "json://b/2", "json://a/1")])

    assert change.changed == ("jane@example.com",)
    assert urls(connection, found(connection, "jane")) == ["json://b/2", "json://a/1"]


def test_contacts_under_a_lost_key_are_written_anew(connection: Connection) -> None:
    sync(connection, [person("jane", "json://a/1")])
    lost = Secrets("n" * 32)

    sync_roster(connection, lost, [person("jane", "json://a/1")], [], describe, NOW)

    (contact,) = list_contacts(connection, [found(connection, "jane").id])
    opened = contact_url(connection, lost, contact.id)
    assert opened is not None
    assert opened.url == "json://a/1"


def test_a_contact_that_cannot_be_used_is_left_out_with_a_warning(connection: Connection) -> None:
    change = sync(connection, [person("jane", "bad://s3cret", "json://a/1")])

    assert urls(connection, found(connection, "jane")) == ["json://a/1"]
    assert change.warnings == (
        "people.yml:3:1: contact 1 of jane@example.com is left out: no channel takes it.",
    )


def test_one_who_vanished_is_inactive_and_logged_out_until_back(connection: Connection, org: int) -> None:
    everybody = [person(name, f"json://{name}/") for name in ("ann", "bob", "cyd", "dan")]
    sync(connection, everybody)
    token = create_token(connection, found(connection, "dan").id, "", NOW)

    gone = sync(connection, everybody[:3])

    assert gone.deactivated == ("dan@example.com",)
    assert reach(connection, Target("user", name="dan@example.com"), org) == ()
    assert find_token(connection, token) is None
    back = sync(connection, everybody)
    assert back.changed == ("dan@example.com",)
    assert urls(connection, found(connection, "dan")) == ["json://dan/"]


def test_a_group_that_vanished_is_inactive_until_back(connection: Connection, org: int) -> None:
    jane, groups = [person("jane")], [team(name, "jane") for name in "abcd"]
    sync(connection, jane, groups)

    assert sync(connection, jane, groups[:3]).deactivated == ("d",)
    assert reach(connection, Target("group", name="d"), org) == ()
    assert sync(connection, jane, groups).changed == ("d",)


def test_those_whom_git_never_named_stay(connection: Connection, org: int) -> None:
    byhand = add_user(connection, org, "byhand@example.com", "By hand", NOW)
    group = add_group(connection, org, "byhand", NOW, member_ids=[byhand.id])

    sync(connection, [person("jane")])

    assert find_user(connection, byhand.email) == byhand
    assert find_group(connection, org, "byhand") == group


@pytest.mark.parametrize("left", [0, 1, 2])
def test_more_than_a_quarter_at_once_is_refused(connection: Connection, left: int) -> None:
    everybody = [person(name) for name in ("ann", "bob", "cyd", "dan")]
    sync(connection, everybody)

    with pytest.raises(RosterRefusedError, match=f"{4 - left} of 4 people that git manages would vanish"):
        sync(connection, [*everybody[:left], person("new")])

    assert all(found(connection, name).is_active for name in ("ann", "bob", "cyd", "dan"))
    assert find_user(connection, "new@example.com") is None


def test_more_than_a_quarter_goes_when_confirmed(connection: Connection) -> None:
    everybody = [person(name) for name in ("ann", "bob", "cyd", "dan")]
    sync(connection, everybody)

    change = sync(connection, everybody[:1], confirmed=True)

    assert len(change.deactivated) == 3


def test_a_directory_that_lost_its_groups_is_refused(connection: Connection) -> None:
    sync(connection, [person("jane")], [team("a"), team("b")])

    with pytest.raises(RosterRefusedError, match="2 of 2 groups"):
        sync(connection, [person("jane")])


def test_people_of_another_organisation_are_left_alone(connection: Connection) -> None:
    other = ensure_organisation(connection, "other", NOW)
    theirs = add_user(connection, other, "jane@example.com", "Jane", NOW)

    change = sync(connection, [person("jane", "json://a/1")], [team("sre", "jane")])

    assert find_user(connection, "jane@example.com") == theirs
    assert change.warnings == (
        "people.yml:3:1: jane@example.com belongs to another organisation and is left alone.",
        "people.yml:3:1: jane@example.com, a member of sre, is nobody here.",
    )


def test_members_may_be_people_whom_git_does_not_manage(connection: Connection, org: int) -> None:
    byhand = add_user(connection, org, "byhand@example.com", "By hand", NOW)

    sync(connection, [], [team("sre", "byhand")])

    group = find_group(connection, org, "sre")
    assert group is not None
    assert members(connection, group) == (byhand,)


def test_what_cannot_be_a_person_or_group_is_warned_of_and_the_rest_goes_on(connection: Connection) -> None:
    wrong = RosterUser("nonsense", "X", False, (), PLACE)

    change = sync(connection, [wrong, person("jane")], [team("All"), team("sre", "jane")])

    assert change.added == ("jane@example.com", "sre")
    assert len(change.warnings) == 2
    assert "not an e-mail address" in change.warnings[0]
    assert "reserved" in change.warnings[1]
