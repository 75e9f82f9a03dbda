"""How commands are asked for a time: `30d` ago, a day, or a moment."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING

import typer

if TYPE_CHECKING:
    from zoneinfo import ZoneInfo


def moment_of(option: str, text: str, zone: ZoneInfo, now: datetime) -> datetime:
    """Return the moment that an option's text says, UTC: so long ago, the begin of a day, or a time.

    Parameters:
      zone: whose days are meant.
    Raises typer.BadParameter for another text.
    """
    from rules.cases import parse_moment
    from rules.loading.reading import parse_duration

    seconds = parse_duration(text)
    try:
        if seconds is not None:
            return now - timedelta(seconds=seconds)
        if len(text) == len("2026-03-01"):
            day = date.fromisoformat(text)
            return datetime(day.year, day.month, day.day, tzinfo=zone).astimezone(UTC)
        return parse_moment(text)
    except (ValueError, OverflowError):
        raise typer.BadParameter(
            f"{option} {text!r} is no time: write it as 30d, 2026-03-01 or 2026-03-01T03:00:00Z."
        ) from None
