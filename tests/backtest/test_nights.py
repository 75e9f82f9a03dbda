"""Nights and weekends, by the clock of a zone, also where that is changed."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from router.backtest.nights import Calendar, Night, Span, read_night

BERLIN = ZoneInfo("Europe/Berlin")
SINCE = datetime(2026, 3, 1, tzinfo=UTC)
UNTIL = datetime(2026, 12, 1, tzinfo=UTC)


def span_at(moment: datetime, zone: ZoneInfo = BERLIN, night: str = "22:00-07:00") -> Span:
    ((span, count),) = Calendar(SINCE, UNTIL, zone, read_night(night)).count(moment)
    assert count == 1
    return span


@pytest.mark.parametrize(
    ("moment", "night"),
    [
        (datetime(2026, 6, 2, 19, 59, 59, tzinfo=UTC), None),
        (datetime(2026, 6, 2, 20, 0, tzinfo=UTC), date(2026, 6, 2)),
        (datetime(2026, 6, 3, 4, 59, tzinfo=UTC), date(2026, 6, 2)),
        (datetime(2026, 6, 3, 5, 0, tzinfo=UTC), None),
        (datetime(2026, 11, 3, 20, 30, tzinfo=UTC), None),
        (datetime(2026, 11, 3, 21, 0, tzinfo=UTC), date(2026, 11, 3)),
    ],
)
def test_a_night_is_by_the_local_clock_in_summer_and_in_winter(moment: datetime, night: date | None) -> None:
    assert span_at(moment).night == night


def test_a_weekend_is_by_the_local_calendar() -> None:
    friday_night = datetime(2026, 6, 5, 22, 30, tzinfo=UTC)  # 00:30 on Saturday in Berlin

    assert span_at(friday_night).is_weekend
    assert not span_at(friday_night, ZoneInfo("UTC")).is_weekend


def test_the_night_in_which_clocks_go_back_is_an_hour_longer() -> None:
    calendar = Calendar(SINCE, UNTIL, BERLIN, Night())
    evening = datetime(2026, 10, 24, 10, tzinfo=UTC)

    counted = Counter({span.night: 0 for span, _ in calendar.count(evening, 60, 24 * 60)})
    for span, count in calendar.count(evening, 60, 24 * 60):
        counted[span.night] += count

    assert counted[date(2026, 10, 24)] == 10 * 60


def test_a_night_that_ends_in_the_hour_that_comes_twice_holds_as_the_clock_shows() -> None:
    first = datetime(2026, 10, 25, 0, 29, tzinfo=UTC)  # 02:29, summer time
    shown = [span_at(first + timedelta(minutes=30 * n), night="22:00-02:30").night for n in range(4)]

    assert [night is not None for night in shown] == [True, False, True, False]


@given(
    st.sampled_from(["Europe/Berlin", "UTC", "America/New_York", "Asia/Kathmandu", "Australia/Lord_Howe"]),
    st.integers(0, 300 * 86_400),
    st.sampled_from([30, 60, 420, 3_600]),
    st.integers(1, 3_000),
    st.sampled_from(["22:00-07:00", "00:00-06:00", "23:30-02:15"]),
)
def test_counting_many_moments_is_counting_each(
    zone: str, offset: int, every_s: int, times: int, night: str
) -> None:
    calendar = Calendar(SINCE, UNTIL, ZoneInfo(zone), read_night(night))
    at = SINCE - timedelta(days=10) + timedelta(seconds=offset)

    together: Counter[Span] = Counter()
    for span, count in calendar.count(at, every_s, times):
        together[span] += count

    each = Counter(
        span
        for number in range(times)
        for span, _ in calendar.count(at + timedelta(seconds=every_s * number))
    )
    assert together == each
    for span in each:
        assert span.night is None or abs((span.night - span.day).days) <= 1


@given(st.integers(0, 270 * 96))
def test_every_moment_is_what_its_own_clock_shows(quarter: int) -> None:
    moment = SINCE + timedelta(minutes=15 * quarter + 7)
    local = moment.astimezone(BERLIN)

    span = span_at(moment)

    assert span.day == local.date()
    assert span.is_weekend == (local.weekday() >= 5)
    assert (span.night is not None) == (local.hour >= 22 or local.hour < 7)


@pytest.mark.parametrize("text", ["", "22-7", "24:00-07:00", "22:00-22:00", "22:00 07:00", "22:60-07:00"])
def test_what_is_no_night_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="write it as 22:00-07:00"):
        read_night(text)
