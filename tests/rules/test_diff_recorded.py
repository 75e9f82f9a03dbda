"""Recorded alerts that would have gone elsewhere: each counted once, at the time that it fired."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

from rules.diff.recorded import Recorded, Recording
from rules.diff.wording import Wording, sides
from rules.history import FORMAT, Alert, Header, Webhook
from tests.rules.writing import ruled

NIGHT = datetime(2026, 3, 2, 3, tzinfo=UTC)
NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)
CHAINS = """
chains:
  sre: {steps: [{page: {group: sre}}]}
  dba: {steps: [{page: {group: dba}}]}
time_intervals:
  office: [{times: [{start_time: "09:00", end_time: "17:00"}]}]
defaults: {chain: sre}
"""
OFFICE = "routes: [{name: db, matchers: [team=db], active_time_intervals: [office]}]"
DBA = "routes: [{name: db, matchers: [team=db], chain: dba}]"
PLAIN = "routes: [{name: db, matchers: [team=db]}]"


def alert(fingerprint: str, *, status: str = "firing", at: datetime | None = NIGHT, **labels: str) -> Alert:
    return Alert("resolved" if status == "resolved" else "firing", fingerprint, labels, starts_at=at)


def webhook(*alerts: Alert, at: datetime = NIGHT, integration: str = "eu", resumed: bool = False) -> Webhook:
    return Webhook(at, integration, "alertmanager", list(alerts), resumed=resumed)


def recorded(old: str, new: str, webhooks: Sequence[Webhook], kept: list[str] | None = None) -> Recorded:
    recording = Recording(ruled(a=CHAINS, b=old), ruled(a=CHAINS, b=new))
    for each in webhooks:
        recording.hear(each)
    return recording.recorded(Header(FORMAT, NIGHT, NIGHT + timedelta(days=1), kept=kept))


def told(found: Recorded) -> list[tuple[int, str, str]]:
    plain = Wording({})
    return [(moved.count, *sides(each, plain, plain)) for moved in found.moved for each in moved.differences]


def test_alerts_that_would_page_others_are_counted_by_what_changes() -> None:
    found = recorded(
        PLAIN, DBA, [webhook(alert("1", team="db"), alert("2", team="db"), alert("3", team="web"))]
    )

    assert (found.alerts, found.elsewhere) == (3, 2)
    assert told(found) == [(2, "pages group sre", "pages group dba")]


def test_reminders_of_an_alert_are_not_counted_again() -> None:
    found = recorded(
        PLAIN, DBA, [webhook(alert("1", team="db"), at=NIGHT + timedelta(hours=n)) for n in (0, 4)]
    )

    assert (found.alerts, found.elsewhere) == (1, 1)


def test_an_alert_that_fires_again_is_counted_again() -> None:
    later = NIGHT + timedelta(hours=1)

    found = recorded(
        PLAIN, DBA, [webhook(alert("1", team="db")), webhook(alert("1", team="db", at=later), at=later)]
    )

    assert (found.elsewhere, found.moved[0].first, found.moved[0].last) == (2, NIGHT, later)


def test_an_alert_without_a_beginning_fires_again_after_it_resolved() -> None:
    firing, resolved = alert("1", team="db", at=None), alert("1", team="db", at=None, status="resolved")

    found = recorded(PLAIN, DBA, [webhook(firing), webhook(firing), webhook(resolved), webhook(firing)])

    assert found.alerts == 2


def test_what_fired_before_the_recording_is_not_counted() -> None:
    found = recorded(
        PLAIN, DBA, [webhook(alert("1", team="db"), resumed=True), webhook(alert("1", team="db"))]
    )

    assert found.alerts == 0


def test_hours_count_at_the_time_that_an_alert_fired() -> None:
    found = recorded(
        PLAIN, OFFICE, [webhook(alert("1", team="db")), webhook(alert("2", team="db", at=NOON), at=NOON)]
    )

    assert told(found) == [(1, "at any hour", "held: only in office (09:00-17:00 UTC)")]


def test_the_priority_is_that_of_the_alert() -> None:
    high = "routes: [{name: db, matchers: [team=db], priority: high}]"

    found = recorded(
        PLAIN,
        high,
        [webhook(alert("1", team="db", severity="warning"), alert("2", team="db", severity="info"))],
    )

    assert told(found) == [(1, "priority low", "priority high")]


def test_other_members_of_a_group_are_other_people() -> None:
    users = "users: [{email: a@x.org, name: A}, {email: b@x.org, name: B}]\n"
    before, after = (
        f"{users}groups: {{dba: {{}}, sre: {{members: [{who}]}}}}" for who in ("a@x.org", "b@x.org")
    )

    found = recorded(before, after, [webhook(alert("1", team="db"))])

    assert told(found) == [(1, "pages group sre (a@x.org)", "pages group sre (b@x.org)")]


def test_a_beat_of_a_new_heartbeat_goes_elsewhere() -> None:
    beat = "heartbeats: {dog: {matchers: [alertname=Watchdog], within: 10m}}"

    found = recorded("", beat, [webhook(alert("1", alertname="Watchdog"))])

    assert told(found) == [
        (1, "pages group sre", "beat of heartbeat dog, missing after 10m; pages group sre"),
    ]


def test_a_hold_of_resolves_counts_for_its_sender_alone() -> None:
    hold = "integrations: {eu: {resolve_hold: 5m}}"

    found = recorded("", hold, [webhook(alert("1")), webhook(alert("1"), integration="us")])

    assert told(found) == [(1, "resolves held for 0s", "resolves held for 5m")]


def test_examples_have_different_names() -> None:
    names = ["Slow", "Slow", "Full", "Down", "Lost"]
    alerts = [alert(str(number), team="db", alertname=name) for number, name in enumerate(names)]

    found = recorded(PLAIN, DBA, [webhook(*alerts)])

    assert [labels["alertname"] for labels in found.moved[0].examples.values()] == ["Slow", "Full", "Down"]


def test_the_same_rules_move_nothing() -> None:
    found = recorded(OFFICE, OFFICE, [webhook(alert("1", team="db"), alert("2"))])

    assert (found.alerts, found.moved) == (2, ())
