"""Whether the database takes writes."""

from __future__ import annotations

import sqlalchemy as sa

from router.store.engine import Database
from router.store.tables import CHORES

_NO_ROW = sa.select(CHORES.c.name).where(CHORES.c.name == "").with_for_update()


def ask_for_a_write(database: Database) -> None:
    """Begin to write, and change nothing; raises whatever a write would.

    A standby that only reads refuses this too, and an SQLite that is locked.
    """
    with database.writing.begin() as connection:
        connection.execute(_NO_ROW).all()
