"""A destination is failing when its last five sends, to whomever they went, have all failed."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from router.lifecycle.failing import SENDS, WITHIN, Tried, is_failing
from router.lifecycle.sending import AfterFailure, brings_next_contact

NOW = datetime(2026, 3, 3, 3, 0, tzinfo=UTC)


def tried(*, ok: bool = False, tries: int = 1, ordered: float = 60, at: float = 10) -> Tried:
    """Return a notification that was ordered, and tried last, so many seconds ago."""
    return Tried(ok, tries, NOW - timedelta(seconds=ordered), NOW - timedelta(seconds=at))


ANY = st.builds(
    lambda ok, tries, at, waited: tried(ok=ok, tries=tries, at=at, ordered=at + waited),
    st.booleans(),
    st.integers(1, 6),
    st.integers(0, 1200),
    st.integers(0, 1200),
)


@given(st.lists(ANY, max_size=12))
def test_a_success_just_now_means_that_it_works(found: list[Tried]) -> None:
    assert not is_failing([*found, tried(ok=True, at=0)], NOW)


@given(st.lists(ANY, max_size=12))
def test_five_sends_that_failed_after_everything_else_are_enough(found: list[Tried]) -> None:
    later = [replace(one, at=one.at - timedelta(seconds=30)) for one in found]
    assert is_failing([*later, *[tried(at=1)] * SENDS], NOW)


@given(st.lists(ANY, max_size=12))
def test_it_does_not_matter_in_which_order_they_are_looked_at(found: list[Tried]) -> None:
    assert is_failing(found, NOW) == is_failing(found[::-1], NOW)


@given(st.lists(ANY, max_size=12))
def test_what_is_longer_ago_than_ten_minutes_says_nothing(found: list[Tried]) -> None:
    assert not is_failing([replace(one, at=one.at - WITHIN) for one in found], NOW)


def test_the_tries_of_two_people_count_together() -> None:
    assert not is_failing([tried(tries=2), tried(tries=2)], NOW)
    assert is_failing([tried(tries=3), tried(tries=2)], NOW)


def test_tries_that_may_have_been_before_a_success_do_not_count() -> None:
    success = tried(ok=True, at=30)
    assert not is_failing([success, tried(tries=5, ordered=31)], NOW)
    assert is_failing([success, tried(tries=5, ordered=29)], NOW)


def test_the_first_failure_brings_in_the_next_contact_only_while_it_is_failing() -> None:
    waits = AfterFailure(2.0, next_contact=False)
    assert [brings_next_contact(waits, 1, failing=failing) for failing in (False, True)] == [False, True]
