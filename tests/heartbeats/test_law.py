"""The pure law of heartbeats: never a false alarm after restarts, never a silence that nobody hears of."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from router.lifecycle.heartbeats import DEAF_AFTER, Heart, beat, begin, due_at, falls_silent, miss, watch

START = datetime(2026, 3, 3, 12, 0, tzinfo=UTC)
WITHIN_S = 600
LOOK_S = 5


@dataclass
class World:
    """A PingParrot that looks every few seconds while it is up, and what it knows of one heartbeat."""

    now: datetime = START
    heart: Heart = field(default_factory=lambda: begin(START))
    started: datetime = START
    listened_s: int = 0
    """Seconds since the last beat in which it was up."""

    def pass_time(self, seconds: int) -> None:
        """Let time pass while it is up."""
        for _ in range(seconds // LOOK_S):
            if self.heart.missing_since is not None:
                return
            self.now += timedelta(seconds=LOOK_S)
            self.listened_s += LOOK_S
            self.look(started=False)

    def restart(self, down_s: int) -> None:
        """Let it be down, and start it again."""
        self.now += timedelta(seconds=down_s)
        if down_s <= DEAF_AFTER.total_seconds():
            self.listened_s += down_s  # too short to be told from a slow look
        self.started = self.now
        self.look(started=True)

    def look(self, *, started: bool) -> None:
        self.heart = watch(self.heart, WITHIN_S, self.now, started=started)
        if falls_silent(self.heart, WITHIN_S, self.now):
            self.heart = miss(self.heart, "silent", self.now)

    def hear(self) -> None:
        self.heart = beat(self.heart, self.now)
        self.listened_s = 0


steps = st.lists(
    st.one_of(
        st.tuples(st.just("up"), st.integers(0, 800)),
        st.tuples(st.just("down"), st.integers(0, 5000)),
        st.tuples(st.just("beat"), st.just(0)),
    ),
    max_size=30,
)


def play(world: World, history: list[tuple[str, int]]) -> None:
    for what, seconds in history:
        if world.heart.missing_since is not None:
            return
        if what == "up":
            world.pass_time(seconds)
        elif what == "down":
            world.restart(seconds)
        else:
            world.hear()


@given(steps)
def test_nothing_is_missed_before_it_had_a_full_period_since_its_beat(history: list[tuple[str, int]]) -> None:
    world = World()
    play(world, history)
    if world.heart.missing_since is not None:
        assert world.now - world.heart.heard_at >= timedelta(seconds=WITHIN_S)
        assert world.listened_s >= WITHIN_S


@given(steps)
def test_a_start_gives_a_full_period_unless_two_have_been_listened_through(
    history: list[tuple[str, int]],
) -> None:
    world = World()
    play(world, history)
    if world.heart.missing_since is not None:
        full_period = world.now - world.started >= timedelta(seconds=WITHIN_S)
        assert full_period or world.listened_s >= 2 * WITHIN_S


@given(steps)
def test_no_history_of_restarts_lets_a_silence_pass_for_longer_than_two_periods_of_listening(
    history: list[tuple[str, int]],
) -> None:
    world = World()
    play(world, history)
    assert world.heart.missing_since is not None or world.listened_s < 2 * WITHIN_S + LOOK_S
    world.pass_time(2 * WITHIN_S + LOOK_S)
    assert world.heart.missing_since is not None


@given(steps, st.integers(1, 119))
def test_who_beats_in_time_whenever_it_is_up_is_never_missed(
    history: list[tuple[str, int]], beats_every: int
) -> None:
    world = World()
    for what, seconds in history:
        if what == "down":
            world.restart(seconds)
            world.hear()  # its next try comes through
        for _ in range(seconds // LOOK_S // beats_every if what == "up" else 0):
            world.pass_time(beats_every * LOOK_S)
            assert world.heart.missing_since is None
            world.hear()
    assert world.heart.missing_since is None


@given(steps)
def test_a_beat_brings_back_whatever_was(history: list[tuple[str, int]]) -> None:
    world = World()
    play(world, history)
    world.hear()
    assert world.heart.state == "up"
    assert due_at(world.heart, WITHIN_S) == world.now + timedelta(seconds=WITHIN_S)


def test_a_time_in_which_no_process_looked_is_not_counted_without_a_start_either() -> None:
    world = World()
    world.pass_time(300)
    world.now += timedelta(hours=3)
    world.look(started=False)
    assert due_at(world.heart, WITHIN_S) == world.now + timedelta(seconds=WITHIN_S)


def test_what_is_missing_stays_missing_since_it_first_was() -> None:
    heart = miss(begin(START), "resolved", START)
    later = START + timedelta(hours=1)
    assert miss(heart, "failed", later) == heart
    assert watch(heart, WITHIN_S, later, started=True).missing_since == START
    assert due_at(heart, WITHIN_S) is None


def test_a_shorter_period_in_the_rules_counts_from_the_same_beat() -> None:
    heart = beat(begin(START), START)
    assert not falls_silent(heart, 600, START + timedelta(minutes=5))
    assert falls_silent(heart, 300, START + timedelta(minutes=5))
