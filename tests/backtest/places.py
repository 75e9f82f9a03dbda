"""Where a history is lived through: a desk of its own, quickly made."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from router.store.engine import connect
from router.store.writer import Writer
from tests.backtest.life import SLOWER
from tests.intake.desk import Desk, build_desk


@contextmanager
def fresh_desk(template: Path, rules: str = SLOWER) -> Iterator[Desk]:
    """Yield a desk on a copy of a migrated database."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        shutil.copyfile(template, folder / "pingparrot.db")
        database = connect(f"sqlite:///{folder / 'pingparrot.db'}")
        writer = Writer(database)
        writer.start()
        try:
            yield build_desk(database, writer, folder, rules)
        finally:
            writer.close()
            database.close()
