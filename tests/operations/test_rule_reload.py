"""Rules that change under a running process, and rules that are broken when it starts."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

import pytest
import sqlalchemy as sa

from router import metrics
from router.delivery.described import described
from router.ruleset import RuleBook, RulesError
from router.store.contacts import add_contact
from router.store.engine import Database
from router.store.people import add_user
from router.store.secrets import Secrets
from router.store.tables import CONTACTS, USERS
from router.store.writer import Writer
from rules.match import match
from rules.sources import expand_secret
from tests.operations.house import eventually

NOW = datetime(2026, 3, 3, 12, 0, tzinfo=UTC)
SHARED = """\
defaults: {chain: all}
chains: {all: {steps: [{page: {group: All}}]}}
routes:
  - {name: shared-NAME, matchers: [team="shared"]}
"""
PAYMENTS = """\
namespace: payments
routes:
  - {name: NAME, matchers: [team="payments"]}
"""
BROKEN = "routes: [\n"
REACHING = """\
defaults: {chain: all}
chains:
  all:
    steps: [{page: {group: All}},
            {after: 5m, page: {user: alice@example.com}},
            {after: 6m, page: {user: bob@example.com}},
            {after: 7m, page: {group: ops}}]
"""
SECRET = "a secret key for the tests of reloading"
Start = Callable[[], RuleBook]


def shared(name: str) -> str:
    return SHARED.replace("NAME", name)


def payments(name: str) -> str:
    return PAYMENTS.replace("NAME", name)


def routes(book: RuleBook, team: str) -> list[str]:
    return [one.terminal.name for one in match(book.current.ruleset, {"team": team}, NOW)]


def gauge(namespace: str) -> float:
    value: float = metrics.RULES_RELOADED.labels(namespace)._value.get()
    return value


@pytest.fixture
def files(tmp_path: Path) -> Path:
    """A directory with a shared file and a team's."""
    folder = tmp_path / "rules"
    folder.mkdir()
    (folder / "00-shared.yml").write_text(shared("first"))
    (folder / "payments.yml").write_text(payments("first"))
    return folder


@pytest.fixture
def start(sqlite: Database, files: Path) -> Iterator[Start]:
    """Start a process's rule book on one database, as often as a test likes."""
    writer = Writer(sqlite)
    writer.start()
    books: list[RuleBook] = []

    def start() -> RuleBook:
        book = RuleBook(writer, Secrets(SECRET), files, lambda _: None, lambda: NOW, 1, described)
        book.start()
        books.append(book)
        return book

    yield start
    for book in books:
        book.stop()
    writer.close()


@contextmanager
def emptied(file: Path, text: str) -> Iterator[None]:
    before = file.read_text()
    file.write_text(text)
    yield
    file.write_text(before)


def test_broken_shared_files_change_nothing_and_lower_the_gauge_until_they_are_mended(
    start: Start, files: Path
) -> None:
    book = start()
    assert gauge("") == 1
    (files / "payments.yml").write_text(payments("second"))
    with emptied(files / "00-shared.yml", BROKEN):
        assert not book.reload().ok
        assert (routes(book, "shared"), routes(book, "payments")) == (["shared-first"], ["payments/first"])
        assert gauge("") == 0
    assert book.reload().ok
    assert routes(book, "payments") == ["payments/second"]
    assert gauge("") == 1


def test_a_broken_namespace_keeps_its_own_version_while_the_others_go_ahead(
    start: Start, files: Path
) -> None:
    book = start()
    (files / "00-shared.yml").write_text(shared("second"))
    with emptied(files / "payments.yml", f"namespace: payments\n{BROKEN}"):
        assert not book.reload().ok
        assert (routes(book, "shared"), routes(book, "payments")) == (["shared-second"], ["payments/first"])
        assert (gauge(""), gauge("payments")) == (1, 0)
    assert book.reload().ok
    assert gauge("payments") == 1


