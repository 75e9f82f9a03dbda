"""What a case expects is compared with what the rules do, and nothing else."""

from __future__ import annotations

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rules.expectations import Awaited, Expectation, compare
from rules.model import Chain, Step, Target
from tests.rules.making import AUDIT, NOON, STRIPE, explained, terminal

PAYMENTS, JANE = Target("group", "payments"), Target("user", "jane@example.com")
MANAGERS, SRE, AUDITORS = (Target("group", name) for name in ("managers", "sre", "auditors"))


def expecting(**fields: object) -> Expectation:
    return Expectation(fields)  # type: ignore[arg-type]


def timeline(*entries: tuple[int, Target]) -> Expectation:
    return Expectation({}, timeline=tuple(Awaited(at_s, (target,)) for at_s, target in entries))


def test_nothing_expected_is_nothing_compared() -> None:
    assert compare(Expectation({}), [explained(terminal())]) == ()


def test_routes_are_compared_in_order() -> None:
    both = [explained(terminal("payments/audit", AUDIT)), explained(terminal())]

    assert compare(Expectation({}, routes=("payments/audit", "payments/stripe")), both) == ()
    assert compare(Expectation({}, routes=("payments/stripe", "payments/audit")), both)
    assert compare(Expectation({}, routes=("payments/stripe",)), both)


def test_a_priority_is_asked_of_every_page() -> None:
    both = [explained(terminal("payments/audit", AUDIT), priority="low"), explained(terminal())]

    (mismatch,) = compare(expecting(priority="high"), both)

    assert (mismatch.expected, mismatch.got) == ("high", "low (payments/audit), high (payments/stripe)")


def test_a_list_gives_one_value_for_each_route() -> None:
    both = [explained(terminal("payments/audit", AUDIT), priority="low"), explained(terminal())]

    assert compare(expecting(priority=("low", "high")), both) == ()
    assert compare(expecting(priority=("high", "low")), both)
    assert compare(expecting(priority=("low",)), both)


def test_a_chain_is_asked_of_one_route() -> None:
    both = [explained(terminal("payments/audit", AUDIT)), explained(terminal())]

    assert compare(expecting(chain="payments/stripe"), both) == ()
    assert compare(expecting(chain="payments/other"), both)


def test_suppressed_is_the_name_of_the_route() -> None:
    silent = [explained(terminal("staging", None, suppress="only production wakes people"))]

    assert compare(expecting(suppressed="staging"), silent) == ()
    assert compare(expecting(suppressed="only production wakes people"), silent)


def test_null_is_asked_of_every_route() -> None:
    silent = explained(terminal("staging", None, suppress="only production wakes people"))

    assert compare(expecting(suppressed=None), [explained(terminal())]) == ()
    assert compare(expecting(suppressed=None), [silent, explained(terminal())])


def test_a_suppressing_route_is_not_asked_how_it_pages() -> None:
    silent = explained(terminal("staging", None, suppress="only production wakes people"), priority="low")

    assert compare(expecting(priority="high"), [silent, explained(terminal())]) == ()


def test_a_held_page_is_told_by_one_of_the_routes() -> None:
    both = [
        explained(terminal("payments/audit", AUDIT)),
        explained(terminal(), held=True, held_until=NOON + timedelta(hours=6)),
    ]

    assert compare(expecting(held_until="2026-03-02T18:00:00Z"), both) == ()
    assert compare(expecting(held_until="2026-03-02T18:00:01Z"), both)


def test_others_may_stand_between_the_expected_entries() -> None:
    assert compare(timeline((0, PAYMENTS), (900, SRE)), [explained(terminal())]) == ()


def test_entries_happen_in_their_order() -> None:
    (mismatch,) = compare(timeline((300, JANE), (0, PAYMENTS)), [explained(terminal())])

    assert mismatch.expected == "[5m user jane@example.com, 0s group payments]"
    assert mismatch.got == (
        "[0s group payments, 5m user jane@example.com, 15m group managers, 15m group sre]"
    )


def test_one_moment_has_no_order() -> None:
    both = [explained(terminal("payments/audit", AUDIT)), explained(terminal())]

    assert compare(timeline((0, PAYMENTS), (0, AUDITORS), (900, SRE), (900, MANAGERS)), both) == ()


def test_an_entry_asks_for_its_moment() -> None:
    assert compare(timeline((299, JANE)), [explained(terminal())])


def test_each_expected_entry_needs_its_own() -> None:
    assert compare(timeline((0, PAYMENTS), (0, PAYMENTS)), [explained(terminal())])


def test_an_empty_timeline_is_that_nobody_is_paged() -> None:
    silent = explained(terminal("staging", None, suppress="only production wakes people"))
    never = explained(terminal(), held=True)

    assert compare(timeline(), [silent]) == ()
    assert compare(timeline(), [never]) == ()
    assert compare(timeline(), [explained(terminal())])


def test_a_step_after_the_expiry_never_happens() -> None:
    short = [explained(terminal(expires_s=300))]

    assert compare(timeline((0, PAYMENTS)), short) == ()
    assert compare(timeline((300, JANE)), short)


def test_a_held_page_comes_after_one_that_is_not() -> None:
    both = [
        explained(terminal(), held=True, held_until=NOON + timedelta(hours=6)),
        explained(terminal("payments/audit", AUDIT)),
    ]

    assert compare(timeline((0, AUDITORS), (0, PAYMENTS)), both) == ()
    assert compare(timeline((0, PAYMENTS), (0, AUDITORS)), both)


def test_a_trace_names_routes_in_order() -> None:
    both = [explained(terminal("payments/audit", AUDIT)), explained(terminal())]

    assert compare(Expectation({}, trace=("payments/audit", "payments/stripe")), both) == ()
    assert compare(Expectation({}, trace=("payments/stripe", "payments/audit")), both)


@given(st.data())
def test_what_a_chain_does_is_always_as_expected(data: st.DataObject) -> None:
    steps = data.draw(
        st.lists(
            st.tuples(st.integers(0, 5), st.sampled_from([PAYMENTS, JANE, SRE])), min_size=1, unique=True
        )
    )
    steps.sort(key=lambda step: step[0])
    chain = Chain("c", tuple(Step(at_s, (target,)) for at_s, target in steps), STRIPE.place)
    kept = data.draw(st.lists(st.sampled_from(steps), unique=True, min_size=1))
    kept.sort(key=lambda step: step[0])

    assert compare(timeline(*kept), [explained(terminal(chain=chain))]) == ()


@pytest.mark.parametrize(("expires_s", "minutes"), [(None, None), (3600, 60), (90, 1.5)])
def test_an_expiry_is_read_in_minutes(expires_s: int | None, minutes: float | None) -> None:
    assert compare(expecting(expires_minutes=minutes), [explained(terminal(expires_s=expires_s))]) == ()
