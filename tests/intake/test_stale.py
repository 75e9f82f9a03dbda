from __future__ import annotations

from tests.intake.desk import Desk, body, firing, names_of

GROUP = '{}:{alertname="Disk"}'


def test_an_alert_that_nobody_speaks_of_ends_as_stale_and_closes_its_page(desk: Desk) -> None:
    desk.post(body(firing("Disk"), group=GROUP))
    (page,) = desk.pages()
    desk.acknowledge(page.id)
    desk.pass_time(hours=48, seconds=1)
    desk.look_on(minutes=11)
    assert [row.ended_reason for row in desk.incidents()] == ["stale"]
    assert (desk.page(page.id).status, desk.page(page.id).closed_reason) == ("acknowledged", "stale")


def test_an_active_page_whose_alerts_went_stale_becomes_cancelled(desk: Desk) -> None:
    desk.change_rules(
        "defaults: {chain: triage, expires: never}\nchains: {triage: {steps: [{page: {group: on call}}]}}\n"
    )
    desk.post(body(firing("Disk"), group=GROUP))
    desk.pass_time(hours=49)
    desk.look_on(minutes=11)
    assert [(row.status, row.closed_reason) for row in desk.pages()] == [("cancelled", "stale")]


def test_a_reminder_keeps_an_alert_from_going_stale(desk: Desk) -> None:
    desk.post(body(firing("Disk"), group=GROUP))
    desk.acknowledge(desk.pages()[0].id)
    for _ in range(4):
        desk.pass_time(hours=40)
        desk.post(body(firing("Disk"), group=GROUP))
        desk.tick()
    assert [row.ended_reason for row in desk.incidents()] == [None]


def test_a_page_with_one_alert_that_still_speaks_stays_open(desk: Desk) -> None:
    desk.post(body(firing("Disk", instance="a"), firing("Disk", instance="b"), group=GROUP))
    (page,) = desk.pages()
    desk.acknowledge(page.id)
    desk.pass_time(hours=40)
    desk.post(body(firing("Disk", instance="b"), group=GROUP))
    desk.pass_time(hours=10)
    desk.look_on(minutes=11)
    assert [row.ended_reason for row in desk.incidents()] == ["stale", None]
    assert desk.page(page.id).closed_at is None


def test_a_stale_alert_that_is_heard_again_pages(desk: Desk) -> None:
    desk.post(body(firing("Disk"), group=GROUP))
    desk.acknowledge(desk.pages()[0].id)
    desk.pass_time(hours=49)
    desk.look_on(minutes=11)
    assert names_of([desk.post(body(firing("Disk"), group=GROUP))]) == ["created"]


def test_a_cancelled_pages_alert_goes_stale_too(desk: Desk) -> None:
    desk.post(body(firing("Disk"), group=GROUP))
    desk.cancel(desk.pages()[0].id)
    desk.pass_time(hours=49)
    desk.look_on(minutes=11)
    assert desk.open_incidents() == []
    assert [row.closed_reason for row in desk.pages()] == ["cancelled"]


def test_time_in_which_we_were_down_is_nobodys_silence(desk: Desk) -> None:
    desk.post(body(firing("Disk"), group=GROUP))
    desk.acknowledge(desk.pages()[0].id)
    desk.look_on(minutes=15)
    desk.restart(hours=50)
    desk.look_on(minutes=5)
    assert names_of([desk.post(body(firing("Disk"), group=GROUP))]) == ["reminder"]
    desk.look_on(hours=1)
    assert [row.closed_at for row in desk.pages()] == [None]


def test_nor_is_time_in_which_the_database_was_away(desk: Desk) -> None:
    desk.post(body(firing("Disk"), group=GROUP))
    desk.look_on(minutes=15)
    desk.pass_time(hours=50)
    desk.look_on(minutes=9)
    assert [row.ended_reason for row in desk.incidents()] == [None]
    desk.look_on(minutes=2)
    assert [row.ended_reason for row in desk.incidents()] == ["stale"]
