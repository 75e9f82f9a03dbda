"""An alert flaps forty times an hour, until its owner would have muted the phone."""

from __future__ import annotations

from datetime import timedelta

from tests.intake.desk import Desk, body, firing, resolved

FLAP = timedelta(seconds=90)


def flap(desk: Desk, times: int) -> None:
    """Let the alert fire for 45 seconds and be quiet for 45, so many times."""
    for _ in range(times):
        began = desk.now
        desk.post(body(firing("Disk", began)))
        desk.pass_time(seconds=45)
        desk.tick()
        desk.post(body(resolved("Disk", desk.now, began)))
        desk.pass_time(seconds=45)
        desk.tick()


def test_forty_flaps_in_an_hour_are_seven_pages(desk: Desk) -> None:
    flap(desk, 40)
    assert len(desk.pages()) == 7
    assert [page.status for page in desk.pages()] == ["cancelled"] * 6 + ["active"]


def test_each_page_follows_the_last_and_says_how_often(desk: Desk) -> None:
    flap(desk, 4)
    pages = desk.pages()
    assert [page.linked_page_id for page in pages] == [None, *(page.id for page in pages[:3])]
    assert [page.subject for page in pages] == [
        "Disk",
        "Disk (2nd time in 90 seconds)",
        "Disk (3rd time in 3 minutes)",
        "Disk (4th time in 4 minutes)",
    ]
    assert desk.details(pages[3].id, "refired") == ["Disk fires again: 4th time in 4 minutes."]
    assert pages[3].message.endswith("\n4th time in 4 minutes.")


def test_the_seventh_page_stays_and_says_why(desk: Desk) -> None:
    flap(desk, 7)
    page = desk.pages()[-1]
    assert page.flapping
    assert desk.details(page.id, "flapping") == [
        "It fires more than 6 times an hour. Instead of one page each time there is this one, until it has "
        "been quiet for 10 minutes (flap_limit, route default)."
    ]
    assert desk.timeline(page.id)[-1] == "resolve_held"


def test_who_acknowledged_that_page_sleeps_and_the_timeline_goes_on(desk: Desk) -> None:
    flap(desk, 8)
    page = desk.pages()[-1]
    desk.acknowledge(page.id)
    heard = desk.told(page.id)
    flap(desk, 30)
    assert desk.told(page.id) == heard
    assert len(desk.pages()) == 7
    assert desk.details(page.id, "refired")[-1] == (
        "Disk fires again: 38th time in 55 minutes. Alice acknowledged this page of a flapping alert and is "
        "not told again."
    )


def test_while_nobody_acknowledges_it_repeats_whenever_it_fires(desk: Desk) -> None:
    flap(desk, 7)
    page = desk.pages()[-1]
    before = len(desk.told(page.id))
    flap(desk, 10)
    assert len(desk.told(page.id)) >= before + 10


def test_once_it_has_been_steady_the_page_closes_and_says_so(desk: Desk) -> None:
    flap(desk, 10)
    page = desk.pages()[-1]
    desk.pass_time(minutes=9)
    desk.tick()
    assert desk.page(page.id).closed_at is None
    desk.pass_time(minutes=1)
    desk.tick()
    assert desk.page(page.id).closed_reason == "resolved"
    assert desk.details(page.id, "resolved") == ["Every alert has ended, for 10 minutes now."]
    assert desk.told(page.id)[-2:] == [("Alice", "resolved"), ("Bob", "resolved")]


def test_after_that_it_is_new_trouble(desk: Desk) -> None:
    flap(desk, 10)
    desk.pass_time(minutes=11)
    desk.tick()
    flap(desk, 1)
    page = desk.pages()[-1]
    assert (page.subject, page.linked_page_id, page.flapping) == ("Disk", None, False)


def test_what_a_person_cancelled_comes_back_as_a_new_page_that_stays(desk: Desk) -> None:
    flap(desk, 8)
    first = desk.pages()[-1]
    desk.cancel(first.id)
    flap(desk, 1)
    second = desk.pages()[-1]
    assert (second.linked_page_id, second.flapping, second.status) == (first.id, True, "active")
    assert desk.told(second.id)


def test_another_alert_on_the_page_of_a_flapping_one_is_heard(desk: Desk) -> None:
    flap(desk, 8)
    page = desk.pages()[-1]
    desk.acknowledge(page.id)
    before = desk.told(page.id)
    answer = desk.post(body(firing("Disk", desk.now), firing("Login", desk.now)))
    assert [alert.outcome for alert in answer.alerts] == ["joined", "created"]
    assert desk.told(answer.alerts[1].page_id or 0)
    assert desk.told(page.id) == before


def test_an_alert_of_the_same_group_opens_a_page_of_its_own_while_the_acknowledged_one_waits(
    desk: Desk,
) -> None:
    flap(desk, 8)
    desk.acknowledge(desk.pages()[-1].id)
    answer = desk.post(body(firing("Memory", desk.now)))
    assert [alert.outcome for alert in answer.alerts] == ["created"]


def test_a_flap_limit_of_the_route_is_its_own(desk: Desk) -> None:
    desk.change_rules(
        "defaults: {chain: c, flap_limit: 2, reopen_within: 5m}\n"
        "chains: {c: {steps: [{page: {group: on call}}]}}\n"
    )
    flap(desk, 6)
    assert len(desk.pages()) == 3
    desk.pass_time(minutes=5)
    desk.tick()
    assert desk.pages()[-1].closed_reason == "resolved"


def test_without_reopen_within_each_firing_stands_alone(desk: Desk) -> None:
    desk.change_rules(
        "defaults: {chain: c, reopen_within: 0s}\nchains: {c: {steps: [{page: {group: on call}}]}}\n"
    )
    flap(desk, 10)
    assert {(page.subject, page.linked_page_id, page.flapping) for page in desk.pages()} == {
        ("Disk", None, False)
    }
    assert len(desk.pages()) == 10
