"""The law of intake, line by line, on real rows."""

from __future__ import annotations

from datetime import timedelta

from tests.intake.desk import START, Desk, body, firing, names_of, outcomes, resolved

GROUP = '{}:{alertname="Disk"}'


def test_a_reminder_changes_nothing_but_when_it_was_last_heard(desk: Desk) -> None:
    """[21], [22]"""
    desk.post(body(firing("Disk"), group=GROUP))
    (page,) = desk.pages()
    desk.pass_time(seconds=30)
    answer = desk.post(body(firing("Disk"), group=GROUP))
    assert outcomes(answer) == [("reminder", page.id)]
    assert desk.pages() == [page]
    (incident,) = desk.incidents()
    assert (incident.first_heard_at, incident.last_heard_at) == (START, desk.now)
    assert desk.told(page.id) == [("Alice", "page")]


def test_one_webhook_ten_times_makes_one_page(desk: Desk) -> None:
    posted = body(firing("Disk", instance="a"), firing("Disk", instance="b"), group=GROUP)
    answers = [desk.post(posted) for _ in range(10)]
    assert names_of(answers) == ["created"] * 2 + ["reminder"] * 18
    assert len(desk.pages()) == 1
    assert len(desk.webhooks()) == 10


def test_a_start_that_moves_earlier_is_a_reminder(desk: Desk) -> None:
    """[72], [73]"""
    desk.post(body(firing("Disk"), group=GROUP))
    desk.pass_time(minutes=5)
    answer = desk.post(body(firing("Disk", START - timedelta(hours=1)), group=GROUP))
    assert names_of([answer]) == ["reminder"]


def test_firing_after_a_resolve_pages_again_with_the_same_start(desk: Desk) -> None:
    """[74] to [76]"""
    desk.post(body(firing("Disk"), group=GROUP))
    desk.pass_time(minutes=5)
    desk.post(body(resolved("Disk", desk.now), group=GROUP))
    desk.pass_time(minutes=5)
    answer = desk.post(body(firing("Disk"), group=GROUP))
    first, second = desk.pages()
    assert outcomes(answer) == [("created", second.id)]
    assert (first.closed_reason, second.status) == ("resolved", "active")


def test_a_new_outage_whose_resolve_was_lost_pages_although_the_old_page_is_acknowledged(desk: Desk) -> None:
    """[38], [39], section 6.3"""
    desk.post(body(firing("Disk"), group=GROUP))
    (old,) = desk.pages()
    desk.acknowledge(old.id)
    desk.pass_time(hours=4)
    answer = desk.post(body(firing("Disk", START + timedelta(hours=3)), group=GROUP))
    new = desk.pages()[-1]
    assert outcomes(answer) == [("created", new.id)]
    assert desk.told(new.id) == [("Alice", "page")]
    assert [row.ended_reason for row in desk.incidents()] == ["superseded", None]
    assert desk.page(old.id).closed_at == desk.now


def test_a_new_outage_whose_resolve_was_lost_pages_although_the_old_page_was_cancelled(desk: Desk) -> None:
    desk.post(body(firing("Disk"), group=GROUP))
    (old,) = desk.pages()
    desk.cancel(old.id)
    desk.pass_time(hours=4)
    answer = desk.post(body(firing("Disk", START + timedelta(hours=3)), group=GROUP))
    assert names_of([answer]) == ["created"]


def test_a_new_outage_whose_resolve_was_lost_goes_on_on_its_active_page(desk: Desk) -> None:
    desk.post(body(firing("Disk"), group=GROUP))
    (page,) = desk.pages()
    desk.pass_time(hours=4)
    answer = desk.post(body(firing("Disk", START + timedelta(hours=3)), group=GROUP))
    assert outcomes(answer) == [("joined", page.id)]
    assert desk.page(page.id).status == "active"


def test_a_cancelled_page_is_not_undone_by_reminders(desk: Desk) -> None:
    desk.post(body(firing("Disk"), group=GROUP))
    (page,) = desk.pages()
    desk.cancel(page.id)
    for _ in range(3):
        desk.pass_time(hours=4)
        assert outcomes(desk.post(body(firing("Disk"), group=GROUP))) == [("reminder", page.id)]
    assert [(row.status, row.closed_reason) for row in desk.pages()] == [("cancelled", "cancelled")]


def test_an_alert_of_a_cancelled_page_pages_again_after_it_resolved(desk: Desk) -> None:
    desk.post(body(firing("Disk"), group=GROUP))
    desk.cancel(desk.pages()[0].id)
    desk.pass_time(minutes=5)
    desk.post(body(resolved("Disk", desk.now), group=GROUP))
    desk.pass_time(minutes=5)
    assert names_of([desk.post(body(firing("Disk", desk.now), group=GROUP))]) == ["created"]


def test_a_new_alert_of_a_cancelled_pages_group_opens_a_new_page(desk: Desk) -> None:
    desk.post(body(firing("Disk", instance="a"), group=GROUP))
    desk.cancel(desk.pages()[0].id)
    answer = desk.post(body(firing("Disk", instance="a"), firing("Disk", instance="b"), group=GROUP))
    assert sorted(names_of([answer])) == ["created", "reminder"]


def test_a_resolve_of_what_was_never_heard_is_noted_and_pages_nobody(desk: Desk) -> None:
    """[04]"""
    answer = desk.post(body(resolved("Disk", START), group=GROUP))
    assert outcomes(answer) == [("unknown_resolve", None)]
    assert (desk.pages(), desk.incidents()) == ([], [])
    assert len(desk.webhooks()) == 1


def test_a_late_resolve_of_the_episode_before_ends_nothing(desk: Desk) -> None:
    desk.post(body(firing("Disk"), group=GROUP))
    desk.pass_time(minutes=5)
    ended = body(resolved("Disk", desk.now), group=GROUP)
    desk.post(ended)
    desk.pass_time(minutes=5)
    desk.post(body(firing("Disk", desk.now), group=GROUP))
    answer = desk.post(ended)
    assert names_of([answer]) == ["unknown_resolve"]
    assert [row.status for row in desk.pages()] == ["cancelled", "active"]


def test_the_same_alert_of_two_integrations_is_two_alerts(desk: Desk) -> None:
    """Section 6.1: fingerprints collide over senders."""
    for sender in ("prometheus-eu", "prometheus-us"):
        desk.post(body(firing("Disk"), group=GROUP), sender)
    desk.pass_time(minutes=5)
    desk.post(body(resolved("Disk", desk.now), group=GROUP), "prometheus-us")
    assert [row.status for row in desk.pages()] == ["active", "cancelled"]


def test_firing_and_resolved_of_one_alert_at_the_same_moment_are_heard_in_their_order(desk: Desk) -> None:
    fires, ends = body(firing("Disk"), group=GROUP), body(resolved("Disk", START), group=GROUP)
    answers = desk.take(*(desk.webhook(posted) for posted in (fires, ends, fires)))
    if len(desk.webhooks()) == 3 and desk.database.is_sqlite:
        assert names_of(answers) == ["created", "resolved", "created"]
    assert [row.status for row in desk.pages()].count("active") <= 1
