"""Alice acknowledges at three in the morning, and falls asleep again."""

from __future__ import annotations

from datetime import timedelta

from router import metrics
from tests.intake.desk import START, Desk, body, firing, outcomes, resolved

LOANED = '{}:{alertname="Disk"}'


def night(desk: Desk, **labels: str) -> int:
    """Page Alice, who acknowledges after 4 minutes."""
    page_id = desk.post(body(firing("Disk", **labels), group=LOANED)).alerts[0].page_id
    assert page_id is not None
    desk.look_on(minutes=4)
    desk.acknowledge(page_id)
    return page_id


def remind(desk: Desk, hours: int, **labels: str) -> None:
    """Let Alertmanager remind of the outage again and again."""
    for _ in range(hours * 4):
        desk.look_on(minutes=15)
        desk.post(body(firing("Disk", **labels), group=LOANED))


def test_after_the_timeout_a_new_page_rings_and_says_who_held_it(desk: Desk) -> None:
    before = metrics.LAPSED._value.get()
    first = night(desk, loaned="yes")
    heard = desk.told(first)
    remind(desk, 1, loaned="yes")
    desk.look_on(minutes=1)

    # An hour after she acknowledged it still fires: it rings anew, from the first step of the chain.
    old, new = desk.pages()
    assert (old.status, old.closed_reason) == ("acknowledged", "superseded")
    assert (new.status, new.linked_page_id, new.subject) == ("active", old.id, old.subject)
    (why,) = desk.details(new.id, "created")
    assert why == (
        "Still firing, although acknowledged by Alice since 2026-03-03 12:04 UTC. It follows page 1."
    )
    assert desk.details(old.id, "superseded") == ["Still firing: handed over to page 2."]
    assert desk.told(new.id)[0] == ("Alice", "page")
    assert desk.told(old.id) == heard

    # She sleeps on: five minutes later Bob is paged, as by any page.
    desk.look_on(minutes=6)
    assert ("Bob", "escalation") in desk.told(new.id)
    assert metrics.LAPSED._value.get() - before == 1


def test_who_wakes_and_acknowledges_again_has_another_hour(desk: Desk) -> None:
    night(desk, loaned="yes")
    remind(desk, 1, loaned="yes")
    desk.look_on(minutes=2)
    desk.acknowledge(2)
    heard = desk.told(2)
    desk.look_on(minutes=58)
    assert (len(desk.pages()), desk.told(2)) == (2, heard)
    desk.look_on(minutes=3)
    assert [page.linked_page_id for page in desk.pages()] == [None, 1, 2]


def test_what_was_mended_meanwhile_rings_nobody(desk: Desk) -> None:
    first = night(desk, loaned="yes")
    desk.look_on(minutes=50)
    desk.post(body(resolved("Disk", desk.now, loaned="yes"), group=LOANED))
    desk.look_on(hours=2)
    assert [page.id for page in desk.pages()] == [first]
    assert desk.page(first).closed_reason == "resolved"


def test_the_resolve_goes_to_the_new_page(desk: Desk) -> None:
    night(desk, loaned="yes")
    desk.look_on(minutes=61)
    ended = desk.post(body(resolved("Disk", desk.now, loaned="yes"), group=LOANED))
    assert outcomes(ended) == [("resolved", 2)]
    assert desk.page(2).closed_reason == "resolved"


def test_our_own_downtime_does_not_prolong_the_loan(desk: Desk) -> None:
    night(desk, loaned="yes")
    desk.restart(hours=5)
    assert [page.linked_page_id for page in desk.pages()] == [None, 1]
    assert desk.told(2)[0] == ("Alice", "page")


def test_without_the_setting_nobody_hears_of_it_again(desk: Desk) -> None:
    """The default: who acknowledged has it in hand, however long that takes."""
    first = night(desk)
    heard = desk.told(first)
    remind(desk, 12)
    (page,) = desk.pages()
    assert (page.status, page.closed_at) == ("acknowledged", None)
    assert desk.told(first) == heard


def test_without_the_setting_a_new_alert_is_told_and_a_more_urgent_one_rings(desk: Desk) -> None:
    first = night(desk, severity="warning")
    desk.look_on(minutes=30)
    other = firing("Disk", desk.now, severity="warning", instance="b")
    assert outcomes(desk.post(body(other, group=LOANED))) == [("joined", first)]
    assert desk.told(first)[-1] == ("Alice", "joined")
    urgent = firing("Disk", desk.now, severity="critical", instance="c")
    (answer,) = outcomes(desk.post(body(urgent, group=LOANED)))
    assert answer == ("created", 2)
    assert desk.page(2).linked_page_id == first
    assert desk.now - START == timedelta(minutes=34)
