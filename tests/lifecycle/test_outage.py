"""An outage of the database is told once, and its end once."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from router.lifecycle.outage import STEADY_FOR, TOLD_AFTER, Outage, Telling, look

START = datetime(2026, 3, 3, 3, 0, tzinfo=UTC)
LOOKS = st.lists(st.tuples(st.booleans(), st.integers(0, 40)), max_size=60)


def told(looks: list[tuple[bool, int]]) -> list[tuple[int, Telling]]:
    """Return what is told at which of the looks, each so many seconds after the one before."""
    outage, now, tellings = Outage(), START, []
    for index, (answered, seconds) in enumerate(looks):
        now += timedelta(seconds=seconds)
        outage, telling = look(outage, answered, now)
        if telling is not None:
            tellings.append((index, telling))
    return tellings


def times(looks: list[tuple[bool, int]]) -> list[datetime]:
    now, found = START, []
    for _, seconds in looks:
        now += timedelta(seconds=seconds)
        found.append(now)
    return found


@given(LOOKS)
def test_away_and_back_take_turns(looks: list[tuple[bool, int]]) -> None:
    kinds = [telling.kind for _, telling in told(looks)]
    assert kinds == ["away", "back"] * (len(kinds) // 2) + ["away"] * (len(kinds) % 2)


@given(LOOKS)
def test_away_is_told_only_after_a_minute_without_any_answer(looks: list[tuple[bool, int]]) -> None:
    at = times(looks)
    for index, telling in told(looks):
        if telling.kind == "away":
            assert telling.until == at[index]
            assert at[index] - telling.since >= TOLD_AFTER
            during = [looks[i][0] for i in range(index + 1) if telling.since < at[i]]
            assert not any(during)


@given(LOOKS)
def test_back_is_told_only_after_it_has_answered_steadily(looks: list[tuple[bool, int]]) -> None:
    at = times(looks)
    for index, telling in told(looks):
        if telling.kind == "back":
            assert at[index] - telling.until >= STEADY_FOR
            assert all(looks[i][0] for i in range(index + 1) if telling.until < at[i])


@given(LOOKS, st.integers(1, 30))
def test_no_outage_that_lasts_a_minute_goes_untold(looks: list[tuple[bool, int]], every: int) -> None:
    steady = [(False, every)] * (60 // every + 2)
    assert "away" in [telling.kind for _, telling in told([*looks, *steady])][-1:]


@given(LOOKS)
def test_no_end_of_an_outage_that_was_told_goes_untold(looks: list[tuple[bool, int]]) -> None:
    tellings = told([*looks, *[(True, 15)] * 3])
    assert [telling.kind for _, telling in tellings][-1:] in ([], ["back"])


def test_an_outage_shorter_than_a_minute_is_not_told() -> None:
    assert told([(False, 0), (False, 59), (True, 1), (False, 1), (False, 58)]) == []


def test_a_process_that_starts_inside_an_outage_waits_a_minute_of_its_own() -> None:
    assert told([(False, 0), (False, 30), (False, 29)]) == []
    ((index, telling),) = told([(False, 0), (False, 30), (False, 30)])
    assert (index, telling) == (2, Telling("away", START, START + timedelta(seconds=60)))


def test_a_clock_that_is_set_back_does_not_put_it_off() -> None:
    tellings = told([(False, 0), (False, -3600), (False, 60)])
    assert [telling.kind for _, telling in tellings] == ["away"]
