"""Who gets a thread to send with, when some destinations never answer."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from router.delivery.slots import Slots


def take_all(slots: Slots, destination: str) -> int:
    """Take what there is and return how many that were."""
    taken = 0
    while slots.take(destination):
        taken += 1
    return taken


@pytest.mark.parametrize(("threads", "shares"), [(4, [2, 1, 1]), (16, [8, 4, 2]), (2, [1, 1]), (1, [1])])
def test_each_destination_leaves_as_many_slots_as_it_takes(threads: int, shares: list[int]) -> None:
    slots = Slots(threads)
    assert [take_all(slots, str(number)) for number in range(len(shares))] == shares


@pytest.mark.parametrize("threads", [2, 4, 16])
def test_slow_destinations_leave_half_of_the_slots_to_the_others(threads: int) -> None:
    slots = Slots(threads)
    slow = [f"slow {number}" for number in range(20)]
    for destination in slow:
        slots.take(destination)
        slots.give(destination, took_s=7.0)
    assert sum(take_all(slots, destination) for destination in slow) == threads // 2
    assert set(slow) <= set(slots.full())
    assert slots.take("well")


def test_a_destination_that_answers_quickly_again_has_its_share_back() -> None:
    slots = Slots(8)
    for took_s in (7.0, 0.1):
        slots.take("a")
        slots.give("a", took_s)
    assert take_all(slots, "a") == 4


def test_a_slot_that_was_given_back_without_a_send_says_nothing_about_its_destination() -> None:
    slots = Slots(8)
    slots.take("a")
    slots.give("a", took_s=7.0)
    slots.take("a")
    slots.give("a")
    assert take_all(slots, "a") == 2


@given(st.integers(1, 32), st.lists(st.tuples(st.sampled_from("abcde"), st.booleans(), st.floats(0, 9))))
def test_no_more_slots_are_taken_than_there_are_threads(
    threads: int, acts: list[tuple[str, bool, float]]
) -> None:
    slots = Slots(threads)
    held: list[str] = []
    for destination, gives, took_s in acts:
        if gives and held:
            slots.give(held.pop(), took_s)
        elif slots.take(destination):
            held.append(destination)
        assert len(held) <= threads
