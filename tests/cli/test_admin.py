"""Commands of an administrator: JSON lines on stdout, a sentence on stderr, 0, 1 or 2."""

from __future__ import annotations

import stat
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from router.commands.invitations import invited
from router.lifecycle.model import Target
from router.store.contacts import contact_url
from router.store.credentials import KeyRing, verify_password
from router.store.engine import connect
from router.store.people import find_user, reach
from router.store.secrets import Secrets
from tests.cli.running import Pingparrot


def test_a_first_command_makes_the_database_and_a_key(pingparrot: Pingparrot, tmp_path: Path) -> None:
    pingparrot("user", "add", "jane@example.com", "--name", "Jane")
    ran = pingparrot("contact", "add", "jane@example.com", "json://127.0.0.1:9000/")

    assert ran.code == 0
    assert (tmp_path / "pingparrot.db").exists()
    assert stat.S_IMODE((tmp_path / "pingparrot.key").stat().st_mode) == 0o600


def test_user_add_prints_one_json_line(installed: Pingparrot) -> None:
    ran = installed("user", "add", "Jane@Example.com", "--name", "Jane Smith", "--admin", "--inactive")

    assert ran.json == {
        "id": 1,
        "email": "jane@example.com",
        "name": "Jane Smith",
        "is_admin": True,
        "is_active": False,
        "organisation": "default",
    }
    assert (ran.code, ran.err) == (0, "")


def test_a_password_is_read_from_stdin_and_can_be_replaced(installed: Pingparrot, database_url: str) -> None:
    installed("user", "add", "a@example.com", "--name", "A", "--password-stdin", stdin="first secret\n")
    installed("user", "password", "a@example.com", stdin="second secret\n")

    database = connect(database_url)
    with database.read() as connection:
        user = find_user(connection, "a@example.com")
    database.close()
    assert user is not None
    assert verify_password(user.password_hash, "second secret")
    assert not verify_password(user.password_hash, "first secret")


def test_a_database_that_is_made_is_named(pingparrot: Pingparrot, tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'elsewhere.db'}"
    first, second = (pingparrot("key", "list", DATABASE_URL=url) for _ in range(2))

    assert first.err == f"There was no database: {tmp_path / 'elsewhere.db'} was made.\n"
    assert (second.code, second.err) == (0, "")


def test_a_short_password_is_refused(installed: Pingparrot) -> None:
    ran = installed("user", "add", "a@example.com", "--name", "A", "--password-stdin", stdin="secret\n")

    assert (ran.code, ran.err) == (1, "pingparrot: The password must have 12 to 1024 characters.\n")


def test_an_empty_password_is_refused(installed: Pingparrot) -> None:
    ran = installed("user", "add", "a@example.com", "--name", "A", "--password-stdin", stdin="\n")

    assert (ran.code, ran.err) == (1, "pingparrot: Nothing was given on stdin: pipe the password in.\n")


def test_an_email_that_is_taken_is_one_sentence(installed: Pingparrot) -> None:
    installed("user", "add", "a@example.com", "--name", "A")
    ran = installed("user", "add", "a@example.com", "--name", "A")

    assert (ran.code, ran.out) == (1, "")
    assert ran.err == "pingparrot: a@example.com is taken: every user has an e-mail of their own.\n"


def test_a_contact_is_trusted_encrypted_and_reached(installed: Pingparrot, database_url: str) -> None:
    installed("user", "add", "jane@example.com", "--name", "Jane")
    ran = installed("contact", "add", "jane@example.com", "json://127.0.0.1:9000/s3cret")

    assert ran.json["channel"] == "webhook"
    assert "s3cret" not in ran.out
    database = connect(database_url)
    with database.read() as connection:
        (jane,) = reach(connection, Target("group", name="All"), 1)
        found = contact_url(connection, Secrets("k" * 32), jane.contacts[0].id)
    database.close()
    assert found is not None
    assert (found.url, found.is_trusted) == ("json://127.0.0.1:9000/s3cret", True)


def test_a_contact_can_come_from_stdin(installed: Pingparrot) -> None:
    installed("user", "add", "jane@example.com", "--name", "Jane")

    assert installed("contact", "add", "jane@example.com", "-", stdin="json://127.0.0.1:9000/\n").code == 0


@pytest.mark.parametrize("url", ["nonsense", "json://", "nosuch://h/s3cret", "json://h:99999/s3cret"])
def test_a_contact_that_cannot_work_is_refused_without_its_secrets(installed: Pingparrot, url: str) -> None:
    installed("user", "add", "jane@example.com", "--name", "Jane")
    ran = installed("contact", "add", "jane@example.com", url)

    assert ran.code == 1
    assert ran.err.startswith("pingparrot: The contact was not added: ")
    assert ran.err.count("\n") == 1
    assert "s3cret" not in ran.err


