"""Indexes of tables that are there, added while others write."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from alembic import op

from router.store.migrations import LOCK_TIMEOUT_MS


def add_index(name: str, table: str, columns: Sequence[str], **more: Any) -> None:
    """Add an index: on PostgreSQL concurrently, which commits what the migration did so far.

    So it comes last in a migration, which may be run again from its start when it is interrupted: make the
    index the only thing in it.

    Parameters:
      more: as Alembic's `create_index` takes them (`unique`, `postgresql_where`, `sqlite_where`).
    """
    if op.get_bind().dialect.name != "postgresql":
        op.create_index(name, table, columns, **more)
        return
    with op.get_context().autocommit_block():
        op.execute("SET lock_timeout = 0")  # nothing of ours waits behind these locks
        # One that was cut off left it half built.
        op.drop_index(name, table, postgresql_concurrently=True, if_exists=True)
        op.create_index(name, table, columns, postgresql_concurrently=True, **more)
        op.execute(f"SET lock_timeout = {LOCK_TIMEOUT_MS}")
