from __future__ import annotations

from tests.intake.desk import Desk, body, firing, names_of, resolved

GROUP = '{}:{alertname="Disk"}'


def test_a_truncated_resolve_ends_what_it_names_and_closes_no_page(desk: Desk) -> None:
    """[09]: what was cut off may still fire."""
    desk.post(body(firing("Disk", instance="a"), group=GROUP, truncated=3))
    desk.pass_time(minutes=5)
    answer = desk.post(body(resolved("Disk", desk.now, instance="a"), group=GROUP, truncated=3))
    assert names_of([answer]) == ["resolved"]
    assert desk.open_incidents() == []
    assert [row.status for row in desk.pages()] == ["active"]


def test_a_whole_body_closes_the_page_once_its_named_alerts_end(desk: Desk) -> None:
    desk.post(body(firing("Disk", instance="a"), firing("Disk", instance="b"), group=GROUP, truncated=1))
    desk.pass_time(minutes=5)
    desk.post(body(resolved("Disk", desk.now, instance="a"), group=GROUP, truncated=2))
    desk.post(body(resolved("Disk", desk.now, instance="b"), group=GROUP))
    assert [row.closed_reason for row in desk.pages()] == ["resolved"]


def test_a_page_that_only_truncated_bodies_ended_ends_as_stale(desk: Desk) -> None:
    desk.post(body(firing("Disk", instance="a"), group=GROUP, truncated=3))
    (page,) = desk.pages()
    desk.acknowledge(page.id)
    desk.pass_time(minutes=5)
    desk.post(body(resolved("Disk", desk.now, instance="a"), group=GROUP, truncated=3))
    desk.pass_time(hours=47)
    desk.look_on(minutes=11)
    assert desk.page(page.id).closed_at is None
    desk.pass_time(hours=2)
    desk.look_on(minutes=11)
    assert (desk.page(page.id).status, desk.page(page.id).closed_reason) == ("acknowledged", "stale")


def test_what_was_cut_off_joins_the_page_when_it_is_heard(desk: Desk) -> None:
    desk.post(body(firing("Disk", instance="a"), group=GROUP, truncated=1))
    desk.pass_time(minutes=5)
    answer = desk.post(
        body(resolved("Disk", desk.now, instance="a"), firing("Disk", instance="b"), group=GROUP)
    )
    assert sorted(names_of([answer])) == ["joined", "resolved"]
    assert [row.status for row in desk.pages()] == ["active"]