def test_a_contact_of_nobody_says_how_to_make_a_user(installed: Pingparrot) -> None:
    ran = installed("contact", "add", "jane@example.com", "json://127.0.0.1:9000/")

    assert ran.code == 1
    assert "make one with `pingparrot user add`" in ran.err


def test_a_group_has_its_members(installed: Pingparrot) -> None:
    for name in ("ann", "bob"):
        installed("user", "add", f"{name}@example.com", "--name", name)
    ran = installed(
        "group",
        "add",
        "sre",
        "--description",
        "On call",
        "--member",
        "ann@example.com",
        "--member",
        "bob@example.com",
    )

    assert ran.json == {
        "id": 2,
        "name": "sre",
        "description": "On call",
        "is_active": True,
        "members": ["ann@example.com", "bob@example.com"],
        "organisation": "default",
    }


def test_a_group_with_a_stranger_is_not_made(installed: Pingparrot) -> None:
    installed("user", "add", "ann@example.com", "--name", "Ann", "--org", "other")
    refused = installed("group", "add", "sre", "--member", "ann@example.com")
    again = installed("group", "add", "sre")

    assert (refused.code, refused.err) == (
        1,
        "pingparrot: ann@example.com: not in the organisation 'default'.\n",
    )
    assert again.code == 0


def test_a_key_is_shown_once_and_opens_the_door(installed: Pingparrot, database_url: str) -> None:
    made = installed("key", "create", "prom", "--kind", "alertmanager", "--allow-ip", "10.0.0.0/8").json
    listed = installed("key", "list").json

    assert made["integration"] == "prom"
    assert made["key"] not in str(listed)
    assert listed["allow_ips"] == ["10.0.0.0/8"]
    assert (listed["last_used_at"], listed["revoked_at"]) == (None, None)
    database = connect(database_url)
    found = KeyRing(database).find(made["key"])
    database.close()
    assert found is not None
    assert (found.key_id, found.kind) == (made["id"], "alertmanager")


def test_a_second_key_belongs_to_the_same_integration(installed: Pingparrot) -> None:
    first = installed("key", "create", "prom", "--kind", "alertmanager").json
    second = installed("key", "create", "prom").json

    assert (second["integration_id"], second["kind"]) == (first["integration_id"], "alertmanager")
    assert second["id"] != first["id"]


def test_a_revoked_key_opens_nothing(installed: Pingparrot, database_url: str) -> None:
    made = installed("key", "create", "prom").json
    ran = installed("key", "revoke", str(made["id"]))

    assert ran.json == {"id": made["id"], "revoked": True}
    database = connect(database_url)
    assert KeyRing(database).find(made["key"]) is None
    database.close()
    assert installed("key", "list").json["revoked_at"].endswith("Z")


@pytest.mark.parametrize("key_id", ["77", "0", "99999999999999999999999"])
def test_revoking_a_key_that_is_not_there_fails(installed: Pingparrot, key_id: str) -> None:
    ran = installed("key", "revoke", key_id)

    assert (ran.code, ran.out) == (1, "")


def test_an_hmac_secret_is_stored_encrypted_and_replaced_with_an_overlap(
    installed: Pingparrot, database_url: str
) -> None:
    create = ("key", "create", "grafana", "--hmac-secret-stdin")
    made = installed(*create, "--kind", "grafana", "--hmac-header", "X-Sig", stdin="s3cret\n")
    rotated = installed(*create, "--hmac-overlap", "2h", stdin="n3w s3cret\n")

    assert "s3cret" not in made.out + made.err + rotated.out + rotated.err
    database = connect(database_url)
    found = KeyRing(database).find(made.json["key"])
    database.close()
    assert found is not None
    assert found.signing is not None
    assert found.signing.header == "X-Sig"
    new, old = found.signing.secrets
    assert Secrets("k" * 32).decrypt("hmac", new.secret_encrypted) == "n3w s3cret"
    assert Secrets("k" * 32).decrypt("hmac", old.secret_encrypted) == "s3cret"
    assert old.expires_at is not None
    assert old.expires_at - new.created_at == timedelta(hours=2)


