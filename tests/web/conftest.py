"""The house that the dashboard's tests play in is the API's."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from router.store.engine import connect
from router.store.writer import Writer
from tests.api.conftest import house, shared_house, sqlite_house
from tests.api.house import build_house
from tests.web.estate import RULES, Estate, furnish

__all__ = ["estate", "house", "shared_house", "sqlite_house"]


@pytest.fixture(scope="module")
def estate(sqlite_template: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Estate]:
    """A furnished house for a whole file of tests that change nothing."""
    folder = tmp_path_factory.mktemp("estate")
    shutil.copyfile(sqlite_template, folder / "pingparrot.db")
    (folder / "rules.yml").write_text(RULES)
    database = connect(f"sqlite:///{folder / 'pingparrot.db'}")
    writer = Writer(database)
    writer.start()
    yield furnish(build_house(database, writer, folder / "rules.yml"))
    writer.close()
    database.close()
