"""People, contacts, groups, and who a target reaches."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy import Connection

from router.lifecycle.model import Contact, Person, Target
from router.store.contacts import (
    ContactInfo,
    Described,
    add_contact,
    change_contact,
    contact_url,
    get_contact,
    list_contacts,
    reencrypt,
    remove_contact,
)
from router.store.engine import Database
from router.store.groups import (
    add_group,
    add_members,
    change_group,
    find_group,
    get_group,
    list_groups,
    members,
    remove_members,
)
from router.store.names import NotAcceptedError
from router.store.organisations import DEFAULT, ensure_organisation, find_organisation
from router.store.people import User, add_user, change_user, find_user, get_user, list_users, reach
from router.store.prepared import Query
from router.store.secrets import Secrets, UndecipherableError
from router.store.tables import CONTACTS

NOW = datetime(2026, 6, 23, 14, tzinfo=UTC)
SECRETS = Secrets("k" * 32)
HOOK = Described("webhook", "webhook 127.0.0.1:9000", "webhook to 127.0.0.1:9000")


@pytest.fixture
def connection(database: Database) -> Iterator[Connection]:
    with database.writing.begin() as connection:
        yield connection


@pytest.fixture
def org(connection: Connection) -> int:
    found = find_organisation(connection, DEFAULT)
    assert found is not None
    return found


def user(connection: Connection, org_id: int, name: str, **more: bool) -> User:
    return add_user(connection, org_id, f"{name}@example.com", name.title(), NOW, **more)  # type: ignore[arg-type]


def contact(connection: Connection, who: User, url: str = "json://127.0.0.1:9000/s3cret") -> ContactInfo:
    return add_contact(connection, SECRETS, who.id, url, HOOK, NOW, trusted=True)


def test_a_user_is_found_by_email_in_any_case(connection: Connection, org: int) -> None:
    jane = add_user(connection, org, " Jane@Example.com ", "Jane", NOW, is_admin=True)

    assert jane.email == "jane@example.com"
    assert find_user(connection, "JANE@example.COM") == jane
    assert get_user(connection, org, jane.id) == jane


def test_an_email_is_unique_over_all_organisations(connection: Connection, org: int) -> None:
    user(connection, org, "jane")
    other = ensure_organisation(connection, "other", NOW)

    with pytest.raises(NotAcceptedError, match="is taken"):
        user(connection, other, "jane")


@pytest.mark.parametrize(
    "email", ["", "jane", "@x", "a@", "a@b@c", "a b@c", "a\n@b", "a\0@b", "a" * 260 + "@b"]
)
def test_what_is_no_email_is_refused(connection: Connection, org: int, email: str) -> None:
    with pytest.raises(NotAcceptedError, match="not an e-mail address"):
        add_user(connection, org, email, "Jane", NOW)


@pytest.mark.parametrize("name", ["", "  ", "a\nb", "a\0b", "x" * 201])
def test_what_is_no_name_is_refused(connection: Connection, org: int, name: str) -> None:
    with pytest.raises(NotAcceptedError, match="1 to 200 characters"):
        add_user(connection, org, "jane@example.com", name, NOW)


def test_users_of_another_organisation_do_not_exist(connection: Connection, org: int) -> None:
    other = ensure_organisation(connection, "other", NOW)
    jane = user(connection, org, "jane")
    contact(connection, jane)

    assert get_user(connection, other, jane.id) is None
    assert list_users(connection, other) == ((), 0)
    assert reach(connection, Target("user", id=jane.id), other) == ()
    assert reach(connection, Target("user", name=jane.email), other) == ()
    assert reach(connection, Target("group", name="All"), other) == ()


def test_a_list_of_users_is_cut_into_pages(connection: Connection, org: int) -> None:
    everybody = [user(connection, org, name) for name in ("ann", "bob", "cyd")]

    assert list_users(connection, org, limit=1, offset=1) == ((everybody[1],), 3)


def test_a_person_is_reached_by_contacts_in_their_order(connection: Connection, org: int) -> None:
    jane = user(connection, org, "jane")
    first, second, third = (contact(connection, jane) for _ in range(3))
    change_contact(connection, first.id, position=9)
    change_contact(connection, second.id, is_active=False)

    assert reach(connection, Target("user", name="Jane@example.com"), org) == (
        Person(jane.id, "Jane", (Contact(third.id, HOOK.destination), Contact(first.id, HOOK.destination))),
    )


def test_a_person_without_contacts_is_reached_all_the_same(connection: Connection, org: int) -> None:
    jane = user(connection, org, "jane")

    assert reach(connection, Target("user", id=jane.id), org) == (Person(jane.id, "Jane"),)


def test_a_group_reaches_its_active_members(connection: Connection, org: int) -> None:
    ann, bob, cyd = (user(connection, org, name) for name in ("ann", "bob", "cyd"))
    group = add_group(connection, org, "sre", NOW, member_ids=[ann.id, bob.id])
    change_user(connection, bob.id, is_active=False)

    assert [person.user_id for person in reach(connection, Target("group", name="sre"), org)] == [ann.id]
    assert [person.user_id for person in reach(connection, Target("group", id=group.id), org)] == [ann.id]
    assert members(connection, group) == (ann, find_user(connection, bob.email))
    assert cyd.id not in {person.user_id for person in reach(connection, Target("group", id=group.id), org)}


def test_the_group_all_reaches_every_active_user(connection: Connection, org: int) -> None:
    ann, bob = user(connection, org, "ann"), user(connection, org, "bob")
    user(connection, org, "cyd", is_active=False)

    everybody = reach(connection, Target("group", name="All"), org)

    assert [person.user_id for person in everybody] == [ann.id, bob.id]
    group = find_group(connection, org, "All")
    assert group is not None
    assert members(connection, group) == (ann, bob)


@pytest.mark.parametrize(
    "target",
    [Target("user", id=77), Target("user", name="x@y"), Target("group", id=77), Target("group", name="x")],
)
def test_an_unknown_target_reaches_nobody(connection: Connection, org: int, target: Target) -> None:
    assert reach(connection, target, org) == ()


def test_an_inactive_group_or_user_reaches_nobody(connection: Connection, org: int) -> None:
    ann = user(connection, org, "ann")
    group = add_group(connection, org, "sre", NOW, member_ids=[ann.id])
    change_group(connection, group.id, is_active=False)
    bob = user(connection, org, "bob", is_active=False)

    assert reach(connection, Target("group", id=group.id), org) == ()
    assert reach(connection, Target("user", id=bob.id), org) == ()
    assert [each.name for each in list_groups(connection, org)] == ["All"]
    assert [each.name for each in list_groups(connection, org, inactive=True)] == ["All", "sre"]


def test_reaching_costs_two_queries_at_most(
    connection: Connection, org: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    group = add_group(connection, org, "sre", NOW, member_ids=[user(connection, org, "ann").id])
    asked: list[object] = []
    ask = Query.rows

    def count(query: Query, *given: Any, **values: Any) -> list[Any]:
        asked.append(query)
        return ask(query, *given, **values)

    monkeypatch.setattr(Query, "rows", count)

    reach(connection, Target("group", id=group.id), org)

    assert len(asked) == 2


@pytest.mark.parametrize("name", ["All", "all", "ALL "])
def test_the_name_all_is_reserved(connection: Connection, org: int, name: str) -> None:
    with pytest.raises(NotAcceptedError, match="reserved"):
        add_group(connection, org, name, NOW)


def test_a_group_name_is_unique_in_its_organisation_only(connection: Connection, org: int) -> None:
    group = add_group(connection, org, "sre", NOW, description="On call")
    other = ensure_organisation(connection, "other", NOW)
    add_group(connection, other, "sre", NOW)

    with pytest.raises(NotAcceptedError, match="already"):
        add_group(connection, org, "sre", NOW)
    assert get_group(connection, other, group.id) is None


def test_members_come_and_go(connection: Connection, org: int) -> None:
    ann, bob = user(connection, org, "ann"), user(connection, org, "bob")
    group = add_group(connection, org, "sre", NOW, member_ids=[ann.id])
    add_members(connection, group.id, [ann.id, bob.id])
    remove_members(connection, group.id, [ann.id])

    assert members(connection, group) == (bob,)


def test_a_contact_is_encrypted_and_shown_without_its_url(connection: Connection, org: int) -> None:
    jane = user(connection, org, "jane")
    added = contact(connection, jane)

    stored = connection.execute(sa.select(CONTACTS.c.url_encrypted)).scalar_one()
    assert b"s3cret" not in stored
    assert list_contacts(connection, [jane.id]) == (added,)
    assert get_contact(connection, jane.id, added.id) == added
    opened = contact_url(connection, SECRETS, added.id)
    assert opened is not None
    assert opened.url == "json://127.0.0.1:9000/s3cret"
    assert "s3cret" not in repr(opened)


def test_contacts_queue_up_and_a_removed_one_is_gone(connection: Connection, org: int) -> None:
    jane = user(connection, org, "jane")
    first, second = contact(connection, jane), contact(connection, jane)
    remove_contact(connection, first.id)

    assert (first.position, second.position, contact(connection, jane).position) == (0, 1, 2)
    assert contact_url(connection, SECRETS, first.id) is None
    assert get_contact(connection, jane.id + 1, second.id) is None


def test_reencrypting_lets_the_old_key_go(connection: Connection, org: int) -> None:
    added = contact(connection, user(connection, org, "jane"))

    assert reencrypt(connection, Secrets("n" * 32, ("k" * 32,))) == 1
    assert reencrypt(connection, Secrets("n" * 32, ("k" * 32,))) == 0

    opened = contact_url(connection, Secrets("n" * 32), added.id)
    assert opened is not None
    assert opened.url == "json://127.0.0.1:9000/s3cret"
    with pytest.raises(UndecipherableError):
        contact_url(connection, SECRETS, added.id)
