"""Firings in a row: how they are counted, when they are flapping, and when that is over."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from router.lifecycle.flapping import Again, Past, Streak, fired_again, remark
from router.lifecycle.model import Plan
from router.lifecycle.spans import ordinal, spell_span
from tests.lifecycle.people import at

PLAN = Plan((), reopen_within_s=600, flap_limit=3)


def past(began: float, ended: float, streak: Streak | None = None) -> Past:
    return Past(at(began), at(ended), 7, streak)


def again(past: Past, now: datetime, plan: Plan = PLAN) -> Again:
    """Return what a firing is that is known to be soon enough."""
    found = fired_again(past, plan, now)
    assert found is not None
    return found


def test_a_firing_soon_after_the_last_is_the_second() -> None:
    assert again(past(0, 60), at(120)).streak == Streak(2, at(0), (at(0), at(120)))


def test_a_firing_long_after_the_last_stands_alone() -> None:
    assert fired_again(past(0, 60), PLAN, at(661)) is None
    assert fired_again(past(0, 60), PLAN, at(660)) is not None


def test_reopen_within_of_nothing_counts_nothing() -> None:
    assert fired_again(past(0, 60), replace(PLAN, reopen_within_s=0), at(60)) is None


def fires(gaps: list[tuple[int, int]], plan: Plan = PLAN) -> list[Streak]:
    """Return the streak after each firing, of which each lasts and is followed by quiet for some seconds."""
    last, streak, found, now = None, None, [], at(0)
    for lasts, quiet in gaps:
        here = fired_again(last, plan, now) if last is not None else None
        streak = here.streak if here is not None else None
        found.append(streak or Streak(1, now))
        ended = now + timedelta(seconds=lasts)
        last = Past(now, ended, 7, streak)
        now = ended + timedelta(seconds=quiet)
    return found


def test_one_more_than_the_limit_within_an_hour_flaps() -> None:
    assert [one.flapping for one in fires([(60, 60)] * 5)] == [False, False, False, True, True]


def test_what_fires_less_often_than_that_never_flaps() -> None:
    slow = fires([(900, 500)] * 20)
    assert slow[-1].times == 20
    assert not any(one.flapping for one in slow)


def test_it_flaps_until_it_has_been_quiet() -> None:
    streaks = fires([(60, 60)] * 4 + [(60, 590)] * 12 + [(60, 601)] + [(60, 60)])
    assert all(one.flapping for one in streaks[3:-1])
    assert (streaks[-1].times, streaks[-1].flapping) == (1, False)


def test_it_flaps_until_it_has_fired_steadily() -> None:
    streaks = fires([(60, 60)] * 5 + [(7200, 60), (60, 60)])
    assert [one.flapping for one in streaks[-2:]] == [True, False]
    assert streaks[-1].times == 7


@given(
    st.lists(st.tuples(st.integers(0, 1500), st.integers(0, 900)), min_size=1, max_size=60),
    st.integers(2, 60),
)
def test_flapping_is_never_said_of_what_did_not_exceed_the_limit(
    gaps: list[tuple[int, int]], limit: int
) -> None:
    plan = replace(PLAN, flap_limit=limit)
    streaks = fires(gaps, plan)
    begins, now = [], at(0)
    for lasts, quiet in gaps:
        begins.append(now)
        now += timedelta(seconds=lasts + quiet)
    hour = timedelta(hours=1)
    most = 0
    for index, streak in enumerate(streaks):
        in_row = begins[index + 1 - streak.times : index + 1]
        most = max(most, sum(begins[index] - hour < began for began in in_row)) if streak.times > 1 else 0
        assert not streak.flapping or most > limit
        assert len(streak.recent) <= limit + 1
        assert streak.since == in_row[0]


@pytest.mark.parametrize(
    ("seconds", "said"),
    [
        (0, "0 seconds"),
        (1, "1 second"),
        (60, "1 minute"),
        (90, "90 seconds"),
        (150, "2 minutes"),
        (2400, "40 minutes"),
        (3600, "1 hour"),
        (5400, "90 minutes"),
        (86400, "1 day"),
        (90000, "25 hours"),
    ],
)
def test_a_span_is_said_in_the_unit_that_says_enough(seconds: int, said: str) -> None:
    assert spell_span(seconds) == said


def test_ordinals() -> None:
    assert [ordinal(n) for n in (1, 2, 3, 4, 11, 12, 13, 21, 102, 111)] == [
        "1st", "2nd", "3rd", "4th", "11th", "12th", "13th", "21st", "102nd", "111th",
    ]  # fmt: skip


def test_the_remark_says_how_often_in_what_time() -> None:
    assert remark(Streak(4, at(0)), at(2400)) == "4th time in 40 minutes"
