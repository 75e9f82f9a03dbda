"""A deploy renames a label, `service` to `component`, and the rules still ask for the old one."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import pytest

from router import metrics
from tests.intake.desk import START, Desk, body, firing, outcomes, resolved

RULES = """
defaults: {chain: triage, repeat_interval: 5m, acknowledge: any, stale_after: 12h}
chains:
  triage: {steps: [{page: {group: on call}}]}
  payments: {steps: [{page: {group: second}}]}
routes:
  - {name: payments, matchers: [service="payments"], chain: payments}
"""
GROUPED = RULES + "  - {name: zones, matchers: [zone=~.+], group_by: [service, zone]}\n"
OLD, NEW = {"service": "payments"}, {"component": "payments"}


@pytest.fixture
def night(desk: Desk) -> Desk:
    """A page of the old labels that Bob, of the payments team, has acknowledged."""
    desk.change_rules(RULES)
    tell(desk, OLD)
    desk.acknowledge(1, "Bob")
    desk.look_on(minutes=10)
    return desk


def tell(desk: Desk, labels: dict[str, str], since: datetime = START) -> list[tuple[str, int | None]]:
    return outcomes(desk.post(body(firing("Down", since, **labels), group=str(labels))))


def routes(desk: Desk) -> list[tuple[Any, Any]]:
    return [(page.route, page.closed_reason) for page in desk.pages()]


def test_the_open_page_goes_on_and_the_new_labels_ring_by_the_default_chain(night: Desk) -> None:
    before = metrics.DEFAULT_ROUTED._value.get()
    assert tell(night, NEW, night.now) == [("created", 2)]
    assert tell(night, OLD) == [("reminder", 1)]
    assert routes(night) == [("payments", None), ("default", None)]
    assert night.told(2) == [("Alice", "page")]
    assert night.told(1) == [("Bob", "page")]

    # That is how the renaming shows: alerts that no route took are counted.
    assert metrics.DEFAULT_ROUTED._value.get() - before == 1


def test_the_old_labels_resolve_and_the_outage_is_not_lost(night: Desk) -> None:
    """Prometheus resolves the old series a moment after the new one fires [62] [63]."""
    tell(night, NEW, night.now)
    night.look_on(minutes=1)
    night.post(body(resolved("Down", night.now, **OLD), group=str(OLD)))
    night.look_on(hours=1)
    assert routes(night) == [("payments", "resolved"), ("default", None)]
    assert ("Alice", "repeat") in night.told(2)


def test_old_labels_that_never_resolve_go_stale_while_the_new_ones_go_on(night: Desk) -> None:
    tell(night, NEW, night.now)
    night.acknowledge(2)
    for _ in range(13):
        night.look_on(hours=1)
        tell(night, NEW, START)
    assert routes(night) == [("payments", "stale"), ("default", None)]
    assert night.details(1, "stale") == ["Nothing was heard of its alerts for long."]
    assert [row.ended_reason for row in night.incidents()] == ["stale", None]


def test_once_the_rules_follow_new_outages_go_where_they_should(night: Desk) -> None:
    tell(night, NEW, night.now)
    night.change_rules(RULES.replace("[service=", "[component="))
    assert tell(night, NEW) == [("reminder", 2)]  # a page that is open is not moved
    night.post(body(resolved("Down", night.now, **NEW), group=str(NEW)))
    night.look_on(hours=1)
    assert tell(night, NEW, night.now) == [("created", 3)]
    assert night.page(3).route == "payments"


def test_an_alert_that_the_rules_now_send_elsewhere_stays_on_its_page(night: Desk) -> None:
    night.change_rules(RULES.replace("payments", "billing"))
    assert tell(night, OLD) == [("reminder", 1)]
    night.post(body(resolved("Down", night.now, **OLD), group=str(OLD)))
    assert night.page(1).closed_reason == "resolved"


def test_grouped_by_the_old_label_the_new_ones_share_a_page_of_their_own(desk: Desk) -> None:
    """A label that is missing is the empty value: what lacks it is together, apart from what has it."""
    desk.change_rules(GROUPED)
    tell(desk, {"service": "search", "zone": "eu"})
    assert tell(desk, {"component": "search", "zone": "eu"}) == [("created", 2)]
    assert tell(desk, {"component": "billing", "zone": "eu"}) == [("joined", 2)]
    assert tell(desk, {"component": "billing", "zone": "us"}) == [("created", 3)]
    assert {page.route for page in desk.pages()} == {"zones"}
