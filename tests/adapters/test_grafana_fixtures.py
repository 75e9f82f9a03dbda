"""Every recorded body of Grafana, one by one."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from adapters.alert import Alert, Batch
from adapters.detect import sender_of
from adapters.grafana.parse import parse
from adapters.grafana.trial import is_test
from tests.adapters.bodies import body, names

NOW = datetime(2026, 11, 23, 3, 0, tzinfo=UTC)
WEB_1 = "ec9807a6610ad286"
WEB_2 = "761d7eb7444a1749"
GROUP = '{}:{alertname="High CPU", grafana_folder="Payments"}'

SENDERS = {
    "17_custom_payload_object": "unknown",
    "19_custom_payload_not_json": "unknown",
    "20_legacy_alerting": "grafana-legacy",
    "21_legacy_ok": "grafana-legacy",
    "22_legacy_no_data": "grafana-legacy",
    "23_legacy_pending": "grafana-legacy",
    "25_legacy_test_button": "grafana-legacy",
}


def read(name: str) -> Batch:
    """Return the batch of a recorded body."""
    return parse(body("grafana", name), NOW)


def only(name: str) -> Alert:
    """Return the one alert of a recorded body."""
    (alert,) = read(name).alerts
    return alert


@pytest.mark.parametrize("name", names("grafana"))
def test_recorded_bodies_are_told_by_their_shape(name: str) -> None:
    assert sender_of(body("grafana", name)) == SENDERS.get(name, "grafana")


@pytest.mark.parametrize("name", names("grafana"))
def test_only_the_test_buttons_are_tests(name: str) -> None:
    assert is_test(read(name)) == (name in ("08_test_button", "25_legacy_test_button"))


@pytest.mark.parametrize("name", names("grafana"))
def test_no_alert_of_a_recorded_body_is_rejected(name: str) -> None:
    batch = read(name)

    assert batch.adapter == "grafana"
    assert batch.rejected == ()
    assert batch.truncated == 0


@pytest.mark.parametrize(
    "name", ["01_firing_one", "13_put_basic_auth", "14_bearer_and_extra_header", "15_hmac_timestamped"]
)
def test_a_firing_alert_has_its_values_and_links(name: str) -> None:
    batch = read(name)
    (alert,) = batch.alerts

    assert (batch.receiver, batch.group_key) == ("pingparrot", GROUP)
    assert (alert.fingerprint, alert.status) == (WEB_1, "firing")
    assert alert.labels == {
        "alertname": "High CPU",
        "grafana_folder": "Payments",
        "instance": "web-1",
        "severity": "critical",
    }
    assert alert.annotations == {
        "summary": "CPU above 90% on web-1",
        "runbook_url": "https://runbooks.pingparrot.test/cpu",
        "grafana_rule_uid": "adx1k2m3n4",
    }
    assert (alert.starts_at, alert.ends_at) == (datetime(2026, 11, 20, 3, 14, tzinfo=UTC), None)
    assert alert.values == {"A": "97.25", "B": "97.25", "C": "1"}
    assert alert.links["dashboard"] == "https://grafana.pingparrot.test/d/cpu-dash?orgId=1"
    assert alert.links["panel"] == "https://grafana.pingparrot.test/d/cpu-dash?orgId=1&viewPanel=2"
    assert alert.links["silence"].startswith("https://grafana.pingparrot.test/alerting/silence/new?")
    assert alert.generator_url == "https://grafana.pingparrot.test/alerting/grafana/adx1k2m3n4/view?orgId=1"


def test_title_and_message_are_at_hand_for_templates() -> None:
    texts = read("01_firing_one").common_annotations

    assert texts["grafana_title"] == "[FIRING:1] High CPU Payments (web-1 critical)"
    assert texts["grafana_message"].startswith("**Firing**\n\nValue: A=97.25")
    assert texts["summary"] == "CPU above 90% on web-1"


def test_two_firing_alerts_are_one_group() -> None:
    batch = read("02_firing_two")

    assert [(alert.fingerprint, alert.status) for alert in batch.alerts] == [
        (WEB_1, "firing"),
        (WEB_2, "firing"),
    ]
    assert batch.group_key == GROUP


def test_each_alert_of_a_mixed_body_has_its_own_status() -> None:
    batch = read("03_mixed")

    assert [(alert.fingerprint, alert.status) for alert in batch.alerts] == [
        (WEB_1, "resolved"),
        (WEB_2, "firing"),
    ]
    assert batch.alerts[0].ends_at == datetime(2026, 11, 20, 3, 29, 30, tzinfo=UTC)


def test_a_resolved_body_resolves_every_alert() -> None:
    batch = read("04_resolved")

    assert [(alert.fingerprint, alert.status) for alert in batch.alerts] == [
        (WEB_1, "resolved"),
        (WEB_2, "resolved"),
    ]


def test_no_data_keeps_the_name_of_its_rule() -> None:
    alert = only("06_datasource_nodata")

    assert alert.labels["alertname"] == "DatasourceNoData"
    assert alert.labels["rulename"] == "High CPU"
    assert alert.labels["severity"] == "critical"
    assert alert.values == {}
    assert list(alert.links) == ["silence"]


def test_the_test_button_has_a_fingerprint_of_its_own() -> None:
    alert = only("08_test_button")

    assert alert.fingerprint != "57c6d9296de2ad39"
    assert alert.labels == {"alertname": "TestAlert", "instance": "Grafana"}
    assert alert.fingerprint == only("08_test_button").fingerprint


def test_grafana_9_without_values_keeps_their_text() -> None:
    assert only("11_v9_no_values").values == {
        "value": "[ var='A' labels={instance=web-1} value=97.25 ], [ var='C' labels={instance=web-1} value=1 ]"  # noqa: E501
    }


def test_a_custom_object_is_named_by_its_fields() -> None:
    alert = only("17_custom_payload_object")

    assert alert.status == "firing"
    assert alert.labels == {
        "alertname": "event: firing, key: High CPU/Payments, count: 2",
        "event": "firing",
        "key": "High CPU/Payments",
        "count": "2",
    }
    assert alert.annotations == {"summary": '{"event": "firing", "key": "High CPU/Payments", "count": 2}'}


def test_a_custom_text_is_named_by_its_first_line() -> None:
    alert = only("19_custom_payload_not_json")

    assert alert.labels == {"alertname": "High CPU is firing"}
    assert alert.annotations == {"summary": "High CPU is firing"}
    assert alert.starts_at == NOW


def test_legacy_alerting_fires() -> None:
    batch = read("20_legacy_alerting")
    (alert,) = batch.alerts

    assert (alert.fingerprint, alert.status, batch.group_key) == ("legacy:1:77", "firing", "legacy:1:77")
    assert alert.labels == {
        "alertname": "Checkout latency",
        "grafana_state": "alerting",
        "severity": "critical",
    }
    assert alert.annotations == {"summary": "checkout p99 above 2s"}
    assert alert.values == {"p99": "2.31", "p50": "no value"}
    assert alert.generator_url == (
        "https://grafana.pingparrot.test/d/abc/checkout?tab=alert&viewPanel=4&orgId=1"
    )
    assert (alert.starts_at, alert.ends_at) == (None, None)
    assert batch.common_annotations == {"grafana_title": "[Alerting] Checkout latency"}


def test_legacy_ok_resolves_what_fired() -> None:
    alert = only("21_legacy_ok")

    assert (alert.fingerprint, alert.status, alert.ends_at) == ("legacy:1:77", "resolved", NOW)


def test_legacy_no_data_fires_and_says_so() -> None:
    alert = only("22_legacy_no_data")

    assert (alert.fingerprint, alert.status) == ("legacy:1:77", "firing")
    assert alert.labels["grafana_state"] == "no_data"
    assert alert.annotations["summary"] == "No data: checkout p99 above 2s"


def test_legacy_pending_pages_nobody() -> None:
    batch = read("23_legacy_pending")

    assert batch.alerts == ()
    assert batch.rejected == ()


def test_the_legacy_test_button_fires_each_time_anew() -> None:
    once = only("25_legacy_test_button")
    (again,) = parse(body("grafana", "25_legacy_test_button"), NOW.replace(minute=1)).alerts

    assert once.status == "firing"
    assert once.fingerprint != again.fingerprint