def test_a_restart_with_broken_files_pages_by_the_rules_that_were_last_in_force(
    start: Start, files: Path
) -> None:
    start()
    (files / "00-shared.yml").write_text(BROKEN)
    book = start()
    assert (routes(book, "shared"), routes(book, "payments")) == (["shared-first"], ["payments/first"])
    assert not book.last.ok
    assert gauge("") == 0


def test_a_restart_with_a_broken_namespace_keeps_that_namespaces_last_version(
    start: Start, files: Path
) -> None:
    start()
    (files / "00-shared.yml").write_text(shared("second"))
    (files / "payments.yml").write_text(f"namespace: payments\n{BROKEN}")
    book = start()
    assert (routes(book, "shared"), routes(book, "payments")) == (["shared-second"], ["payments/first"])


def test_a_first_start_with_broken_files_is_refused_with_the_place_of_each_fault(
    start: Start, files: Path
) -> None:
    (files / "00-shared.yml").write_text("defaults: {chain: nowhere, repeat_interval: 5s}\n")
    with pytest.raises(RulesError) as refused:
        start()
    lines = str(refused.value).splitlines()
    assert len(lines) >= 2
    assert all(line.startswith("00-shared.yml:1:") for line in lines)


def test_a_swap_of_a_mounted_config_map_is_noticed(start: Start, files: Path) -> None:
    """Kubernetes writes a directory of its own and swaps the link `..data` by one rename."""
    for file in files.iterdir():
        file.unlink()
    for version in ("first", "second"):
        (files / f"..{version}").mkdir()
        (files / f"..{version}" / "shared.yml").write_text(shared(version))
    (files / "..data").symlink_to("..first")
    (files / "shared.yml").symlink_to("..data/shared.yml")
    book = start()
    assert routes(book, "shared") == ["shared-first"]
    (files / "..data_tmp").symlink_to("..second")
    (files / "..data_tmp").rename(files / "..data")
    assert eventually(lambda: routes(book, "shared") == ["shared-second"])


def test_a_new_tree_of_git_sync_is_noticed(start: Start, files: Path) -> None:
    """git-sync checks out a tree of its own for every commit and swaps the link to it by one rename."""
    files.rename(files.with_name("unused"))
    trees = [files.with_name(version) for version in ("first", "second")]
    for tree in trees:
        tree.mkdir()
        (tree / "shared.yml").write_text(shared(tree.name))
    files.symlink_to(trees[0])
    book = start()
    assert routes(book, "shared") == ["shared-first"]
    files.with_name("new").symlink_to(trees[1])
    files.with_name("new").rename(files)
    assert eventually(lambda: routes(book, "shared") == ["shared-second"])


def test_a_roster_that_is_kept_elsewhere_is_watched_with_the_rules(sqlite: Database, files: Path) -> None:
    roster = files.with_name("roster")
    roster.mkdir()
    (roster / "people.yml").write_text(_roster("alice"))
    writer = Writer(sqlite)
    writer.start()
    book = RuleBook(writer, Secrets(SECRET), files, lambda _: None, lambda: NOW, 1, described, roster)
    book.start()
    try:
        assert routes(book, "shared") == ["shared-first"]
        assert _active(sqlite) == {"alice@example.com"}
        (roster / "people.yml").write_text(_roster("alice", "bob"))
        assert eventually(lambda: _active(sqlite) == {"alice@example.com", "bob@example.com"})
    finally:
        book.stop()
        writer.close()


def test_a_roster_that_would_lose_more_than_a_quarter_is_refused_unless_confirmed(
    start: Start, files: Path, sqlite: Database
) -> None:
    roster = files / "01-roster.yml"
    roster.write_text(_roster("alice", "bob", "carol", "dave"))
    book = start()
    roster.write_text(_roster("alice", "bob"))
    refused = book.reload()
    assert not refused.ok
    assert "2 of 4 people" in refused.refused
    assert len(_active(sqlite)) == 4
    assert gauge("") == 0
    assert book.reload(confirmed=True).ok
    assert _active(sqlite) == {"alice@example.com", "bob@example.com"}
    assert gauge("") == 1


