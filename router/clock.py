"""The one place that asks the machine for the time; everything below gets `now` as an argument."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime

Clock = Callable[[], datetime]


def utc_now() -> datetime:
    """Return the present moment, UTC-aware."""
    return datetime.now(UTC)
