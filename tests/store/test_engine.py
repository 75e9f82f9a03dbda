"""The engine: what the database refuses is told without the values."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest
import sqlalchemy as sa
from sqlalchemy.exc import IntegrityError

from router.store.engine import Database, connect
from router.store.tables import ORGANISATIONS


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
