"""Real intake, rules, scheduler and senders on both databases, and a moved clock."""

from __future__ import annotations

from tests.intake.conftest import desk, sqlite_desk
from tests.operations.conftest import post

__all__ = ["desk", "post", "sqlite_desk"]
