"""`pingparrot doctor`: each thing that can be wrong is found and has a remedy, and nothing is changed."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import sqlalchemy as sa
from sqlalchemy import Connection

from router.lifecycle import transitions
from router.lifecycle.model import Plan, Step, Target
from router.store import pages, revisions
from router.store.engine import connect
from router.store.ids import reserve
from router.store.organisations import DEFAULT, find_organisation
from router.store.reach import reaching
from router.store.tables import API_KEYS, CONTACTS, FAILING_DESTINATIONS, HEARTBEATS, PAGES
from router.store.writer import Transaction
from rules.sources import read_sources
from tests.cli.running import Pingparrot, Ran
from tests.sinks import HttpSink, dead_port

JANE = "jane@example.com"
RULES = """\
defaults: {chain: oncall}
chains: {oncall: {steps: [{page: {user: jane@example.com}}]}}
routes: [{name: everything, matchers: []}]
heartbeats: {watchdog: {matchers: [alertname="Watchdog"], within: 5m}}
"""
Said = tuple[str, str, str]


def said(ran: Ran) -> list[Said]:
    """Return what the doctor said with `--format json`: about what, how bad, and the message."""
    return [(each["about"], each["severity"], each["message"]) for each in ran.document["remarks"]]


def faults(ran: Ran) -> list[Said]:
    """Return what is not well; each of it has a remedy, and what is well needs none.

    Passed over is that the PostgreSQL of the tests runs without fsync, which has a test of its own.
    """
    remarks = ran.document["remarks"]
    assert all(bool(each["remedy"]) == (each["severity"] != "ok") for each in remarks)
    return [each for each in said(ran) if each[1] != "ok" and "fsync" not in each[2]]


def one_fault(ran: Ran) -> Said:
    """Return the only fault that was found."""
    (found,) = faults(ran)
    return found


@contextmanager
def inside(url: str) -> Iterator[Connection]:
    """Yield a transaction in a database."""
    database = connect(url)
    with database.writing.begin() as connection:
        yield connection
    database.close()


@pytest.fixture
def well(
    installed: Pingparrot, database_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Pingparrot:
    """An installation in which nothing is wrong."""
    (tmp_path / "rules.yml").write_text(RULES)
    monkeypatch.setenv("PINGPARROT_RULES", "rules.yml")
    monkeypatch.setenv("PINGPARROT_PUBLIC_URL", "https://pager.example.com")
    installed("user", "add", JANE, "--name", "Jane", "--admin")
    installed("contact", "add", JANE, "json://127.0.0.1:9/s3cret")
    installed("key", "create", "prometheus-eu", "--kind", "alertmanager")
    now = datetime.now(UTC)
    with inside(database_url) as connection:
        org_id = find_organisation(connection, DEFAULT)
        assert org_id is not None
        sources = read_sources(tmp_path / "rules.yml")
        revisions.put_in_force(
            Transaction(connection, lambda _: None, {}), org_id, sources.revision, sources.to_json(), now
        )
        connection.execute(sa.update(API_KEYS).values(last_used_at=now))
        heart = {"org_id": org_id, "name": "watchdog", "has_beaten": True}
        times = dict.fromkeys(("heard_at", "counted_from", "watched_at"), now)
        connection.execute(sa.insert(HEARTBEATS).values(**heart, **times))
    return installed


def test_where_nothing_is_wrong_nothing_is_found(well: Pingparrot) -> None:
    ran = well("doctor", "--format", "json")
    assert faults(ran) == []
    assert ran.code == 0
    about = {remark[0] for remark in said(ran)}
    assert {"settings", "secret key", "broker", "rules", "database", "people", "chains", "senders"} <= about


def test_an_empty_directory_is_left_empty(pingparrot: Pingparrot, tmp_path: Path) -> None:
    ran = pingparrot("doctor", "--format", "json")
    assert list(tmp_path.iterdir()) == []
    assert ran.code == 0
    assert any("no" in message and "pingparrot.db yet" in message for _, _, message in faults(ran))


def test_a_database_is_left_as_it_was(
    pingparrot: Pingparrot, sqlite_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PINGPARROT_DATABASE_URL", sqlite_url)
    pingparrot("user", "add", JANE, "--name", "Jane")
    before = {path.name: (path.read_bytes(), path.stat().st_mtime_ns) for path in tmp_path.iterdir()}
    pingparrot("doctor", "--send", JANE)
    after = {path.name: (path.read_bytes(), path.stat().st_mtime_ns) for path in tmp_path.iterdir()}
    assert after == before


def test_wrong_settings_are_all_named_without_secrets_and_exit_with_2(pingparrot: Pingparrot) -> None:
    ran = pingparrot("doctor", "--format", "json", PORT="eighty", DATABASE_URL="mysql://root:hunter2@db/x")
    assert ran.code == 2
    assert [message.split(" ")[0].rstrip(":") for _, _, message in faults(ran)] == [
        "PINGPARROT_DATABASE_URL",
        "PINGPARROT_PORT",
    ]
    assert "hunter2" not in ran.out


def test_people_read_lines_with_a_summary_and_no_colours_in_a_pipe(well: Pingparrot) -> None:
    ran = well("doctor", PUBLIC_URL="")
    assert re.search(r"^warning: public URL: .*\n {9}Set it to ", ran.out, re.MULTILINE)
    assert re.search(r"^0 errors, \d warnings?$", ran.out, re.MULTILINE)
    assert "\x1b" not in ran.out
    assert ran.code == 0
    assert well("doctor", "--strict").code == 1


def test_a_postgresql_that_would_lose_commits_in_a_crash_is_a_warning(
    pingparrot: Pingparrot, postgres_url: str
) -> None:
    ran = pingparrot("doctor", "--format", "json", DATABASE_URL=postgres_url)
    off = "fsync, full_page_writes, synchronous_commit is off"
    assert any(each[:2] == ("database", "warning") and off in each[2] for each in said(ran))


def test_a_database_that_is_away_is_one_sentence_without_its_password(well: Pingparrot) -> None:
    with dead_port() as port:
        url = f"postgresql://someone:hunter2@127.0.0.1:{port}/none"
        ran = well("doctor", "--format", "json", DATABASE_URL=url)
    assert ran.code == 1
    assert one_fault(ran)[:2] == ("database", "error")
    assert "hunter2" not in ran.out + ran.err


def test_a_file_that_is_no_database_is_an_error(
    well: Pingparrot, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "other.db").write_bytes(b"not a database at all" * 100)
    ran = well("doctor", "--format", "json", DATABASE_URL="sqlite:///other.db")
    assert one_fault(ran)[:2] == ("database", "error")
    assert "not a database" in one_fault(ran)[2]


def test_a_broker_that_is_away_is_an_error(well: Pingparrot) -> None:
    with dead_port() as port:
        for scheme in ("redis", "amqp"):
            ran = well("doctor", "--format", "json", BROKER_URL=f"{scheme}://u:hunter2@127.0.0.1:{port}/")
            assert one_fault(ran)[:2] == ("broker", "error")
            assert "hunter2" not in ran.out + ran.err


def test_a_broker_that_answers_is_well(well: Pingparrot, redis_url: str) -> None:
    assert ("broker", "ok", "It answers.") in said(well("doctor", "--format", "json", BROKER_URL=redis_url))


@pytest.mark.parametrize(
    ("settings", "about", "fragment"),
    [
        ({"PEER_URL": "https://b.example.com/api/heartbeats/a"}, "peer", "PINGPARROT_PEER_KEY"),
        ({"OIDC_CLIENT_ID": "pingparrot"}, "log-in", "give all three, or none"),
        ({"EMERGENCY_CONTACTS": "nosuch://x"}, "emergency", "contact 1"),
        ({"BOOTSTRAP": "nowhere.yml"}, "bootstrap", "nowhere.yml"),
        ({"RULES": "nowhere"}, "rules", "nowhere"),
    ],
)
def test_settings_that_keep_a_server_from_starting_are_errors(
    well: Pingparrot, settings: dict[str, str], about: str, fragment: str
) -> None:
    ran = well("doctor", "--format", "json", **settings)
    assert ran.code == 1
    assert one_fault(ran)[:2] == (about, "error")
    assert fragment in one_fault(ran)[2]


def test_another_secret_key_is_an_error_and_an_older_one_a_warning(well: Pingparrot) -> None:
    lost = well("doctor", "--format", "json", SECRET_KEY="n" * 32)
    old = well("doctor", "--format", "json", SECRET_KEY=f"{'n' * 32},{'k' * 32}")
    assert one_fault(lost)[:2] == ("secret key", "error")
    assert one_fault(old)[:2] == ("secret key", "warning")
    assert one_fault(well("doctor", "--format", "json", SECRET_KEY=""))[0] == "secret key"


def test_a_key_file_that_others_can_read_is_a_warning(pingparrot: Pingparrot, tmp_path: Path) -> None:
    pingparrot("user", "add", JANE, "--name", "Jane")
    (tmp_path / "pingparrot.key").write_text("k" * 32)
    (tmp_path / "pingparrot.key").chmod(0o644)
    found = faults(pingparrot("doctor", "--format", "json"))
    assert [each[1] for each in found if each[0] == "secret key"] == ["warning"]


def _remove_contacts(connection: Connection) -> None:
    connection.execute(sa.delete(CONTACTS))


def _revoke_keys(connection: Connection) -> None:
    connection.execute(sa.update(API_KEYS).values(revoked_at=datetime.now(UTC)))


def _never_use_keys(connection: Connection) -> None:
    connection.execute(sa.update(API_KEYS).values(last_used_at=None))


def _fall_silent(connection: Connection) -> None:
    connection.execute(sa.update(API_KEYS).values(last_used_at=datetime.now(UTC) - timedelta(days=9)))


def _miss_the_heartbeat(connection: Connection) -> None:
    connection.execute(sa.update(HEARTBEATS).values(missing_since=datetime.now(UTC), stop="silent"))


def _never_hear_the_heartbeat(connection: Connection) -> None:
    connection.execute(sa.update(HEARTBEATS).values(has_beaten=False))


def _forget_the_heartbeats(connection: Connection) -> None:
    connection.execute(sa.delete(HEARTBEATS))


def _page_without_a_server(connection: Connection) -> None:
    then = datetime.now(UTC) - timedelta(hours=1)
    org_id = find_organisation(connection, DEFAULT)
    assert org_id is not None
    tx = Transaction(connection, lambda _: None, {})
    (page_id,) = reserve(tx, PAGES, 1)
    plan = Plan(steps=(Step(0, (Target("group", name="All"),)),))
    change = transitions.open_page(
        page_id, org_id, plan, "high", then, reaching(connection, org_id), "a test"
    )
    pages.insert(tx, [pages.Draft(change, "Disk full", "", "broadcast")], then)


def _fail_a_destination(connection: Connection) -> None:
    _page_without_a_server(connection)
    page_id = connection.execute(sa.select(PAGES.c.id)).scalar_one()
    org_id = find_organisation(connection, DEFAULT)
    row = {
        "org_id": org_id,
        "destination": "json 127.0.0.1:9",
        "since": datetime.now(UTC),
        "page_id": page_id,
    }
    connection.execute(sa.insert(FAILING_DESTINATIONS).values(**row))


@pytest.mark.parametrize(
    ("mishap", "found"),
    [
        (_remove_contacts, [("people", "error", JANE), ("chains", "error", "'oncall' reaches nobody")]),
        (_revoke_keys, [("senders", "warning", "No Alertmanager"), ("senders", "warning", "prometheus-eu")]),
        (_never_use_keys, [("senders", "warning", "never used: prometheus-eu")]),
        (_fall_silent, [("senders", "warning", "prometheus-eu (9 days)")]),
        (_miss_the_heartbeat, [("heartbeats", "error", "watchdog")]),
        (_never_hear_the_heartbeat, [("heartbeats", "warning", "watchdog")]),
        (_forget_the_heartbeats, [("heartbeats", "warning", "none")]),
        (_page_without_a_server, [("scheduler", "error", "s ago"), ("outbox", "error", "1 messages wait")]),
        (
            _fail_a_destination,
            [("delivery", "error", "json 127.0.0.1:9"), ("scheduler", "error", ""), ("outbox", "error", "")],
        ),
    ],
)
def test_what_the_database_knows_to_be_wrong_is_told(
    well: Pingparrot, database_url: str, mishap: Callable[[Connection], None], found: list[Said]
) -> None:
    with inside(database_url) as connection:
        mishap(connection)

    ran = well("doctor", "--format", "json")

    told = faults(ran)
    assert [each[:2] for each in told] == [each[:2] for each in found]
    for (_, _, message), (_, _, fragment) in zip(told, found, strict=True):
        assert fragment in message
    assert ran.code == any(severity == "error" for _, severity, _ in found)


def test_nobody_to_page_is_an_error(installed: Pingparrot) -> None:
    told = faults(installed("doctor", "--format", "json"))
    assert ("people", "error", "There is nobody to page.") in told


def test_faults_of_the_rules_are_told_with_their_lines(well: Pingparrot, tmp_path: Path) -> None:
    (tmp_path / "rules.yml").write_text(RULES.replace("chain: oncall", "chain: nosuch"))
    ran = well("doctor", "--format", "json")
    assert ran.code == 1
    assert one_fault(ran)[:2] == ("rules", "error")
    assert "rules.yml:1:" in one_fault(ran)[2]


def test_rules_that_are_not_in_force_are_a_warning(well: Pingparrot, tmp_path: Path) -> None:
    (tmp_path / "rules.yml").write_text(RULES + "# one more line\n")
    assert one_fault(well("doctor", "--format", "json"))[:2] == ("rules", "warning")


def test_contacts_of_the_roster_that_no_channel_takes_are_errors(well: Pingparrot, tmp_path: Path) -> None:
    roster = f"users: [{{email: {JANE}, contacts: ['nosuch://s3cret']}}]\n"
    (tmp_path / "rules.yml").write_text(RULES + roster)
    ran = well("doctor", "--format", "json")
    assert any(
        about == "rules" and JANE in message
        for about, severity, message in faults(ran)
        if severity == "error"
    )
    assert "s3cret" not in ran.out


def test_an_old_schema_is_named_with_what_brings_it_up_to_date(well: Pingparrot, database_url: str) -> None:
    with inside(database_url) as connection:
        connection.execute(sa.text("UPDATE alembic_version SET version_num = '0000'"))
    ran = well("doctor", "--format", "json")
    with inside(database_url) as connection:
        assert connection.execute(sa.text("SELECT version_num FROM alembic_version")).scalar() == "0000"
    expected = ("database", "warning" if database_url.startswith("sqlite") else "error")
    assert one_fault(ran)[:2] == expected


def test_a_schema_that_lacks_columns_is_an_error(
    well: Pingparrot, blank_database_url: str, database_url: str
) -> None:
    with inside(blank_database_url) as connection:
        connection.execute(sa.text("CREATE TABLE alembic_version (version_num VARCHAR(32) NOT NULL)"))
        connection.execute(sa.text("INSERT INTO alembic_version VALUES ('9999')"))
    ran = well("doctor", "--format", "json", DATABASE_URL=blank_database_url)
    assert one_fault(ran)[:2] == ("database", "error")


def test_a_message_is_sent_by_each_contact_of_whom_it_is_asked_for_and_else_by_none(
    well: Pingparrot, database_url: str
) -> None:
    with HttpSink() as sink, dead_port() as closed:
        well("user", "add", "joe@example.com", "--name", "Joe")
        well("contact", "add", "joe@example.com", sink.url("json"))
        well("contact", "add", "joe@example.com", f"json://127.0.0.1:{closed}/")
        assert well("doctor").code == 0
        assert sink.requests == []

        ran = well("doctor", "--format", "json", "--send", "joe@example.com")

        assert [each[:2] for each in said(ran) if each[0] == "sending"] == [
            ("sending", "ok"),
            ("sending", "error"),
        ]
        assert len(sink.requests) == 1
    assert ran.code == 1
    nobody = well("doctor", "--format", "json", "--send", "none@example.com")
    assert one_fault(nobody)[:2] == ("sending", "error")
