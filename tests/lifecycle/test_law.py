"""Each line of the law of intake; the numbers are those of the captures in docs/facts.md."""

from __future__ import annotations

from datetime import datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from router.lifecycle.incidents import Episode, Told, meaning
from tests.lifecycle.people import at

SECONDS = st.integers(-86_400, 86_400)
MOMENTS = SECONDS.map(at)
BEGINNINGS = st.one_of(st.none(), MOMENTS)
EPISODES = st.builds(Episode, starts_at=BEGINNINGS, last_heard_at=MOMENTS)
FIRINGS = st.builds(Told, firing=st.just(True), starts_at=BEGINNINGS, ends_at=st.none())


def firing(starts_at: datetime | None) -> Told:
    return Told(True, starts_at, None)


def resolved(ends_at: datetime | None, starts_at: datetime | None = None) -> Told:
    return Told(False, starts_at, ends_at)


def heard(starts_at: datetime | None, last_heard_at: datetime) -> Episode:
    return Episode(starts_at, last_heard_at)


def test_firing_that_is_not_open_is_new() -> None:
    """[01]"""
    assert meaning(firing(at(0)), []) == "new"


def test_firing_after_a_resolve_is_new_whatever_its_start_says() -> None:
    """[67], [76]: the old `startsAt` comes back after a silence or a cut; what was resolved is not open."""
    assert meaning(firing(at(-7200)), []) == "new"


def test_firing_while_open_is_a_reminder() -> None:
    """[21], [22]: reminders and retries are byte-identical."""
    assert meaning(firing(at(0)), [heard(at(0), at(1))]) == "reminder"


def test_an_ha_twin_is_a_reminder() -> None:
    """[41], [42]: two peers differ in `externalURL` only."""
    assert meaning(firing(at(0)), [heard(at(0), at(0.1))]) == "reminder"


def test_a_start_that_moved_earlier_is_a_reminder() -> None:
    """[72], [73]: a second sender of the same alert joined."""
    assert meaning(firing(at(-300)), [heard(at(0), at(30))]) == "reminder"


def test_a_later_start_that_is_not_later_than_the_last_hearing_is_a_reminder() -> None:
    """[58], [60]: a second sender that saw it begin a little later, heard through the other peer."""
    assert meaning(firing(at(20)), [heard(at(0), at(30))]) == "reminder"


def test_a_start_later_than_the_stored_one_and_than_the_last_hearing_is_a_new_episode() -> None:
    """Section 6.3, [38], [39]: silenced, resolved, fired again, the silence ended: the resolve never came."""
    assert meaning(firing(at(5000)), [heard(at(0), at(30))]) == "new_episode"


def test_a_start_at_the_very_moment_of_the_last_hearing_is_a_reminder() -> None:
    assert meaning(firing(at(30)), [heard(at(0), at(30))]) == "reminder"


def test_a_first_start_where_none_was_known_is_a_new_episode_only_if_later_than_the_last_hearing() -> None:
    """Section 6.9: year 1 and nothing are both None."""
    assert meaning(firing(at(31)), [heard(None, at(30))]) == "new_episode"
    assert meaning(firing(at(29)), [heard(None, at(30))]) == "reminder"


def test_firing_without_a_start_is_never_a_new_episode() -> None:
    """Section 5: legacy Grafana sends no times."""
    assert meaning(firing(None), [heard(None, at(0))]) == "reminder"
    assert meaning(firing(None), [heard(at(0), at(0))]) == "reminder"


def test_a_start_in_the_future_is_a_reminder_when_it_is_the_stored_one() -> None:
    """[31]: `startsAt` may be in the future."""
    assert meaning(firing(at(600)), [heard(at(600), at(30))]) == "reminder"


def test_a_resolve_ends_the_episode() -> None:
    """[03], [43]"""
    assert meaning(resolved(at(60)), [heard(at(0), at(30))]) == "resolved"


def test_a_resolve_at_the_moment_of_the_start_ends_the_episode() -> None:
    assert meaning(resolved(at(0)), [heard(at(0), at(30))]) == "resolved"


def test_a_late_resolve_of_the_episode_before_ends_nothing() -> None:
    """[43]: the other peer's copy of a resolve, after the alert has fired anew."""
    assert meaning(resolved(at(60)), [heard(at(100), at(101))]) == "unknown_resolve"


def test_a_resolve_without_times_ends_the_episode() -> None:
    """Section 5: legacy Grafana sends no times."""
    assert meaning(resolved(None), [heard(at(0), at(30))]) == "resolved"
    assert meaning(resolved(at(60)), [heard(None, at(30))]) == "resolved"


def test_a_resolve_of_what_was_never_heard_firing_is_unknown() -> None:
    """[04], section 6.4"""
    assert meaning(resolved(at(60)), []) == "unknown_resolve"


def test_a_second_resolve_is_unknown() -> None:
    """[43]: both peers of a pair send it; the first has closed the incident."""
    assert meaning(resolved(at(60)), []) == "unknown_resolve"


@given(
    FIRINGS,
    st.lists(EPISODES, min_size=1, max_size=4).flatmap(lambda e: st.tuples(st.just(e), st.permutations(e))),
)
def test_the_order_of_the_open_incidents_makes_no_difference(
    told: Told, episodes: tuple[list[Episode], list[Episode]]
) -> None:
    assert meaning(told, episodes[0]) == meaning(told, episodes[1])


@given(BEGINNINGS, MOMENTS, st.integers(0, 10))
def test_hearing_the_same_firing_again_is_always_a_reminder(
    starts_at: datetime | None, first_heard_at: datetime, times: int
) -> None:
    for later in range(times):
        last_heard_at = first_heard_at + timedelta(seconds=later)
        assert meaning(firing(starts_at), [heard(starts_at, last_heard_at)]) == "reminder"


@given(MOMENTS, st.integers(1, 86_400), MOMENTS)
def test_a_resolve_never_ends_an_episode_that_began_after_it(
    ended: datetime, gap: int, last_heard_at: datetime
) -> None:
    episode = heard(ended + timedelta(seconds=gap), last_heard_at)
    assert meaning(resolved(ended), [episode]) == "unknown_resolve"


@given(EPISODES, st.integers(0, 86_400))
def test_a_new_outage_that_began_after_we_last_heard_is_never_taken_for_a_reminder(
    episode: Episode, gap: int
) -> None:
    later = max(episode.last_heard_at, episode.starts_at or episode.last_heard_at)
    assert meaning(firing(later + timedelta(seconds=gap + 1)), [episode]) == "new_episode"


@given(st.booleans(), BEGINNINGS, BEGINNINGS, st.lists(EPISODES, max_size=3))
def test_every_alert_has_one_of_the_five_meanings(
    fires: bool, starts_at: datetime | None, ends_at: datetime | None, episodes: list[Episode]
) -> None:
    means = meaning(Told(fires, starts_at, ends_at), episodes)
    if fires:
        assert means in ({"reminder", "new_episode"} if episodes else {"new"})
    else:
        assert means in ({"resolved", "unknown_resolve"} if episodes else {"unknown_resolve"})