def test_an_integration_has_an_owner_of_its_own_organisation(
    installed: Pingparrot, database_url: str
) -> None:
    jane = installed("user", "add", "jane@example.com", "--name", "Jane").json["id"]
    made = installed("key", "create", "grafana", "--kind", "grafana", "--owner", "jane@example.com")
    refused = installed("key", "create", "grafana", "--org", "other", "--owner", "jane@example.com")
    nobody = installed("key", "create", "grafana", "--owner", "nobody@example.com")

    database = connect(database_url)
    found = KeyRing(database).find(made.json["key"])
    database.close()
    assert found is not None
    assert found.owner_user_id == jane
    assert (refused.code, nobody.code) == (1, 1)
    assert "another organisation" in refused.err


@pytest.mark.parametrize("words", [("--hmac-overlap", "soon"), ("--hmac-header", "X Sig")])
def test_what_cannot_be_about_a_signature_is_refused(installed: Pingparrot, words: tuple[str, str]) -> None:
    ran = installed("key", "create", "grafana", *words, "--hmac-secret-stdin", stdin="s3cret\n")

    assert (ran.code, ran.out) == (1, "")


def test_organisations_are_kept_apart(installed: Pingparrot) -> None:
    ran = installed("key", "create", "prom", "--org", "other")
    installed("key", "create", "prom")

    assert ran.err == "The organisation 'other' is new.\n"
    assert [key["id"] for key in installed("key", "list").lines] == [1, 2]
    assert [key["id"] for key in installed("key", "list", "--org", "other").lines] == [1]
    assert installed("key", "revoke", "2", "--org", "other").code == 1
    assert installed("key", "list", "--org", "nobody").code == 1


def test_reencrypting_lets_the_old_key_go(installed: Pingparrot) -> None:
    installed("user", "add", "jane@example.com", "--name", "Jane")
    installed("contact", "add", "jane@example.com", "json://127.0.0.1:9000/")

    assert installed("reencrypt", SECRET_KEY=f"{'n' * 32},{'k' * 32}").json == {"reencrypted": 1}
    assert installed("reencrypt", SECRET_KEY="n" * 32).json == {"reencrypted": 0}


def test_migrate_says_where_the_database_is(pingparrot: Pingparrot, blank_database_url: str) -> None:
    ran = pingparrot("migrate", DATABASE_URL=blank_database_url)

    assert ran.json == {"revision": "0001"}


def test_a_postgresql_that_was_not_migrated_says_so(pingparrot: Pingparrot, postgres: object) -> None:
    name = postgres.create()  # type: ignore[attr-defined]
    ran = pingparrot("key", "list", DATABASE_URL=postgres.url(name))  # type: ignore[attr-defined]
    postgres.drop(name)  # type: ignore[attr-defined]

    assert (ran.code, ran.err.count("\n")) == (1, 1)
    assert "run `pingparrot migrate` first" in ran.err


@pytest.mark.parametrize(
    ("environment", "code", "says"),
    [
        ({"PORT": "x"}, 2, "PINGPARROT_PORT is 'x'"),
        ({"DATABASE_URL": "sqlite:////none/such/a.db"}, 1, "unable to open database file: /none/such/a.db."),
        ({"DATABASE_URL": f"sqlite:///{__file__}"}, 1, f"file is not a database: {__file__}."),
        ({"DATABASE_URL": "postgresql://u:hunter2@127.0.0.1:1/d"}, 1, "The database cannot be used"),
    ],
)
def test_what_is_wrong_is_one_line_without_secrets(
    pingparrot: Pingparrot, environment: dict[str, str], code: int, says: str
) -> None:
    ran = pingparrot("key", "list", **environment)

    assert ran.code == code
    assert says in ran.err
    assert ran.err.count("\n") == 1
    assert "hunter2" not in ran.err


def test_a_misspelt_setting_is_warned_of(installed: Pingparrot) -> None:
    ran = installed("key", "list", DATABSE_URL="x")

    assert ran.code == 0
    assert "did you mean PINGPARROT_DATABASE_URL?" in ran.err


@pytest.mark.parametrize(
    "arguments", [("user", "add"), ("nosuch",), ("key", "create", "x", "--kind", "zabbix")]
)
def test_wrong_usage_exits_with_two(pingparrot: Pingparrot, arguments: tuple[str, ...]) -> None:
    ran = pingparrot(*arguments)

    assert ran.code == 2
    assert "Error" in ran.err


def test_an_invitation_is_printed_with_its_link(installed: Pingparrot, database_url: str) -> None:
    installed("user", "add", "a@example.com", "--name", "A")
    ran = installed("user", "invite", "a@example.com", PUBLIC_URL="https://pager.example.org")

    token = ran.json["url"].removeprefix("https://pager.example.org/invitation/")
    database = connect(database_url)
    with database.read() as connection:
        account = invited(connection, token, datetime.now(UTC))
    database.close()
    assert (account.email, ran.code) == ("a@example.com", 0)
