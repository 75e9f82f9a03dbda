"""A page emptied by a mass of resolves waits for the heartbeat that proves them."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from router.lifecycle.closing import resolve
from router.lifecycle.doubting import WAIT_S, Pulse, doubt, weigh
from router.lifecycle.due import wake
from router.lifecycle.model import Change, Page, Plan
from router.lifecycle.transitions import join
from tests.lifecycle.people import ON_CALL, REACH, at, kinds, opened, step

PLAN = Plan((step(0, ON_CALL),), acknowledge="any", notify_resolved=True)


def doubted() -> Page:
    """Return a page whose alerts ended after 30 seconds, which is doubted 10 seconds later."""
    page = resolve(opened(PLAN), "Every alert has ended.", at(30), WAIT_S).page
    return doubt(page, "eu-1", "Many resolved.", at(40)).page


def pulse(heard: float, *, missing: bool = False) -> Pulse:
    return Pulse("eu-1", at(heard), missing)


def test_it_is_not_closed_by_time_alone() -> None:
    page = doubted()
    assert (page.closes_at, page.awaits_heartbeat) == (at(90), "eu-1")
    assert wake(page, at(5000), REACH) == Change(page)
    assert weigh(page, pulse(40), at(90)).page.closes_at == at(120)


def test_a_beat_after_the_resolves_closes_it() -> None:
    change = weigh(doubted(), pulse(41), at(90))
    assert (change.page.closed_reason, change.page.doubted_at, len(change.notify)) == ("resolved", None, 1)


def test_that_the_monitoring_is_down_is_said_once() -> None:
    down = weigh(doubted(), pulse(20, missing=True), at(90))
    again = weigh(down.page, pulse(20, missing=True), at(120))
    assert (kinds(down), kinds(again)) == (["monitoring_down"], [])


def test_once_it_is_back_the_alerts_have_time_to_fire() -> None:
    down = weigh(doubted(), pulse(20, missing=True), at(90)).page
    back = weigh(down, pulse(200), at(210)).page
    assert (back.closes_at, back.awaits_heartbeat) == (at(810), None)
    assert wake(back, at(810), REACH).page.closed_reason == "resolved"
    assert join(back, "normal", "Disk fires again.", at(300), again="refired").page.closes_at is None


def test_without_that_heartbeat_there_is_nothing_to_wait_for() -> None:
    assert weigh(doubted(), None, at(90)).page.closed_reason == "resolved"


def test_only_a_page_that_waits_is_doubted_and_only_once() -> None:
    page = opened(PLAN)
    assert doubt(page, "eu-1", "Many resolved.", at(30)) == Change(page)
    page = doubted()
    assert doubt(page, "eu-1", "Many resolved.", at(50)) == Change(page)


@given(st.lists(st.tuples(st.integers(1, 2000), st.integers(-60, 60), st.booleans()), max_size=20))
def test_it_never_closes_before_a_beat_that_came_after_the_resolves(
    looks: list[tuple[int, int, bool]],
) -> None:
    page, now, heard = doubted(), 90, 0
    for later, beats, missing in looks:
        now += later
        heard = max(heard, min(now, heard + beats * 30))
        if page.closes_at is None or page.closes_at > at(now) or page.awaits_heartbeat is None:
            break
        page = weigh(page, pulse(heard, missing=missing), at(now)).page
        assert page.closed_at is None or (heard > 40 and not missing)
        assert page.next_wake_at == page.closes_at
