from __future__ import annotations

from tests.intake.desk import Desk, body, firing, names_of, resolved


def test_group_by_bundles_over_the_senders_groups(desk: Desk) -> None:
    desk.post(body(firing("Disk", zone="eu"), group="a"))
    answer = desk.post(body(firing("Load", zone="eu"), group="b"))
    assert names_of([answer]) == ["joined"]
    assert [page.alert_count for page in desk.pages()] == [2]


def test_group_by_bundles_over_integrations(desk: Desk) -> None:
    desk.post(body(firing("Disk", zone="eu"), group="a"), "prometheus-eu")
    answer = desk.post(body(firing("Disk", zone="eu"), group="a"), "prometheus-us")
    assert names_of([answer]) == ["joined"]
    assert len(desk.pages()) == 1


def test_other_values_are_another_page(desk: Desk) -> None:
    desk.post(body(firing("Disk", zone="eu"), firing("Disk", zone="us"), group="a"))
    assert len(desk.pages()) == 2


def test_a_page_over_two_integrations_closes_when_both_have_resolved(desk: Desk) -> None:
    for sender in ("prometheus-eu", "prometheus-us"):
        desk.post(body(firing("Disk", zone="eu"), group="a"), sender)
    desk.pass_time(minutes=5)
    desk.post(body(resolved("Disk", desk.now, zone="eu"), group="a"), "prometheus-us")
    assert [row.status for row in desk.pages()] == ["active"]
    desk.post(body(resolved("Disk", desk.now, zone="eu"), group="a"), "prometheus-eu")
    assert [row.closed_reason for row in desk.pages()] == ["resolved"]


def test_two_integrations_at_the_same_moment_make_one_page(desk: Desk) -> None:
    posted = body(firing("Disk", zone="eu"), group="a")
    desk.take(*(desk.webhook(posted, sender) for sender in ("prometheus-eu", "prometheus-us")))
    (page,) = desk.pages()
    assert [row.page_id for row in desk.open_incidents()] == [page.id, page.id]


def test_without_a_group_key_the_alerts_name_serves(desk: Desk) -> None:
    desk.post(body(firing("Disk", instance="a"), group=""))
    desk.post(body(firing("Disk", instance="b"), group=""))
    desk.post(body(firing("Load", instance="a"), group=""))
    assert [page.alert_count for page in desk.pages()] == [2, 1]
