"""A period is whole days of a zone's clock."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from router.insight.period import MOST_DAYS, PeriodError, period_of

NOW = datetime(2026, 6, 23, 22, 30, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
BERLIN = ZoneInfo("Europe/Berlin")
# Beirut's and Havana's clocks change at midnight, Apia left out a day.
ZONES = st.sampled_from(["UTC", "Europe/Berlin", "Asia/Beirut", "America/Havana", "Pacific/Apia"]).map(
    ZoneInfo
)


@given(
    ZONES,
    st.dates(date(2000, 1, 1), date(2030, 1, 1)),
    st.integers(0, 20),
    st.integers(0, 12_000_000).map(lambda minutes: datetime(1999, 12, 1, tzinfo=UTC) + minutes * MINUTE),
)
def test_its_moments_are_those_of_its_days(zone: ZoneInfo, first: date, more: int, moment: datetime) -> None:
    period = period_of(NOW, zone, 30, first, first + timedelta(days=more))
    within = period.since <= moment < period.until
    assert within == (period.first <= moment.astimezone(zone).date() <= period.last)


def test_it_ends_today_where_the_clock_hangs() -> None:
    period = period_of(NOW, BERLIN, 7)
    assert (period.first, period.last) == (date(2026, 6, 18), date(2026, 6, 24))
    assert period.until == datetime(2026, 6, 24, 22, tzinfo=UTC)
    assert len(list(period.days())) == 7


def test_a_first_day_goes_before_the_number_of_days() -> None:
    period = period_of(NOW, BERLIN, 7, date(2026, 6, 1))
    assert (period.first, period.last) == (date(2026, 6, 1), date(2026, 6, 24))


@pytest.mark.parametrize(
    ("first", "last", "field"),
    [
        (date(2026, 6, 2), date(2026, 6, 1), "to"),
        (date(2026, 6, 25), None, "to"),
        (date(2020, 1, 1), date(2026, 6, 1), "from"),
        (date.min, date.min, "from"),
        (None, date.min, "from"),
        (date.max, date.max, "from"),
    ],
)
def test_days_that_make_no_period_are_refused(first: date | None, last: date | None, field: str) -> None:
    with pytest.raises(PeriodError) as refused:
        period_of(NOW, ZoneInfo("Asia/Tokyo"), 30, first, last)
    assert refused.value.field == field


def test_the_longest_period_is_400_days() -> None:
    last = date(2026, 6, 23)
    assert period_of(NOW, BERLIN, 1, last - timedelta(days=MOST_DAYS - 1), last).first == date(2025, 5, 20)
    with pytest.raises(PeriodError):
        period_of(NOW, BERLIN, 1, last - timedelta(days=MOST_DAYS), last)
