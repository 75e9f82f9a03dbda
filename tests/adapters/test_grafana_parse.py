"""What Grafana's parser makes of fields that are missing, wrong, or of another generation."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

import pytest

from adapters.alert import Alert
from adapters.grafana.parse import parse
from adapters.grafana.trial import is_test
from tests.adapters.bodies import body

NOW = datetime(2026, 11, 23, 3, 0, tzinfo=UTC)


def unified(alert: dict[str, Any] | None = None, **changes: Any) -> bytes:
    """Return the recorded body with fields of it, and of its alert, changed."""
    document = json.loads(body("grafana", "01_firing_one"))
    document["alerts"][0].update(alert or {})
    return json.dumps({**document, **changes}).encode()


def only(sent: bytes) -> Alert:
    """Return the one alert of a body."""
    (alert,) = parse(sent, NOW).alerts
    return alert


def custom(payload: Any) -> Alert:
    """Return the one alert of a custom payload."""
    return only(json.dumps(payload).encode())


def test_every_field_of_grafana_13_is_read() -> None:
    alert = only(
        unified(
            {
                "imageURL": "https://images.example/alert.png",
                "enrichments": {"priority": "high", "related": ["a"]},
                "values": {"A": 2473545728.0, "B": None, "C": 0.1},
            }
        )
    )

    assert alert.links["image"] == "https://images.example/alert.png"
    assert alert.annotations["grafana_enrichment_priority"] == "high"
    assert alert.annotations["grafana_enrichment_related"] == '["a"]'
    assert alert.values == {"A": "2473545728", "B": "no value", "C": "0.1"}


@pytest.mark.parametrize("wrong", [None, 5, "text", [], {}])
@pytest.mark.parametrize(
    "field", ["values", "valueString", "imageURL", "silenceURL", "ruleUID", "enrichments"]
)
def test_a_wrong_field_costs_no_alert(field: str, wrong: Any) -> None:
    assert only(unified({field: wrong})).status == "firing"


def test_hostile_links_are_left_out() -> None:
    assert "panel" not in only(unified({"panelURL": "javascript:alert(1)"})).links


def test_the_receiver_is_unquoted() -> None:
    assert parse(unified(receiver="hookshot \\+ email"), NOW).receiver == "hookshot + email"


def test_version_4_is_read_as_alertmanagers() -> None:
    batch = parse(body("alertmanager", "03_mixed_firing_and_resolved"), NOW)

    assert batch.adapter == "grafana"
    assert [alert.status for alert in batch.alerts] == ["firing", "resolved", "firing"]


def test_a_list_of_alerts_is_read_as_a_direct_post() -> None:
    batch = parse(body("alertmanager", "68_prometheus_direct_api_v2_firing"), NOW)

    assert batch.adapter == "grafana"
    assert [alert.labels["alertname"] for alert in batch.alerts] == ["QueueDepth", "NoSuchMetric"]


@pytest.mark.parametrize("version", ["1", None])
def test_a_unified_body_without_alerts_becomes_its_title(version: Any) -> None:
    alert = only(unified(alerts=[], version=version))

    assert alert.status == "firing"
    assert alert.labels["alertname"] == "[FIRING:1] High CPU Payments (web-1 critical)"
    assert alert.annotations["summary"].startswith("**Firing**")


def test_one_bad_alert_is_rejected_while_the_others_go_on() -> None:
    document = json.loads(body("grafana", "02_firing_two"))
    document["alerts"][0]["labels"]["severity"] = 5

    batch = parse(json.dumps(document).encode(), NOW)

    assert [alert.labels["instance"] for alert in batch.alerts] == ["web-2"]
    assert [one.reason for one in batch.rejected] == [
        "alerts[0].labels.severity: expected text, found a number: 5"
    ]


@pytest.mark.parametrize(
    ("labels", "fingerprint", "group_key"),
    [
        (
            {"alertname": "TestAlert", "instance": "Grafana"},
            "57c6d9296de2ad39",
            '{alertname="TestAlert", instance="Grafana"}2022-04-05 22:16:47.085355886 +0200 CEST m=+1',
        ),
        ({"alertname": "Mine", "team": "x"}, "c4edaaf9f9f839b0", "my-hook-c4edaaf9f9f839b0-1777986297"),
    ],
)
def test_the_test_button_of_every_release_is_known(
    labels: dict[str, str], fingerprint: str, group_key: str
) -> None:
    sent = unified({"labels": labels, "fingerprint": fingerprint}, groupKey=group_key)

    assert is_test(parse(sent, NOW))


def test_tests_of_two_grafanas_never_meet() -> None:
    first = json.loads(body("grafana", "08_test_button"))
    second = {**first, "externalURL": "https://other.pingparrot.test/"}

    assert custom(first).fingerprint != custom(second).fingerprint


def test_two_presses_of_a_test_button_never_meet() -> None:
    first = json.loads(body("grafana", "08_test_button"))
    second = {**first, "groupKey": "webhook-57c6d9296de2ad39-1795144448"}

    assert custom(first).fingerprint != custom(second).fingerprint


def test_a_subject_and_a_message_become_the_page() -> None:
    alert = custom({"subject": "Disk full", "message": "web-1: 99 %", "severity": "critical", "rack": 7})

    assert alert.labels == {"alertname": "Disk full", "severity": "critical", "rack": "7"}
    assert alert.annotations == {"summary": "web-1: 99 %"}


def test_a_subject_wins_over_an_alertname_beside_it() -> None:
    assert custom({"subject": "Disk full", "alertname": "Other"}).labels == {"alertname": "Disk full"}
    assert custom({"alertname": "Other", "x": 1}).labels == {"alertname": "Other", "x": "1"}


@pytest.mark.parametrize(
    "payload", [{"data": {"description": "CPU is high", "details": "…"}}, {"summary": "CPU is high"}]
)
def test_a_description_inside_names_what_has_no_subject(payload: Any) -> None:
    assert custom(payload).labels["alertname"] == "CPU is high"


@pytest.mark.parametrize(
    ("payload", "title"),
    [
        ({}, "An empty object"),
        ([], "[]"),
        (None, "null"),
        (5, "5"),
        ("CPU is high", '"CPU is high"'),
        ({"subject": ""}, "subject: "),
        ({"subject": 5, "message": None}, "subject: 5, message: "),
        ({"alerts": "none", "version": "1"}, "alerts: none, version: 1"),
    ],
)
def test_any_other_json_becomes_one_alert(payload: Any, title: str) -> None:
    alert = custom(payload)

    assert alert.status == "firing"
    assert alert.labels["alertname"] == title


@pytest.mark.parametrize(
    ("sent", "title"),
    [
        (b"", "A webhook without text"),
        (b"  \n\n CPU is high\nvery", "CPU is high"),
        (b"\xff\xfeCPU", "\ufffd\ufffdCPU"),
        (b"\x00\x1bCPU", "CPU"),
        (b'{"subject": "CPU', '{"subject": "CPU'),
        (b"[" * 100_000, "[" * 199 + "…"),
    ],
)
def test_any_bytes_become_one_alert(sent: bytes, title: str) -> None:
    assert only(sent).labels == {"alertname": title}


@pytest.mark.parametrize(
    "payload",
    [
        {"subject": "Disk full", "status": "resolved"},
        {"subject": "Disk full", "state": "ok"},
        {"subject": "[RESOLVED] Disk full"},
    ],
)
def test_an_end_in_a_custom_payload_resolves_its_subject(payload: dict[str, str]) -> None:
    fired = custom({"subject": "[FIRING:1] Disk full", "status": "firing"})

    ended = custom(payload)

    assert (fired.status, ended.status) == ("firing", "resolved")
    assert fired.fingerprint == ended.fingerprint


def test_a_custom_payload_said_again_is_a_new_episode() -> None:
    first = only(b"CPU is high")
    (second,) = parse(b"CPU is high", NOW.replace(hour=7)).alerts

    assert first.fingerprint == second.fingerprint
    assert first.starts_at is not None
    assert second.starts_at is not None
    assert second.starts_at > first.starts_at


def legacy(**changes: Any) -> bytes:
    """Return the recorded legacy body with fields changed; `...` drops one."""
    document = {**json.loads(body("grafana", "20_legacy_alerting")), **changes}
    return json.dumps({name: value for name, value in document.items() if value is not ...}).encode()


@pytest.mark.parametrize(
    ("state", "status"),
    [
        ("alerting", "firing"),
        ("no_data", "firing"),
        ("unheard_of", "firing"),
        (None, "firing"),
        (7, "firing"),
        ("ok", "resolved"),
        ("paused", "resolved"),
    ],
)
def test_legacy_states_fire_or_resolve(state: Any, status: str) -> None:
    assert only(legacy(state=state)).status == status


@pytest.mark.parametrize(
    ("changes", "key"),
    [
        ({}, "legacy:1:77"),
        ({"orgId": 2}, "legacy:2:77"),
        ({"orgId": ...}, "legacy:0:77"),
        ({"orgId": "x"}, "legacy:0:77"),
        ({"ruleId": "77"}, "legacy:1:77"),
        ({"ruleId": ...}, "legacy:1:name-"),
        ({"ruleId": None}, "legacy:1:name-"),
        ({"ruleId": 10**60}, "legacy:1:name-"),
    ],
)
def test_legacy_rules_are_told_by_organisation_and_id(changes: dict[str, Any], key: str) -> None:
    assert only(legacy(**changes)).fingerprint.startswith(key)


def test_legacy_rules_without_an_id_are_told_by_name() -> None:
    one, other = (only(legacy(ruleId=..., ruleName=name)).fingerprint for name in ("CPU", "Disk"))

    assert one != other


def test_legacy_tags_are_labels_and_the_rules_own_win() -> None:
    match = {"metric": "cpu", "value": 97.0, "tags": {"instance": "web-1", "severity": "info"}}
    other = {"metric": "cpu", "value": 98.5, "tags": {"instance": "web-1", "severity": "low", "cpu": "1"}}

    alert = only(legacy(evalMatches=[match, other], tags={"severity": "critical", "alertname": "x"}))

    assert alert.labels == {
        "alertname": "Checkout latency",
        "grafana_state": "alerting",
        "instance": "web-1",
        "severity": "critical",
    }
    assert alert.values == {
        "cpu{instance=web-1,severity=info}": "97",
        "cpu{instance=web-1,severity=low,cpu=1}": "98.5",
    }


@pytest.mark.parametrize("wrong", [None, 5, "text", [], {}, [None, 5]])
@pytest.mark.parametrize(
    "field", ["evalMatches", "tags", "message", "title", "ruleName", "ruleUrl", "imageUrl"]
)
def test_a_wrong_legacy_field_costs_no_alert(field: str, wrong: Any) -> None:
    assert only(legacy(**{field: wrong})).fingerprint == "legacy:1:77"
