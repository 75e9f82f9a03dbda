"""The engine: what the database refuses is told without the values."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
import sqlalchemy as sa
from sqlalchemy.exc import IntegrityError

from router.store.engine import Database
from router.store.tables import ORGANISATIONS


def test_an_error_names_no_value(database: Database) -> None:
    row = {"name": "hunter2", "created_at": datetime(2026, 6, 23, tzinfo=UTC)}
    refused = pytest.raises(IntegrityError)

    with database.writing.connect() as connection, refused as caught:
        connection.execute(sa.insert(ORGANISATIONS), [{**row, "id": 77}])
        connection.execute(sa.insert(ORGANISATIONS), [{**row, "id": 77, "name": "hunter2-again"}])

    assert "again" not in str(caught.value)
