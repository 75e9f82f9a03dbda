from __future__ import annotations

from datetime import timedelta

from tests.intake.desk import START, Desk, body, firing, outcomes, resolved

GROUP = '{}:{alertname="Disk"}'


def held_page(desk: Desk, **labels: str) -> int:
    """Open a page on the route that lends an acknowledgement for an hour, and acknowledge it."""
    answer = desk.post(body(firing("Disk", loaned="yes", **labels), group=GROUP))
    page_id = answer.alerts[0].page_id
    assert page_id is not None
    desk.acknowledge(page_id)
    return page_id


def test_a_page_still_firing_after_the_timeout_gets_a_new_page_that_says_who_held_it(desk: Desk) -> None:
    old = held_page(desk)
    desk.pass_time(minutes=60)
    desk.tick()
    new = desk.pages()[-1]
    assert (new.linked_page_id, new.status) == (old, "active")
    assert desk.told(new.id) == [("Alice", "page")]
    assert desk.page(old).closed_reason == "superseded"
    assert [row.page_id for row in desk.open_incidents()] == [new.id]


def test_nothing_happens_before_the_timeout(desk: Desk) -> None:
    held_page(desk)
    desk.pass_time(minutes=59)
    desk.tick()
    assert len(desk.pages()) == 1


def test_a_page_that_resolved_before_the_timeout_gets_no_new_page(desk: Desk) -> None:
    held_page(desk)
    desk.pass_time(minutes=30)
    desk.post(body(resolved("Disk", desk.now, loaned="yes"), group=GROUP))
    desk.pass_time(minutes=60)
    desk.tick()
    assert len(desk.pages()) == 1


def test_reminders_do_not_move_the_timeout(desk: Desk) -> None:
    held_page(desk)
    desk.pass_time(minutes=59)
    desk.post(body(firing("Disk", loaned="yes"), group=GROUP))
    desk.pass_time(minutes=1)
    desk.tick()
    assert len(desk.pages()) == 2


def test_reminders_and_resolves_go_to_the_new_page(desk: Desk) -> None:
    held_page(desk)
    desk.pass_time(minutes=60)
    desk.tick()
    new = desk.pages()[-1]
    assert outcomes(desk.post(body(firing("Disk", loaned="yes"), group=GROUP))) == [("reminder", new.id)]
    desk.pass_time(minutes=1)
    desk.post(body(resolved("Disk", desk.now, loaned="yes"), group=GROUP))
    assert desk.page(new.id).closed_reason == "resolved"


def test_what_lapses_beside_an_active_page_of_its_group_joins_that(desk: Desk) -> None:
    """A more urgent alert has opened a page of its own meanwhile; a group never has two active ones."""
    old = held_page(desk, severity="warning")
    desk.pass_time(minutes=50)
    urgent = firing("Disk", START + timedelta(minutes=50), loaned="yes", severity="critical")
    answer = desk.post(body(urgent, group=GROUP))
    page_id = answer.alerts[0].page_id
    desk.pass_time(minutes=10)
    desk.tick()
    assert [row.id for row in desk.pages()] == [old, page_id]
    assert {row.page_id for row in desk.open_incidents()} == {page_id}
    assert desk.page(old).closed_reason == "superseded"
    assert "joined" in desk.timeline(page_id or 0)


def test_a_lapse_does_not_keep_other_pages_from_waking(desk: Desk) -> None:
    test_what_lapses_beside_an_active_page_of_its_group_joins_that(desk)
    other = desk.post(body(firing("Load"), group="other")).alerts[0].page_id
    desk.pass_time(minutes=1)
    desk.tick()
    assert desk.told(other or 0) == [("Alice", "page"), ("Alice", "repeat")]


def test_two_pages_of_a_group_that_lapse_together_become_one(desk: Desk) -> None:
    first = held_page(desk, severity="warning")
    second = held_page(desk, severity="critical")
    desk.pass_time(minutes=61)
    desk.tick()
    active = [row.id for row in desk.pages() if row.status == "active"]
    assert len(active) == 1
    assert {row.page_id for row in desk.open_incidents()} == set(active)
    assert {desk.page(page_id).closed_reason for page_id in (first, second)} == {"superseded"}
