"""What is done at the command line is in the audit log."""

from __future__ import annotations

from router.store import audit
from router.store.engine import connect
from tests.cli.running import Pingparrot


def test_what_the_command_line_does_is_on_record(installed: Pingparrot, database_url: str) -> None:
    installed(
        "user", "add", "jane@example.com", "--name", "Jane", "--admin", "--password-stdin", stdin="a" * 20
    )
    installed("user", "add", "joe@example.com", "--name", "Joe")
    installed("user", "password", "jane@example.com", stdin="b" * 20)
    contact = installed("contact", "add", "jane@example.com", "json://host/secret").json["id"]
    installed("contact", "remove", "jane@example.com", str(contact))
    installed("group", "add", "sre")
    installed("group", "member", "add", "sre", "joe@example.com")
    installed("group", "member", "remove", "sre", "joe@example.com")
    installed("user", "deactivate", "joe@example.com")
    installed("user", "activate", "joe@example.com")
    made = installed("key", "create", "eu", "--hmac-secret-stdin", stdin="c" * 20).json
    installed("key", "revoke", str(made["id"]))

    database = connect(database_url)
    with database.read() as connection:
        entries, _ = audit.entries(connection, 1, audit.Wanted(who="command line"), limit=50, offset=0)
    database.close()
    key = f"key {made['id']} ({made['key'][:12]}…) of eu"
    assert [(entry.act, entry.about) for entry in reversed(entries)] == [
        ("user.added", "user jane@example.com"),
        ("user.added", "user joe@example.com"),
        ("user.password_set", "user jane@example.com"),
        ("contact.added", "contact json://host of jane@example.com"),
        ("contact.removed", "contact json://host of jane@example.com"),
        ("group.added", "group sre"),
        ("group.member_added", "group sre"),
        ("group.member_removed", "group sre"),
        ("user.deactivated", "user joe@example.com"),
        ("user.activated", "user joe@example.com"),
        ("integration.added", "integration eu"),
        ("integration.signing_set", "integration eu"),
        ("key.made", key),
        ("key.revoked", key),
    ]
    for secret in ("secret", "a" * 20, "b" * 20, "c" * 20, made["key"]):
        assert secret not in str(entries)
