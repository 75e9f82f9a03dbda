"""The engine: what the database refuses is told without the values."""

from __future__ import annotations

import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path

import pytest
import sqlalchemy as sa
from sqlalchemy.exc import DBAPIError, IntegrityError

from router.store.engine import Database, connect, connect_to_look
from router.store.tables import ORGANISATIONS

_VISIT = """\
import sqlite3, sys
connection = sqlite3.connect(sys.argv[1])
connection.execute("INSERT INTO t VALUES (1)")
connection.commit()
connection.close()
"""


def test_an_error_names_no_value(database: Database) -> None:
    row = {"name": "hunter2", "created_at": datetime(2026, 6, 23, tzinfo=UTC)}
    refused = pytest.raises(IntegrityError)

    with database.writing.connect() as connection, refused as caught:
        connection.execute(sa.insert(ORGANISATIONS), [{**row, "id": 77}])
        connection.execute(sa.insert(ORGANISATIONS), [{**row, "id": 77, "name": "hunter2-again"}])

    assert "again" not in str(caught.value)


def test_a_new_sqlite_file_is_its_owners_alone(tmp_path: Path) -> None:
    database = connect(f"sqlite:///{tmp_path / 'new.db'}")
    with database.writing.begin() as connection:
        connection.exec_driver_sql("CREATE TABLE t (x)")
        assert {file.stat().st_mode & 0o777 for file in tmp_path.iterdir()} == {0o600}
    database.close()


def test_another_process_that_comes_and_goes_takes_nothing_away(tmp_path: Path) -> None:
    """Its last connection would remove the WAL under ours, had we lost our locks."""
    url = f"sqlite:///{tmp_path / 'shared.db'}"
    database = connect(url)
    with database.writing.begin() as connection:
        connection.exec_driver_sql("CREATE TABLE t (x)")
    with database.read() as first, database.read() as second:
        assert {each.exec_driver_sql("SELECT count(*) FROM t").scalar() for each in (first, second)} == {0}
    subprocess.run([sys.executable, "-c", _VISIT, str(tmp_path / "shared.db")], check=True)
    assert (tmp_path / "shared.db-wal").exists()
    with database.read() as connection:
        assert connection.exec_driver_sql("SELECT count(*) FROM t").scalar() == 1
    database.close()


def test_who_only_looks_can_read_and_not_write(database: Database) -> None:
    looking = connect_to_look(database.url)
    with looking.read() as connection:
        assert connection.execute(sa.select(sa.func.count()).select_from(ORGANISATIONS)).scalar() == 1
    for engine in (looking.reading, looking.writing):
        with pytest.raises(DBAPIError, match=r"read-?only"), engine.begin() as connection:
            connection.execute(sa.delete(ORGANISATIONS))
    looking.close()


def test_who_only_looks_makes_no_file(tmp_path: Path) -> None:
    looking = connect_to_look(f"sqlite:///{tmp_path / 'none.db'}")
    with pytest.raises(DBAPIError, match="unable to open"), looking.read() as connection:
        connection.exec_driver_sql("SELECT 1")
    looking.close()
    assert list(tmp_path.iterdir()) == []
