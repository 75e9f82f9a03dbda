"""Hours: clock changes, month ends, and when the next hour comes."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from rules.intervals import Interval, is_muted, next_active
from tests.rules.writing import asked, ruled

LONDON = ZoneInfo("Europe/London")
MINUTE = timedelta(minutes=1)


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def span(start: str, end: str) -> tuple[int, int]:
    first, last = (int(clock[:2]) * 60 + int(clock[3:]) for clock in (start, end))
    return first, last


def minutes_held(interval: Interval, start: str, hours: int) -> list[str]:
    moments = (at(start) + n * MINUTE for n in range(hours * 60))
    return [moment.strftime("%H:%M") for moment in moments if interval.contains(moment)]


def test_an_hour_skipped_in_spring_never_comes() -> None:
    skipped = Interval(times=(span("01:10", "01:50"),), zone=LONDON)

    assert minutes_held(skipped, "2026-03-29T00:00", 24) == []
    assert next_active((skipped,), (), at("2026-03-29T00:30")) == at("2026-03-30T00:10")


def test_an_hour_repeated_in_autumn_comes_twice() -> None:
    repeated = Interval(times=(span("01:10", "01:12"),), zone=LONDON)

    assert minutes_held(repeated, "2026-10-25T00:00", 24) == ["00:10", "00:11", "01:10", "01:11"]
    assert next_active((repeated,), (), at("2026-10-25T00:30")) == at("2026-10-25T01:10")


def test_a_range_that_starts_in_the_skipped_hour_starts_with_the_jump() -> None:
    office = Interval(times=(span("01:30", "03:00"),), zone=LONDON)

    assert next_active((office,), (), at("2026-03-29T00:00")) == at("2026-03-29T01:00")


def test_a_range_over_the_repeated_hour_is_one_stretch() -> None:
    night = Interval(times=(span("00:30", "02:00"),), zone=LONDON)

    assert len(minutes_held(night, "2026-10-24T23:00", 5)) == 150


def test_midnight_that_is_skipped_is_the_jump() -> None:
    day = Interval(weekdays=((0, 0),), zone=ZoneInfo("America/Havana"))  # clocks go from 00:00 to 01:00

    assert next_active((day,), (), at("2026-03-07T12:00")) == at("2026-03-08T05:00")


def test_24_00_is_the_end_of_the_day() -> None:
    whole = Interval(times=(span("22:00", "24:00"),))

    assert whole.contains(at("2026-03-02T23:59"))
    assert not whole.contains(at("2026-03-03T00:00"))


def test_the_end_of_a_range_is_not_in_it() -> None:
    office = Interval(times=(span("09:00", "17:00"),))

    assert [office.contains(at(f"2026-03-02T{clock}")) for clock in ("08:59", "09:00", "16:59", "17:00")] == [
        False,
        True,
        True,
        False,
    ]


@pytest.mark.parametrize(
    ("days", "date", "holds"),
    [
        ((-1, -1), "2026-02-28", True),
        ((-1, -1), "2028-02-28", False),
        ((-1, -1), "2028-02-29", True),
        ((-1, -1), "2026-03-31", True),
        ((-3, -2), "2026-04-28", True),
        ((-3, -2), "2026-04-30", False),
        ((31, 31), "2026-04-30", False),
        ((29, 31), "2026-02-28", False),
        ((28, 31), "2026-02-28", True),
        ((1, -1), "2026-02-28", True),
        ((-31, -31), "2026-03-01", True),
        ((-31, -31), "2026-02-01", False),
        ((-31, -29), "2026-02-01", False),
        ((-31, -28), "2026-02-01", True),
    ],
)
def test_days_of_the_month_are_counted_from_either_end(days: tuple[int, int], date: str, holds: bool) -> None:
    assert Interval(days_of_month=(days,)).contains(at(f"{date}T12:00")) is holds


def test_the_last_day_of_a_month_in_which_clocks_change() -> None:
    assert Interval(days_of_month=((-1, -1),), zone=LONDON).contains(at("2026-03-31T12:00"))


def test_sunday_is_the_first_day_of_the_week() -> None:
    assert Interval(weekdays=((0, 0),)).contains(at("2026-03-01T12:00"))
    assert Interval(weekdays=((6, 6),)).contains(at("2026-02-28T12:00"))


def test_the_day_is_the_zones_own() -> None:
    monday = Interval(weekdays=((1, 1),), zone=ZoneInfo("Pacific/Auckland"))

    assert monday.contains(at("2026-03-01T12:00"))


def test_an_empty_list_never_holds_and_a_missing_one_always_does() -> None:
    assert Interval().contains(at("2026-03-01T12:00"))
    assert not Interval(times=()).contains(at("2026-03-01T12:00"))
    assert next_active((Interval(months=()),), (), at("2026-03-01T12:00")) is None


@pytest.mark.parametrize(
    ("interval", "comes"),
    [
        (Interval(years=((2031, 2031),)), "2031-01-01T00:00"),
        (Interval(years=((2020, 2025),)), None),
        (Interval(months=((2, 2),), days_of_month=((29, 29),), weekdays=((1, 1),)), "2044-02-29T00:00"),
        (Interval(months=((2, 2),), days_of_month=((30, 30),)), None),
        (Interval(months=((13, 13),)), None),
        (Interval(months=((1, 1),)), "2027-01-01T00:00"),
        (Interval(years=((9999, 9999),)), None),
    ],
)
def test_the_next_hour_is_found_however_far(interval: Interval, comes: str | None) -> None:
    assert next_active((interval,), (), at("2026-03-02T12:00")) == (at(comes) if comes else None)


def test_hours_that_a_mute_always_covers_never_come() -> None:
    office = Interval(times=(span("09:00", "17:00"),), weekdays=((1, 5),))

    assert next_active((office,), (office,), at("2026-03-02T12:00")) is None


def test_muted_is_outside_the_active_or_inside_the_mute() -> None:
    office, lunch = Interval(times=(span("09:00", "17:00"),)), Interval(times=(span("12:00", "13:00"),))
    clocks = ("08:00", "10:00", "12:30", "18:00")

    muted = [is_muted((office,), (lunch,), at(f"2026-03-02T{clock}")) for clock in clocks]

    assert muted == [True, False, True, True]
    assert next_active((office,), (lunch,), at("2026-03-02T12:30")) == at("2026-03-02T13:00")


def ranges(low: int, high: int) -> st.SearchStrategy[tuple[tuple[int, int], ...] | None]:
    pair = st.tuples(st.integers(low, high), st.integers(low, high)).map(lambda p: (min(p), max(p)))
    return st.none() | st.lists(pair, min_size=1, max_size=2).map(tuple)


ZONES = (
    "UTC",
    "Europe/London",
    "America/New_York",
    "Australia/Lord_Howe",
    "Asia/Kathmandu",
    "America/Havana",
)
INTERVALS = st.builds(
    Interval,
    times=ranges(0, 1440),
    weekdays=ranges(0, 6),
    days_of_month=ranges(1, 31),
    months=ranges(1, 12),
    zone=st.sampled_from(ZONES).map(ZoneInfo),
)
CLOCK_CHANGES = (
    "2026-03-29",
    "2026-10-25",
    "2026-03-08",
    "2026-11-01",
    "2026-04-05",
    "2026-10-04",
    "2026-12-31",
)
MOMENTS = st.builds(
    lambda day, minutes: at(day) + minutes * MINUTE, st.sampled_from(CLOCK_CHANGES), st.integers(-2880, 1440)
)


@settings(max_examples=150, deadline=None)
@example((Interval(times=((0, 1),), zone=ZoneInfo("America/Havana")),), (), at("2026-11-01T03:30"))
@given(
    st.none() | st.lists(INTERVALS, min_size=1, max_size=2).map(tuple),
    st.lists(INTERVALS, max_size=2).map(tuple),
    MOMENTS,
)
def test_the_next_hour_agrees_with_waiting_minute_by_minute(
    active: tuple[Interval, ...] | None, mute: tuple[Interval, ...], now: datetime
) -> None:
    waited = next((n for n in range(3 * 1440) if not is_muted(active, mute, now + n * MINUTE)), None)

    found = next_active(active, mute, now)

    if waited is not None:
        assert found == now + waited * MINUTE
    else:
        assert found is None or found >= now + 3 * 1440 * MINUTE


RULES = """
    time_intervals:
      office:
        - weekdays: ["monday:friday"]
          times: [{start_time: 09:00, end_time: 17:00}]
          location: Europe/London
      lunch: [{times: [{start_time: 12:00, end_time: 13:00}], location: Europe/London}]
      past: [{years: ["1999"]}]
    routes:
      - {name: office, matchers: [r=office], active_time_intervals: [office], mute_time_intervals: [lunch]}
      - {name: never, matchers: [r=never], active_time_intervals: [past]}
      - {name: both, matchers: [r=both], active_time_intervals: [past, office], continue: true}
      - {name: always, matchers: [r=both]}
