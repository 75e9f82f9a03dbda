"""The desk of intake's tests: real intake, rules and scheduler on both databases, and a moved clock."""

from __future__ import annotations

from tests.intake.conftest import desk, sqlite_desk

__all__ = ["desk", "sqlite_desk"]
