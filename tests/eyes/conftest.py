"""Fixtures for the tests of what watches PingParrot."""

from __future__ import annotations

from pathlib import Path

import pytest

from router.store.engine import Database
from router.store.writer import Writer
from tests.intake.desk import Desk, build_desk


@pytest.fixture
def desk(database: Database, writer: Writer, tmp_path: Path) -> Desk:
    """Intake, scheduler and rules over a fresh database, on SQLite and on PostgreSQL."""
    return build_desk(database, writer, tmp_path)