"""


@pytest.mark.parametrize(
    ("route", "now", "held", "until"),
    [
        ("office", "2026-03-02T10:00", False, None),
        ("office", "2026-03-02T12:30", True, "2026-03-02T13:00"),
        ("office", "2026-03-02T17:00", True, "2026-03-03T09:00"),
        ("office", "2026-03-27T17:30", True, "2026-03-30T08:00"),
        ("never", "2026-03-02T10:00", True, None),
        ("both", "2026-03-02T10:00", False, None),
        ("both", "2026-03-01T10:00", True, "2026-03-02T09:00"),
    ],
)
def test_a_route_outside_its_hours_takes_the_alert_and_holds_it(
    route: str, now: str, held: bool, until: str | None
) -> None:
    decision = asked(ruled(a=RULES), at(now), r=route)[0]

    assert (decision.terminal.name, decision.held) == (route, held)
    assert decision.held_until == (at(until) if until else None)


def test_each_route_of_one_alert_has_its_own_hours() -> None:
    decisions = asked(ruled(a=RULES), at("2026-03-01T10:00"), r="both")

    assert [(decision.terminal.name, decision.held) for decision in decisions] == [
        ("both", True),
        ("always", False),
    ]


def test_what_is_remembered_of_hours_follows_the_clock_both_ways() -> None:
    rules = ruled(a=RULES)
    moments = [at("2026-03-02T08:59"), at("2026-03-02T09:00"), at("2026-03-02T08:59"), at("2026-03-01T09:00")]

    decisions = [asked(rules, moment, r="office")[0] for moment in moments * 2]

    nine = at("2026-03-02T09:00")
    expected = [(True, nine), (False, None), (True, nine), (True, nine)]
    assert [(decision.held, decision.held_until) for decision in decisions] == expected * 2
