"""What Alembic runs: it is handed an open connection by `router.store.migrate`."""

from __future__ import annotations

from typing import Any, Literal

from alembic import context
from alembic.autogenerate.api import AutogenContext
from sqlmodel import AutoString

from router.store.tables import METADATA
from router.store.tables.columns import Instant


def _render(kind: str, item: Any, _context: AutogenContext) -> str | Literal[False]:
    """Write our column types in SQLAlchemy's words, so that an old migration needs no code of ours."""
    if kind == "type" and isinstance(item, Instant):
        return 'sa.DateTime(timezone=True).with_variant(sa.String(length=32), "sqlite")'
    if kind == "type" and isinstance(item, AutoString):
        return f"sa.String(length={item.length})" if item.length else "sa.String()"
    return False


context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=METADATA,
    render_as_batch=True,  # SQLite cannot ALTER a column: the table is copied
    render_item=_render,
    compare_type=True,
    transactional_ddl=True,  # SQLite's too: we say BEGIN ourselves
    transaction_per_migration=True,
)
with context.begin_transaction():
    context.run_migrations()
