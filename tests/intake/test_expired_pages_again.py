from __future__ import annotations

from datetime import timedelta

from tests.intake.desk import START, Desk, body, firing, outcomes, resolved

GROUP = '{}:{alertname="Disk"}'
BRIEF = firing("Disk", brief="yes", instance="a")


def expired(desk: Desk) -> int:
    """Open a page that expires after ten minutes and let it expire."""
    page_id = desk.post(body(BRIEF, group=GROUP)).alerts[0].page_id
    assert page_id is not None
    desk.pass_time(minutes=10)
    desk.tick()
    assert desk.page(page_id).status == "expired"
    return page_id


def test_the_next_reminder_of_an_expired_page_pages_again(desk: Desk) -> None:
    old = expired(desk)
    desk.pass_time(hours=4)
    answer = desk.post(body(BRIEF, group=GROUP))
    new = desk.pages()[-1]
    assert outcomes(answer) == [("created", new.id)]
    assert (new.linked_page_id, new.status) == (old, "active")
    assert desk.told(new.id) == [("Alice", "page")]


def test_it_stays_one_incident(desk: Desk) -> None:
    expired(desk)
    desk.post(body(BRIEF, group=GROUP))
    (incident,) = desk.incidents()
    assert incident.page_id == desk.pages()[-1].id


def test_the_reminder_after_that_is_a_reminder(desk: Desk) -> None:
    expired(desk)
    desk.post(body(BRIEF, group=GROUP))
    desk.pass_time(minutes=5)
    assert outcomes(desk.post(body(BRIEF, group=GROUP))) == [("reminder", desk.pages()[-1].id)]
    assert len(desk.pages()) == 2


def test_all_alerts_of_an_expired_page_come_back_on_one_page(desk: Desk) -> None:
    both = body(BRIEF, firing("Disk", brief="yes", instance="b"), group=GROUP)
    desk.post(both)
    desk.pass_time(minutes=11)
    desk.tick()
    desk.post(both)
    old, new = desk.pages()
    assert (old.status, new.status, new.alert_count) == ("expired", "active", 2)


def test_a_new_alert_and_a_reminder_after_the_expiry_share_the_new_page(desk: Desk) -> None:
    expired(desk)
    answer = desk.post(body(BRIEF, firing("Disk", brief="yes", instance="b"), group=GROUP))
    assert len(desk.pages()) == 2
    assert {page_id for _, page_id in outcomes(answer)} == {desk.pages()[-1].id}


def test_a_resolve_after_the_expiry_pages_nobody(desk: Desk) -> None:
    old = expired(desk)
    desk.pass_time(minutes=5)
    answer = desk.post(body(resolved("Disk", desk.now, brief="yes", instance="a"), group=GROUP))
    assert outcomes(answer) == [("resolved", old)]
    assert [(row.status, row.closed_reason) for row in desk.pages()] == [("expired", "expired")]
    assert desk.told(old).count(("Alice", "resolved")) == 0


def test_a_reminder_that_comes_before_the_scheduler_finds_the_expiry_changes_nothing(desk: Desk) -> None:
    page_id = desk.post(body(BRIEF, group=GROUP)).alerts[0].page_id
    desk.pass_time(minutes=11)
    assert outcomes(desk.post(body(BRIEF, group=GROUP))) == [("reminder", page_id)]
    desk.tick()
    assert [row.status for row in desk.pages()] == ["expired"]


def test_two_receivers_of_an_expired_page_come_back_on_one_page(desk: Desk) -> None:
    for receiver in ("fan-a", "fan-b"):
        desk.post(body(BRIEF, receiver=receiver, group=receiver))
    desk.pass_time(minutes=11)
    desk.tick()
    for receiver in ("fan-a", "fan-b"):
        desk.post(body(BRIEF, receiver=receiver, group=receiver))
    assert [row.status for row in desk.pages()] == ["expired", "active"]
    assert {row.page_id for row in desk.open_incidents()} == {desk.pages()[-1].id}


def test_an_expired_page_pages_again_within_the_hours_of_its_route(desk: Desk) -> None:
    """Who is paged in office hours only is not woken at night because nobody was there all day."""
    slow = body(firing("Queue", speed="slow"), group=GROUP)
    old = desk.post(slow).alerts[0].page_id
    desk.pass_time(hours=24)
    desk.tick()
    desk.pass_time(hours=6)
    (held,) = desk.post(slow).alerts
    assert (held.outcome, held.held_until) == ("held", START + timedelta(hours=45))
    desk.pass_time(hours=4)
    assert outcomes(desk.post(slow)) == [("reminder", old)]
    desk.tick()
    assert len(desk.pages()) == 1
    desk.now = START + timedelta(hours=45)
    desk.tick()
    new = desk.pages()[-1]
    assert (new.status, new.linked_page_id) == ("active", old)
    assert [row.page_id for row in desk.open_incidents()] == [new.id]
