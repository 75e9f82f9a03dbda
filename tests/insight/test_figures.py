"""Figures are what a plain count by hand gives."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

from hypothesis import given
from hypothesis import strategies as st

from router.insight import figures
from router.insight.figures import Called, Day, Load, Rung, Times, team_of
from router.insight.period import Period, period_of

ZONES = tuple(
    map(ZoneInfo, ("UTC", "Europe/Berlin", "Asia/Kathmandu", "America/St_Johns", "Pacific/Kiritimati"))
)
NOW = datetime(2026, 4, 5, 12, tzinfo=UTC)  # clocks have just gone forward in Europe

periods = st.builds(period_of, st.just(NOW), st.sampled_from(ZONES), st.integers(1, 20))
spans = st.none() | st.integers(0, 100_000).map(lambda seconds: timedelta(seconds=seconds))


@st.composite
def within(draw: st.DrawFn, period: Period) -> datetime:
    length = int((period.until - period.since).total_seconds())
    return period.since + timedelta(seconds=draw(st.integers(0, length - 1)))


@st.composite
def called(draw: st.DrawFn) -> tuple[Period, list[Called]]:
    period = draw(periods)
    pages = []
    for _ in range(draw(st.integers(0, 12))):
        at = draw(within(period))
        ends = [None if span is None else at + span for span in (draw(spans), draw(spans))]
        pages.append(Called(draw(st.sampled_from(["", "a", "a/x", "a/y", "ab/x"])), at, *ends))
    return period, pages


@given(called())
def test_every_day_has_its_pages(given_: tuple[Period, list[Called]]) -> None:
    period, pages = given_
    found = figures.pages_a_day(pages, period)
    assert [each.day for each in found] == list(period.days())
    for each in found:
        begins = datetime(each.day.year, each.day.month, each.day.day, tzinfo=period.zone)
        ends = begins + timedelta(days=1)  # of the local clock: 23 hours where clocks go forward
        assert each.pages == sum(
            begins.astimezone(UTC) <= page.created_at < ends.astimezone(UTC) for page in pages
        )
    assert sum(each.pages for each in found) == len(pages)


def nearest_rank(values: list[int], share: float) -> int | None:
    """The least of the values that is as long as so great a share of them, or longer."""
    return min(
        (v for v in values if sum(other <= v for other in values) >= share * len(values)), default=None
    )


@given(called())
def test_times_are_nearest_ranks_of_what_happened(given_: tuple[Period, list[Called]]) -> None:
    _, pages = given_

    def expected(team: str) -> Times:
        own = [page for page in pages if page.route.split("/")[0] == team]
        taken = [int((p.acknowledged_at - p.created_at).total_seconds()) for p in own if p.acknowledged_at]
        over = [int((p.resolved_at - p.created_at).total_seconds()) for p in own if p.resolved_at]
        return Times(
            team,
            len(own),
            len(taken),
            nearest_rank(taken, 0.5),
            nearest_rank(taken, 0.9),
            len(over),
            nearest_rank(over, 0.5),
            nearest_rank(over, 0.9),
        )

    found = figures.times(pages, team_of)
    assert {each.name: each for each in found} == {
        t: expected(t) for t in {p.route.split("/")[0] for p in pages}
    }
    assert [each.pages for each in found] == sorted((each.pages for each in found), reverse=True)


@st.composite
def rings(draw: st.DrawFn) -> tuple[Period, list[Rung]]:
    period = draw(periods)
    count = draw(st.integers(0, 12))
    return period, [
        Rung(draw(st.integers(1, 3)), draw(within(period)), draw(st.integers(1, 4))) for _ in range(count)
    ]


def minutes_of_nights(period: Period) -> dict[date, tuple[datetime, datetime]]:
    """Every night that may touch a period, as moments, by the day on which it begins."""
    found = {}
    for day in (period.first - timedelta(days=1), *period.days()):
        evening = datetime(day.year, day.month, day.day, 22, tzinfo=period.zone)
        morning = evening.replace(hour=7) + timedelta(days=1)
        found[day] = evening.astimezone(UTC), morning.astimezone(UTC)
    return found


@given(rings())
def test_load_counts_rings_nights_and_weekends(given_: tuple[Period, list[Rung]]) -> None:
    period, all_rings = given_
    names = {1: "Ann", 2: "Bob"}
    nights = minutes_of_nights(period)

    def expected(user_id: int) -> Load:
        own = [ring for ring in all_rings if ring.user_id == user_id]
        disturbed = {
            day: n for day, (a, b) in nights.items() if (n := count(r for r in own if a <= r.at < b))
        }
        weekends = count(
            ring for ring in own if ring.at.astimezone(period.zone).strftime("%a") in ("Sat", "Sun")
        )
        return Load(user_id, names[user_id], count(own), sum(disturbed.values()), weekends, len(disturbed))

    found = figures.load(all_rings, names, period)
    rung = {ring.user_id for ring in all_rings} & names.keys()
    assert {each.user_id: each for each in found} == {user_id: expected(user_id) for user_id in rung}
    assert [each.at_night for each in found] == sorted((each.at_night for each in found), reverse=True)


def count(some: Iterable[Rung]) -> int:
    return sum(ring.times for ring in some)


def test_nothing_happened_gives_nothing() -> None:
    period = period_of(NOW, ZONES[0], 2)
    assert figures.pages_a_day([], period) == [Day(date(2026, 4, 4), 0), Day(date(2026, 4, 5), 0)]
    assert figures.times([], str) == []
    assert figures.load([], {1: "Ann"}, period) == []


def test_one_page_is_its_own_median_and_p90() -> None:
    page = Called("a/x", NOW, NOW + timedelta(seconds=90), None)
    assert figures.times([page], str) == [Times("a/x", 1, 1, 90, 90, 0, None, None)]


def test_a_share_is_of_the_pages() -> None:
    assert figures.alert("Down", "a", pages=3, fired=9, acknowledged=1).unacknowledged_share == 0.667
