"""Hours are the same when they hold at the same moments, however they are written."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rules.diff.hours import open_hours
from rules.intervals import Interval, is_muted
from rules.model import TimeIntervals
from rules.places import Place

LONDON = ZoneInfo("Europe/London")
NINE_TO_FIVE = (540, 1020)


def named(*intervals: Interval) -> TimeIntervals:
    return TimeIntervals("office", intervals, Place("a.yml", 1))


def ranges(*bounds: int) -> st.SearchStrategy[Any]:
    spans = [(start, end) for start in bounds for end in bounds if start < end]
    return st.none() | st.lists(st.sampled_from(spans), min_size=1, max_size=2).map(tuple)


WEEKLY = st.builds(Interval, times=ranges(0, 540, 1020, 1440), weekdays=ranges(0, 2, 4, 6), zone=st.just(UTC))
SEASONAL = st.builds(
    Interval,
    times=ranges(0, 720, 1440),
    days_of_month=ranges(1, 15, 31),
    months=ranges(1, 6, 12),
    years=ranges(2025, 2026, 2027),
    zone=st.just(LONDON),
)
WEEK = [datetime(2026, 3, 1, tzinfo=UTC) + timedelta(hours=hour) for hour in range(0, 7 * 24, 3)]
YEARS = [
    datetime(2024, 1, 1, 1, tzinfo=UTC) + timedelta(hours=hour) for hour in range(0, 5 * 8766, 11 * 24 + 5)
]


def open_at(moments: list[datetime], active: list[Interval], mute: list[Interval]) -> list[bool]:
    return [not is_muted(tuple(active) or None, tuple(mute), at) for at in moments]


def form(active: list[Interval], mute: list[Interval]) -> object:
    return open_hours([named(*active)] if active else [], [named(*mute)] if mute else [])


def lists(of: st.SearchStrategy[Interval]) -> st.SearchStrategy[list[Interval]]:
    return st.lists(of, max_size=2)


@settings(max_examples=300, deadline=None)
@given(lists(WEEKLY), lists(WEEKLY), lists(WEEKLY), lists(WEEKLY))
def test_weekly_hours_are_equal_just_when_they_are_at_every_moment(
    active: list[Interval], mute: list[Interval], others: list[Interval], other_mutes: list[Interval]
) -> None:
    same = open_at(WEEK, active, mute) == open_at(WEEK, others, other_mutes)

    assert (form(active, mute) == form(others, other_mutes)) is same


@settings(max_examples=150, deadline=None)
@given(lists(SEASONAL), lists(SEASONAL), lists(SEASONAL), lists(SEASONAL))
def test_equal_hours_are_the_same_at_every_moment_of_years(
    active: list[Interval], mute: list[Interval], others: list[Interval], other_mutes: list[Interval]
) -> None:
    if form(active, mute) == form(others, other_mutes):
        assert open_at(YEARS, active, mute) == open_at(YEARS, others, other_mutes)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ([Interval(weekdays=((1, 5),))], [Interval(weekdays=((1, 2), (3, 5)))]),
        ([Interval(weekdays=((1, 5),))], [Interval(weekdays=((1, 3),)), Interval(weekdays=((2, 5),))]),
        ([Interval(times=((0, 600), (600, 1440)))], [Interval()]),
        ([Interval(months=((1, 12),), times=(NINE_TO_FIVE,))], [Interval(times=(NINE_TO_FIVE,))]),
        (
            [Interval(days_of_month=((-1, -1),), months=((1, 1),))],
            [Interval(days_of_month=((31, 31),), months=((1, 1),))],
        ),
        (
            [Interval(years=((2020, 2029),)), Interval(years=((2030, 2039),))],
            [Interval(years=((2020, 2039),))],
        ),
        ([Interval(times=())], [Interval(weekdays=())]),
    ],
)
def test_other_spellings_of_the_same_hours_are_equal(one: list[Interval], other: list[Interval]) -> None:
    assert open_hours([named(*one)], []) == open_hours([named(*other)], [])


def test_hours_to_be_silent_are_equal_to_the_others_to_page() -> None:
    nights = named(Interval(times=((0, 540), (1020, 1440))))

    assert open_hours([], [nights]) == open_hours([named(Interval(times=(NINE_TO_FIVE,)))], [])


def test_the_same_times_in_another_zone_are_other_hours() -> None:
    here = open_hours([named(Interval(times=(NINE_TO_FIVE,)))], [])
    there = open_hours([named(Interval(times=(NINE_TO_FIVE,), zone=LONDON))], [])

    assert here != there


def test_hours_of_several_zones_are_equal_in_any_order() -> None:
    day, night = Interval(times=(NINE_TO_FIVE,), zone=LONDON), Interval(times=((0, 60),))

    assert open_hours([named(day), named(night)], []) == open_hours([named(night, day)], [])


def test_hours_are_told_in_words() -> None:
    hours = open_hours([named(Interval(times=(NINE_TO_FIVE,), weekdays=((1, 5),), zone=LONDON))], [])

    assert hours is not None
    assert hours.words == "only in office (Mon-Fri 09:00-17:00 Europe/London)"
