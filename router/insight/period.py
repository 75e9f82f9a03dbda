"""Whole days in a time zone."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

MOST_DAYS = 400
"""As long as incidents are kept, unless a setting says otherwise."""

_DAY = timedelta(days=1)


class PeriodError(ValueError):
    """Days that make no period; `field` is `from` or `to`, the text a sentence for whoever asked."""

    def __init__(self, field: str, sentence: str) -> None:
        super().__init__(sentence)
        self.field = field


@dataclass(frozen=True, slots=True)
class Period:
    """Days from the first to the last, both included, as the clocks of a zone count them.

    Parameters:
      since, until: the same as moments, UTC, the end excluded.
    """

    first: date
    last: date
    zone: ZoneInfo
    since: datetime
    until: datetime

    def days(self) -> Iterator[date]:
        """Yield every day."""
        for number in range((self.last - self.first).days + 1):
            yield self.first + timedelta(days=number)


def period_of(
    now: datetime, zone: ZoneInfo, days: int, first: date | None = None, last: date | None = None
) -> Period:
    """Return a period that ends today, unless a last day is given.

    Parameters:
      now: UTC.
      days: how long it is where no first day is given.
    Raises PeriodError when the days are in the wrong order, too many, or none that calendars have.
    """
    last = last or now.astimezone(zone).date()
    try:
        first = first or last - timedelta(days=days - 1)
        since, until = _midnight(first, zone), _midnight(last + _DAY, zone)
    except OverflowError:
        raise PeriodError("from", "The from field must be a date that calendars have.") from None
    if first > last:
        raise PeriodError("to", "The to field must be a date after or equal to from.")
    if last - first >= timedelta(days=MOST_DAYS):
        raise PeriodError("from", f"The from field must be at most {MOST_DAYS} days before to.")
    return Period(first, last, zone, since, until)


def _midnight(day: date, zone: ZoneInfo) -> datetime:
    """Return when a day begins: where clocks go over midnight or see it twice, the first moment of it."""
    return datetime.combine(day, time(), zone).astimezone(UTC)
