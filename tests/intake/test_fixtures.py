"""Every recorded body of a real Alertmanager, in the order of tests/fixtures/INDEX.md.

A page is named after the number of the body that opened it (`68a`, `68b` where one opened two).
"""

from __future__ import annotations

import json
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from router.webhook import Answer
from tests.intake.desk import Desk

FOLDER = Path(__file__).parent.parent / "fixtures" / "alertmanager"
BODIES = sorted(path for path in FOLDER.glob("*.json") if not path.name.endswith(".headers.json"))

HISTORY: list[tuple[str, list[str], dict[str, str]]] = [
    ("01_single_firing", ["created 01"], {"01": "active"}),
    ("02_group_grows_to_3", ["reminder 01", "joined 01", "joined 01"], {"01": "active"}),
    ("03_mixed_firing_and_resolved", ["reminder 01", "reminder 01", "resolved 01"], {"01": "active"}),
    (
        "04_all_resolved_incl_never_notified",
        ["resolved 01", "resolved 01", "unknown_resolve"],
        {"01": "resolved"},
    ),
    ("07_truncated_2_of_7", ["created 07", "created 07"], {"07": "active"}),
    ("08_truncated_4_firing", ["created 08", "created 08"], {"08": "active"}),
    ("11_group_by_all_a", ["created 11"], {"11": "active"}),
    ("12_group_by_all_b", ["created 12"], {"11": "active", "12": "active"}),
    ("13_no_group_by_three_alertnames", ["created 13"] * 3, {"13": "active critical"}),
    ("14_unicode_bidi", ["created 14"], {"14": "active"}),
    ("16_long_annotation_400k", ["created 16"], {"16": "active"}),
    ("18_weird_label_names", ["created 18"], {"18": "active normal"}),
    ("19_no_alertname_minimal_firing", ["created 19"], {"19": "active normal"}),
    ("20_no_alertname_minimal_resolved_by_timeout", ["resolved 19"], {"19": "resolved"}),
    ("21_repeat_first", ["created 21"], {"21": "active"}),
    ("22_repeat_resend_identical", ["reminder 21"], {"21": "active"}),
    ("23_basic_auth", ["created 23"], {"23": "active"}),
    ("24_bearer", ["created 24"], {"24": "active"}),
    ("25_custom_scheme_x_api_key", ["created 25"], {"25": "active"}),
    ("27_no_endsat_firing", ["created 27"], {"27": "active"}),
    ("28_no_endsat_resolved_by_resolve_timeout", ["resolved 27"], {"27": "resolved"}),
    ("29_send_resolved_false", ["created 29", "created 29"], {"29": "active"}),
    ("30_receiver_name_escaped", ["created 30"], {"30": "active"}),
    ("32_nested_route_with_matchers", ["created 32"], {"32": "active critical"}),
    ("33_same_alert_second_route", ["joined 32"], {"32": "active"}),
    ("34_two_webhooks_a", ["created 34"], {"34": "active"}),
    ("35_two_webhooks_b", ["reminder 34"], {"34": "active"}),
    ("36_default_route", ["created 36"], {"36": "active"}),
    ("38_silenced_only_firing_ever_sent", ["created 38"], {"38": "active"}),
    ("39_inhibited_target_firing", ["created 39"], {"39": "active normal"}),
    ("40_inhibit_source_firing", ["created 40"], {"39": "active", "40": "active critical"}),
    ("41_ha_peer0_firing", ["created 41"], {"41": "active"}),
    ("42_ha_peer1_same_firing", ["reminder 41"], {"41": "active"}),
    ("43_ha_peer0_resolved", ["resolved 41"], {"41": "resolved"}),
    ("49_prom_watchdog", ["created 49"], {"49": "active"}),
    ("50_prom_watchdog_two_replicas", ["reminder 49", "joined 49"], {"49": "active"}),
    ("51_prom_watchdog_resolved_prometheus_killed", ["resolved 49", "resolved 49"], {"49": "resolved"}),
    ("52_prom_templated_two_severities", ["created 52", "created 52"], {"52": "active critical"}),
    ("53_prom_nan_value", ["created 53"], {"53": "active"}),
    ("54_prom_nan_resolved_because_target_died", ["resolved 53"], {"53": "resolved", "52": "active"}),
    ("55_prom_targetdown_firing", ["created 55"], {"55": "active"}),
    ("56_prom_queue_resolved_because_target_died", ["resolved 52"] * 2, {"52": "resolved", "55": "active"}),
    ("57_prom_targetdown_resolved", ["resolved 55"], {"55": "resolved"}),
    ("58_prom_two_replicas_double", ["created 58", "created 58"], {"58": "active"}),
    ("60_prom_replica_label_dropped", ["joined 58"], {"58": "active"}),
    ("61_severity_warning", ["created 61"], {"61": "active normal"}),
    ("64_partial_silence_before", ["created 64", "created 64"], {"64": "active"}),
    ("65_silence_ended_first_notification_late", ["created 65"], {"65": "active"}),
    (
        "68_prometheus_direct_api_v2_firing",
        ["created 68a", "created 68b"],
        {"68a": "active critical", "68b": "active low"},
    ),
    ("69_prometheus_direct_api_v2_resolved", ["resolved 68a"], {"68a": "resolved", "68b": "active"}),
    ("80_derived_v0_34_new_alerts", ["created 80"] * 3, {"80": "active critical", "01": "resolved"}),
]


