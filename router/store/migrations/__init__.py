"""Alembic's environment and the migrations, oldest first in `versions/`."""

from __future__ import annotations

LOCK_TIMEOUT_MS = 2_000
"""How long a migration waits for a table: so long do webhooks wait behind it, too."""
