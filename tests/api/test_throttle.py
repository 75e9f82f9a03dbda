"""The throttle alone, with a clock that is moved."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta

from router.api.throttle import Throttle

NOW = datetime(2026, 6, 23, 14, 0, tzinfo=UTC)


def test_the_window_slides() -> None:
    throttle = Throttle(limit=2, window_s=60)
    assert throttle.attempt("a", NOW) == 0
    assert throttle.attempt("a", NOW + timedelta(seconds=30)) == 0
    assert throttle.attempt("a", NOW + timedelta(seconds=45)) == 15
    assert throttle.attempt("a", NOW + timedelta(seconds=60)) == 0
    assert throttle.attempt("a", NOW + timedelta(seconds=61)) == 29


def test_keys_do_not_share_a_count() -> None:
    throttle = Throttle(limit=1)
    assert throttle.attempt("a", NOW) == 0
    assert throttle.attempt("b", NOW) == 0


def test_what_was_forgiven_does_not_count() -> None:
    throttle = Throttle(limit=1)
    throttle.attempt("a", NOW)
    throttle.forgive("a")
    assert throttle.attempt("a", NOW) == 0
    throttle.forgive("never seen")


def test_memory_is_bounded_and_the_oldest_goes_first() -> None:
    throttle = Throttle(limit=1, max_keys=3)
    for key in "abcd":
        assert throttle.attempt(key, NOW) == 0
    assert throttle.attempt("a", NOW) == 0
    assert throttle.attempt("d", NOW) > 0


def test_attempts_at_the_same_time_are_all_counted() -> None:
    throttle = Throttle(limit=5)
    with ThreadPoolExecutor(16) as threads:
        waits = list(threads.map(lambda _: throttle.attempt("a", NOW), range(64)))
    assert waits.count(0) == 5