def moment_of(name: str, raw: Any) -> datetime:
    """Return a moment at which a body may have come: right after the latest change that it speaks of."""
    alerts = raw if isinstance(raw, list) else raw["alerts"]
    said = [alert["startsAt"] for alert in alerts]
    ends = name.startswith("69_")  # a direct post has no status: it says so by an end in the past
    said += [alert["endsAt"] for alert in alerts if ends or alert.get("status") == "resolved"]
    return max(datetime.fromisoformat(text[:26].rstrip("Z") + "+00:00") for text in said) + timedelta(
        seconds=5
    )


class Names:
    """Gives every page the name of the body that opened it."""

    def __init__(self) -> None:
        self.of: dict[int, str] = {}

    def read(self, number: str, answer: Answer) -> list[str]:
        opened = sorted(
            {alert.page_id for alert in answer.alerts if alert.outcome == "created" and alert.page_id}
        )
        for place, page_id in enumerate(opened):
            self.of.setdefault(page_id, number if len(opened) == 1 else f"{number}{'abc'[place]}")
        return sorted(
            f"{alert.outcome} {self.of[alert.page_id]}" if alert.page_id else alert.outcome
            for alert in answer.alerts
        )


def states(desk: Desk, names: Names) -> dict[str, str]:
    """Return each page as `active critical`, or as why it closed."""
    return {
        names.of[page.id]: page.closed_reason or f"{page.status} {page.priority}" for page in desk.pages()
    }


def test_every_recorded_body_is_in_the_history() -> None:
    assert [path.stem for path in BODIES] == [name for name, _, _ in HISTORY]


def test_the_recorded_bodies_in_order_make_the_pages_that_the_facts_call_for(desk: Desk) -> None:
    names = Names()
    for name, outcomes, pages in HISTORY:
        posted = (FOLDER / f"{name}.json").read_bytes()
        desk.now = moment_of(name, json.loads(posted))
        assert names.read(name[:2], desk.post(posted)) == sorted(outcomes), name
        is_now = states(desk, names)
        for page, expected in pages.items():
            assert is_now[page].startswith(expected), f"{name}: page {page} is {is_now[page]}"
    assert desk.quarantined() == []


def test_every_recorded_body_twice_makes_the_same_pages(sqlite_desk: Desk) -> None:
    names = Names()
    for name, outcomes, _ in HISTORY:
        posted = (FOLDER / f"{name}.json").read_bytes()
        sqlite_desk.now = moment_of(name, json.loads(posted))
        assert names.read(name[:2], sqlite_desk.post(posted)) == sorted(outcomes), name
        before = states(sqlite_desk, names)
        again = {alert.outcome for alert in sqlite_desk.post(posted).alerts}
        assert again <= {"reminder", "unknown_resolve"}, name
        assert states(sqlite_desk, names) == before


@pytest.mark.parametrize("path", BODIES, ids=lambda path: path.stem)
def test_each_recorded_body_alone_is_accepted(sqlite_desk: Desk, path: Path) -> None:
    posted = path.read_bytes()
    raw = json.loads(posted)
    sqlite_desk.now = moment_of(path.name, raw)
    answer = sqlite_desk.post(posted)
    alerts = raw if isinstance(raw, list) else raw["alerts"]
    assert answer.status == "ok"
    assert len(answer.alerts) == len(alerts)
    fires = isinstance(raw, list) and path.name.startswith("68")
    fires = fires or any(alert.get("status") == "firing" for alert in alerts)
    assert bool(sqlite_desk.pages()) == fires
    assert all(sqlite_desk.told(page.id) for page in sqlite_desk.pages())


def test_a_quoted_receiver_is_kept_as_alertmanagers_configuration_has_it(sqlite_desk: Desk) -> None:
    sqlite_desk.post((FOLDER / "30_receiver_name_escaped.json").read_bytes())
    assert [row.receiver for row in sqlite_desk.incidents()] == ["team.sre/on-call (primary)+[x]"]
