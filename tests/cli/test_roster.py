"""Looking at people, contacts and groups from the command line, and undoing what was done."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
import sqlalchemy as sa

from router.store.engine import connect
from router.store.tables import CONTACTS, GROUPS, USERS
from tests.cli.running import Pingparrot
from tests.sinks import HttpSink, Reply

JANE = "jane@example.com"


@pytest.fixture
def sink() -> Iterator[HttpSink]:
    with HttpSink() as running:
        yield running


@pytest.fixture
def jane(installed: Pingparrot) -> Pingparrot:
    """The command line where Jane is."""
    installed("user", "add", JANE, "--name", "Jane")
    return installed


def _give_to_git(database_url: str) -> None:
    database = connect(database_url)
    with database.writing.begin() as connection:
        for table in (USERS, CONTACTS, GROUPS):
            connection.execute(sa.update(table).values(managed_by="git"))
    database.close()


def test_people_are_listed_with_how_many_ways_reach_them(jane: Pingparrot) -> None:
    jane("user", "add", "joe@example.com", "--name", "Joe", "--admin", "--inactive")
    jane("contact", "add", JANE, "json://127.0.0.1:9000/s3cret")

    ran = jane("user", "list")

    assert ran.lines == [
        {
            "id": 1,
            "email": JANE,
            "name": "Jane",
            "is_admin": False,
            "is_active": True,
            "managed_by": None,
            "contacts": 1,
        },
        {
            "id": 2,
            "email": "joe@example.com",
            "name": "Joe",
            "is_admin": True,
            "is_active": False,
            "managed_by": None,
            "contacts": 0,
        },
    ]


def test_a_person_is_taken_out_of_service_and_brought_back(jane: Pingparrot) -> None:
    away = jane("user", "deactivate", JANE)
    listed = jane("user", "list").json
    back = jane("user", "activate", JANE)

    assert away.json == {"id": 1, "email": JANE, "is_active": False}
    assert listed["is_active"] is False
    assert back.json == {"id": 1, "email": JANE, "is_active": True}


def test_the_last_admin_stays(installed: Pingparrot) -> None:
    installed("user", "add", JANE, "--name", "Jane", "--admin")

    ran = installed("user", "deactivate", JANE)

    assert (ran.code, ran.out) == (1, "")
    assert ran.err == "pingparrot: This is the last active admin: make somebody else one first.\n"


def test_contacts_are_listed_in_their_order_without_their_secrets(jane: Pingparrot) -> None:
    jane("contact", "add", JANE, "json://127.0.0.1:9000/s3cret")
    jane("contact", "add", JANE, "ntfy://127.0.0.1:9001/s3cret")

    ran = jane("contact", "list", JANE)

    assert [(line["id"], line["channel"], line["position"]) for line in ran.lines] == [
        (1, "webhook", 0),
        (2, "ntfy", 1),
    ]
    assert {line["is_active"] for line in ran.lines} == {True}
    assert "s3cret" not in ran.out


def test_a_contact_that_is_removed_is_gone(jane: Pingparrot) -> None:
    jane("contact", "add", JANE, "json://127.0.0.1:9000/")

    assert jane("contact", "remove", JANE, "1").json == {"id": 1, "email": JANE, "removed": True}
    assert jane("contact", "list", JANE).lines == []


@pytest.mark.parametrize("act", ["remove", "test"])
@pytest.mark.parametrize("contact_id", ["7", "0", "99999999999999999999999"])
def test_a_contact_that_is_not_there_is_one_sentence(jane: Pingparrot, act: str, contact_id: str) -> None:
    ran = jane("contact", act, JANE, contact_id)

    assert (ran.code, ran.out, ran.err) == (1, "", "pingparrot: Contact not found.\n")


def test_a_contact_of_somebody_else_is_not_theirs_to_name(jane: Pingparrot) -> None:
    jane("user", "add", "joe@example.com", "--name", "Joe")
    jane("contact", "add", JANE, "json://127.0.0.1:9000/")

    assert jane("contact", "remove", "joe@example.com", "1").code == 1
    assert len(jane("contact", "list", JANE).lines) == 1


def test_a_contact_is_tried_out_by_one_real_message(jane: Pingparrot, sink: HttpSink) -> None:
    jane("contact", "add", JANE, sink.url("webhook+http", "/s3cret"))

    ran = jane("contact", "test", JANE, "1")

    (request,) = sink.requests
    assert request.json()["subject"] == "Test message from PingParrot"
    assert (ran.code, ran.json["outcome"], ran.json["email"]) == (0, "ok", JANE)


def test_a_contact_that_fails_its_trial_fails_the_command(jane: Pingparrot, sink: HttpSink) -> None:
    sink.otherwise = Reply(404)
    jane("contact", "add", JANE, sink.url("webhook+http", "/s3cret"))

    ran = jane("contact", "test", JANE, "1")

    assert (ran.code, ran.json["outcome"], ran.err.count("\n")) == (1, "permanent", 1)
    assert "404" in ran.err
    assert "s3cret" not in ran.out + ran.err


def test_groups_are_listed_with_their_members(jane: Pingparrot) -> None:
    jane("group", "add", "sre", "--description", "On call", "--member", JANE)

    everybody, sre = jane("group", "list").lines

    assert (everybody["name"], everybody["members"]) == ("All", [JANE])
    assert sre == {
        "id": 2,
        "name": "sre",
        "description": "On call",
        "is_active": True,
        "managed_by": None,
        "members": [JANE],
    }


def test_members_come_and_go(jane: Pingparrot) -> None:
    jane("group", "add", "sre")

    come = [jane("group", "member", "add", "sre", JANE).json for _ in range(2)]
    gone = [jane("group", "member", "remove", "sre", JANE).json for _ in range(2)]

    assert come == [{"id": 2, "name": "sre", "members": [JANE]}] * 2
    assert gone == [{"id": 2, "name": "sre", "members": []}] * 2


@pytest.mark.parametrize(
    ("group", "email", "says"),
    [
        ("nosuch", JANE, "There is no group 'nosuch'"),
        ("sre", "nobody@example.com", "There is no user 'nobody@example.com'"),
        ("sre", "eve@example.com", "eve@example.com: not in the organisation 'default'"),
        ("All", JANE, "The group 'All' is reserved"),
    ],
)
def test_who_cannot_become_a_member_is_one_sentence(
    jane: Pingparrot, group: str, email: str, says: str
) -> None:
    jane("group", "add", "sre")
    jane("user", "add", "eve@example.com", "--name", "Eve", "--org", "other")

    ran = jane("group", "member", "add", group, email)

    assert (ran.code, ran.out, ran.err.count("\n")) == (1, "", 1)
    assert says in ran.err


@pytest.mark.parametrize(
    "words",
    [
        ("user", "deactivate", JANE),
        ("contact", "remove", JANE, "1"),
        ("group", "member", "add", "sre", JANE),
        ("group", "member", "remove", "sre", JANE),
    ],
)
def test_what_git_manages_is_changed_there(
    jane: Pingparrot, database_url: str, words: tuple[str, ...]
) -> None:
    jane("contact", "add", JANE, "json://127.0.0.1:9000/")
    jane("group", "add", "sre")
    _give_to_git(database_url)

    ran = jane(*words)

    assert (ran.code, ran.out) == (1, "")
    assert ran.err.endswith("is managed by git: change the roster there.\n")