def test_a_roster_that_loses_a_quarter_is_taken_over(start: Start, files: Path, sqlite: Database) -> None:
    roster = files / "01-roster.yml"
    roster.write_text(_roster("alice", "bob", "carol", "dave"))
    book = start()
    roster.write_text(_roster("alice", "bob", "carol"))
    assert book.reload().ok
    assert len(_active(sqlite)) == 3


def test_whom_rules_name_and_nobody_reaches_is_found_when_they_are_put_in_force(
    start: Start, files: Path, sqlite: Database
) -> None:
    (files / "00-shared.yml").write_text(REACHING)
    with sqlite.writing.begin() as connection:
        bob = add_user(connection, 1, "bob@example.com", "Bob", NOW)
    book = start()
    assert book.last.ok
    assert _unreached(book) == {
        ("no-contact", 4, "group 'All'"),
        ("unknown-user", 5, "user 'alice@example.com'"),
        ("no-contact", 6, "user 'bob@example.com'"),
        ("unknown-group", 7, "group 'ops'"),
    }
    url = "json://127.0.0.1:9000/"
    with sqlite.writing.begin() as connection:
        add_contact(connection, Secrets(SECRET), bob.id, url, described(url), NOW, trusted=True)
    book.reload()
    assert {name for _code, _line, name in _unreached(book)} == {"user 'alice@example.com'", "group 'ops'"}


def test_a_contacts_secret_that_changes_is_taken_over_without_a_change_of_the_rules(
    sqlite: Database, files: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("router.ruleset._WATCH_S", 0.01)
    secret = tmp_path / "contact"
    contacts = f'["${{file:{secret}}}", "json://127.0.0.1:9000/always"]'
    (files / "01-roster.yml").write_text(f"users: [{{email: jane@example.com, contacts: {contacts}}}]\n")
    writer = Writer(sqlite)
    writer.start()
    book = RuleBook(writer, Secrets(SECRET), files, expand_secret, lambda: NOW, 1, described)
    try:
        book.start()
        assert _contacts(sqlite) == ["json://127.0.0.1:9000/always"]
        for version in ("first", "second"):
            secret.write_text(f"json://127.0.0.1:9000/{version}\n")
            wanted = [f"json://127.0.0.1:9000/{version}", "json://127.0.0.1:9000/always"]
            assert eventually(lambda wanted=wanted: _contacts(sqlite) == wanted)
    finally:
        book.stop()
        writer.close()


def test_files_that_stay_away_lower_the_gauge_until_they_are_back(
    start: Start, files: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("router.ruleset._WATCH_S", 0.01)
    book = start()
    files.rename(tmp_path / "elsewhere")
    assert eventually(lambda: gauge("") == 0)
    assert "cannot be read" in book.last.refused
    assert routes(book, "shared") == ["shared-first"]
    (tmp_path / "elsewhere").rename(files)
    assert eventually(lambda: gauge("") == 1)


def _unreached(book: RuleBook) -> set[tuple[str, int, str]]:
    warnings = [found for found in book.last.findings if found.severity == "warning"]
    names = [re.findall(r"(?:user|group) '[^']+'", found.message) for found in warnings]
    return {
        (found.code, found.place.line, " ".join(name)) for found, name in zip(warnings, names, strict=True)
    }


def _contacts(database: Database) -> list[str]:
    with database.read() as connection:
        query = sa.select(CONTACTS.c.url_encrypted).order_by(CONTACTS.c.position)
        return [Secrets(SECRET).decrypt("contact", url) for url in connection.execute(query).scalars()]


def _roster(*names: str) -> str:
    people = "".join(f"  - {{email: {name}@example.com, name: {name.title()}}}\n" for name in names)
    return f"users:\n{people}"


def _active(database: Database) -> set[str]:
    with database.read() as connection:
        query = sa.select(USERS.c.email).where(USERS.c.is_active, USERS.c.managed_by == "git")
        return set(connection.execute(query).scalars())
