"""A group of which some alerts end: its page stays, says so, and speaks of those no longer."""

from __future__ import annotations

from tests.intake.desk import Desk, body, firing, resolved

GROUP = '{}:{alertname="Disk"}'


def test_a_page_that_stays_says_how_many_of_its_alerts_ended(desk: Desk) -> None:
    desk.post(body(firing("Disk", instance="a"), firing("Disk", instance="b"), group=GROUP))
    desk.pass_time(minutes=5)
    desk.post(body(resolved("Disk", desk.now, instance="a"), firing("Disk", instance="b"), group=GROUP))
    (page,) = desk.pages()
    assert page.status == "active"
    assert desk.details(page.id, "alerts_ended") == ["1 alert has ended, 1 still firing."]


def test_the_text_of_a_page_names_only_what_still_fires(desk: Desk) -> None:
    group = "{}:{}"
    desk.post(body(firing("DiskFull", instance="a"), firing("HighLoad", instance="b"), group=group))
    (before,) = desk.pages()
    desk.pass_time(minutes=5)
    desk.post(
        body(resolved("DiskFull", desk.now, instance="a"), firing("HighLoad", instance="b"), group=group)
    )
    (after,) = desk.pages()
    assert ("DiskFull" in before.message, "DiskFull" in after.message) == (True, False)
