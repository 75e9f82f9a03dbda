"""`pingparrot backup`: a whole copy, or none."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from tests.cli.running import Pingparrot


def emails(path: Path) -> list[str]:
    with closing(sqlite3.connect(path)) as connection:
        return [row[0] for row in connection.execute("SELECT email FROM users ORDER BY id")]


def test_a_backup_is_a_copy_that_only_its_owner_reads(pingparrot: Pingparrot, tmp_path: Path) -> None:
    pingparrot("user", "add", "jane@example.com", "--name", "Jane")
    ran = pingparrot("backup", "copy.db")
    assert ran.code == 0, ran
    assert ran.json == {"file": "copy.db", "bytes": (tmp_path / "copy.db").stat().st_size}
    assert "pingparrot.key" in ran.err
    assert (tmp_path / "copy.db").stat().st_mode & 0o777 == 0o600
    assert emails(tmp_path / "copy.db") == ["jane@example.com"]
    assert not [path for path in tmp_path.iterdir() if path.name.startswith(".")]


def test_a_backup_holds_one_moment_while_others_write(pingparrot: Pingparrot, tmp_path: Path) -> None:
    """A copy that began again whenever somebody writes would never end on a busy server."""
    from router.store.backup import back_up

    pingparrot("user", "add", "jane@example.com", "--name", "Jane")
    source = tmp_path / "pingparrot.db"
    with closing(sqlite3.connect(source, isolation_level=None)) as writing:
        writing.execute("CREATE TABLE filler (text)")
        writing.executemany("INSERT INTO filler VALUES (?)", [("x" * 100_000,)] * 200)
        told: list[tuple[int, int]] = []

        def write_meanwhile(copied: int, total: int) -> None:
            told.append((copied, total))
            writing.execute("INSERT INTO filler VALUES ('late')")
            writing.execute("UPDATE users SET email = 'late@example.com'")

        back_up(source, tmp_path / "copy.db", write_meanwhile)
    copied = [pages for pages, _ in told]
    assert len(told) > 3
    assert copied == sorted(copied)
    assert len({total for _, total in told}) == 1
    assert emails(tmp_path / "copy.db") == ["jane@example.com"]
    assert emails(source) == ["late@example.com"]


def test_a_backup_never_writes_over_a_file(pingparrot: Pingparrot, tmp_path: Path) -> None:
    pingparrot("user", "add", "jane@example.com", "--name", "Jane")
    (tmp_path / "copy.db").write_text("precious")
    ran = pingparrot("backup", "copy.db")
    assert (ran.code, ran.out) == (1, "")
    assert "is there already" in ran.err
    assert (tmp_path / "copy.db").read_text() == "precious"


def test_a_damaged_database_leaves_no_copy_behind(pingparrot: Pingparrot, tmp_path: Path) -> None:
    pingparrot("user", "add", "jane@example.com", "--name", "Jane")
    path = tmp_path / "pingparrot.db"
    data = bytearray(path.read_bytes())
    data[3 * 4096 : 40 * 4096] = b"\xff" * (37 * 4096)
    path.write_bytes(data)
    ran = pingparrot("backup", "copy.db")
    assert ran.code == 1
    assert "Nothing was written" in ran.err
    assert not (tmp_path / "copy.db").exists()


def test_without_a_database_nothing_is_made(pingparrot: Pingparrot, tmp_path: Path) -> None:
    ran = pingparrot("backup", "copy.db")
    assert ran.code == 1
    assert "There is no database" in ran.err
    assert list(tmp_path.iterdir()) == []


def test_a_postgresql_is_referred_to_its_own_tools(pingparrot: Pingparrot) -> None:
    ran = pingparrot("backup", "copy.db", DATABASE_URL="postgresql://somebody@127.0.0.1:1/none")
    assert ran.code == 1
    assert "pg_dump" in ran.err


@pytest.mark.parametrize("file", ["nowhere/copy.db", "."])
def test_a_place_that_cannot_be_written_is_one_sentence(pingparrot: Pingparrot, file: str) -> None:
    pingparrot("user", "add", "jane@example.com", "--name", "Jane")
    ran = pingparrot("backup", file)
    assert ran.code == 1
    assert ran.err.count("\n") == 1
