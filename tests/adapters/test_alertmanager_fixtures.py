"""Every recorded body of Alertmanager, one by one: who it is for, its group, and each alert's fate."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import NamedTuple

import pytest

from adapters.alertmanager.parse import parse
from adapters.detect import sender_of
from adapters.fingerprint import fingerprint_of
from tests.adapters.bodies import body, names

NOW = datetime(2026, 11, 23, 2, 37, 50, tzinfo=UTC)
POSTED = ("68_prometheus_direct_api_v2_firing", "69_prometheus_direct_api_v2_resolved")


class Expected(NamedTuple):
    """What a body must come to: `alerts` are `FINGERPRINT:STATUS`, in the body's order."""

    name: str
    receiver: str
    group_key: str
    alerts: str
    truncated: int = 0


BODIES = [
    Expected(
        "01_single_firing",
        "basic-flow",
        '{}/{case="flow"}:{alertname="InstanceDown", cluster="eu-1"}',
        "b94f0b49a6e9f50e:firing",
        0,
    ),
    Expected(
        "02_group_grows_to_3",
        "basic-flow",
        '{}/{case="flow"}:{alertname="InstanceDown", cluster="eu-1"}',
        "b94f0b49a6e9f50e:firing 5e80b79b522a3219:firing 3e49b2572047e178:firing",
        0,
    ),
    Expected(
        "03_mixed_firing_and_resolved",
        "basic-flow",
        '{}/{case="flow"}:{alertname="InstanceDown", cluster="eu-1"}',
        "b94f0b49a6e9f50e:firing 5e80b79b522a3219:resolved 3e49b2572047e178:firing",
        0,
    ),
    Expected(
        "04_all_resolved_incl_never_notified",
        "basic-flow",
        '{}/{case="flow"}:{alertname="InstanceDown", cluster="eu-1"}',
        "b94f0b49a6e9f50e:resolved 3e49b2572047e178:resolved 18fa1e2bd3fb923a:resolved",
        0,
    ),
    Expected(
        "07_truncated_2_of_7",
        "truncated",
        '{}/{case="trunc"}:{alertname="PodCrashLooping"}',
        "6b2cc12b5f4d652b:firing 27901ada62b54d38:firing",
        5,
    ),
    Expected(
        "08_truncated_4_firing",
        "truncated-mixed",
        '{}/{case="truncmixed"}:{alertname="DiskFull"}',
        "8d77b548a78be1ea:firing c9d813181c533cf7:firing",
        2,
    ),
    Expected(
        "11_group_by_all_a",
        "group-all",
        '{}/{case="all"}:{alertname="HighLatency", case="all", instance="web1", severity="warning"}',
        "1d52f309576f19a4:firing",
        0,
    ),
    Expected(
        "12_group_by_all_b",
        "group-all",
        '{}/{case="all"}:{alertname="HighLatency", case="all", instance="web0", severity="warning"}',
        "65381cf44d2985c7:firing",
        0,
    ),
    Expected(
        "13_no_group_by_three_alertnames",
        "everything",
        "{}:{}",
        "f33d41b97fa8e9b3:firing 1e99d8597b491bdb:firing 3ffb143e523f276a:firing",
        0,
    ),
    Expected(
        "14_unicode_bidi",
        "unicode",
        '{}/{case="unicode"}:{alertname="Сервис недоступен", service="платежи 💳"}',
        "c66ee9193a8de651:firing",
        0,
    ),
    Expected(
        "16_long_annotation_400k",
        "long",
        '{}/{case="long"}:{alertname="LongAnnotation"}',
        "fac045329860828e:firing",
        0,
    ),
    Expected(
        "18_weird_label_names",
        "weird",
        '{}/{case="weird"}:{__proto__="polluted", alertname="WeirdLabels"}',
        "70f124aa62bdfdc8:firing",
        0,
    ),
    Expected(
        "19_no_alertname_minimal_firing", "minimal", '{}/{case="minimal"}:{}', "d01d36e5cfe1114e:firing", 0
    ),
    Expected(
        "20_no_alertname_minimal_resolved_by_timeout",
        "minimal",
        '{}/{case="minimal"}:{}',
        "d01d36e5cfe1114e:resolved",
        0,
    ),
    Expected(
        "21_repeat_first",
        "repeat",
        '{}/{case="repeat"}:{alertname="StillBroken"}',
        "7f34d236ff53b52d:firing",
        0,
    ),
    Expected(
        "22_repeat_resend_identical",
        "repeat",
        '{}/{case="repeat"}:{alertname="StillBroken"}',
        "7f34d236ff53b52d:firing",
        0,
    ),
    Expected(
        "23_basic_auth",
        "basic-auth",
        '{}/{case="basicauth"}:{alertname="AuthProbe"}',
        "aa71e0b21cebdd6b:firing",
        0,
    ),
    Expected(
        "24_bearer", "bearer-auth", '{}/{case="bearer"}:{alertname="AuthProbe"}', "9e3c2381835d09b2:firing", 0
    ),
    Expected(
        "25_custom_scheme_x_api_key",
        "custom-scheme",
        '{}/{case="scheme"}:{alertname="AuthProbe"}',
        "a3abff2e40804938:firing",
        0,
    ),
    Expected(
        "27_no_endsat_firing",
        "expire",
        '{}/{case="expire"}:{alertname="NoEndsAt"}',
        "e306f9edc5ce2aa0:firing",
        0,
    ),
    Expected(
        "28_no_endsat_resolved_by_resolve_timeout",
        "expire",
        '{}/{case="expire"}:{alertname="NoEndsAt"}',
        "e306f9edc5ce2aa0:resolved",
        0,
    ),
    Expected(
        "29_send_resolved_false",
        "no-resolved",
        '{}/{case="noresolved"}:{alertname="NR"}',
        "69bcc4f2e0cfb8f5:firing 69bec4f2e0d03bcc:firing",
        0,
    ),
    Expected(
        "30_receiver_name_escaped",
        "team.sre/on-call (primary)+[x]",
        '{}/{case="recvname"}:{alertname="RecvName"}',
        "25dd832628aa9d66:firing",
        0,
    ),
    Expected(
        "32_nested_route_with_matchers",
        "fan-a",
        '{}/{case="fan"}/{severity=~"critical|page",team!=""}:{alertname="Fan", team="db"}',
        "b4e07f141cf0396f:firing",
        0,
    ),
    Expected(
        "33_same_alert_second_route",
        "fan-b",
        '{}/{case="fan"}:{alertname="Fan"}',
        "b4e07f141cf0396f:firing",
        0,
    ),
    Expected(
        "34_two_webhooks_a", "two-webhooks", '{}/{case="two"}:{alertname="Two"}', "94683594e134e608:firing", 0
    ),
    Expected(
        "35_two_webhooks_b", "two-webhooks", '{}/{case="two"}:{alertname="Two"}', "94683594e134e608:firing", 0
    ),
    Expected("36_default_route", "default", '{}:{alertname="Unmatched"}', "a20abb95d3fb11ac:firing", 0),
    Expected(
        "38_silenced_only_firing_ever_sent",
        "silenced",
        '{}/{case="silenced"}:{alertname="Sil"}',
        "43041ae4330bd8c6:firing",
        0,
    ),
    Expected(
        "39_inhibited_target_firing",
        "inhibited",
        '{}/{case="inhibited"}:{alertname="Inh"}',
        "33271bdb8aafbe00:firing",
        0,
    ),
    Expected(
        "40_inhibit_source_firing",
        "inhibited",
        '{}/{case="inhibited"}:{alertname="Source"}',
        "fd758e8300256ca3:firing",
        0,
    ),
    Expected("41_ha_peer0_firing", "pager", '{}:{alertname="HaUnclustered"}', "b4a7cc0ba8197cb9:firing", 0),
    Expected(
        "42_ha_peer1_same_firing", "pager", '{}:{alertname="HaUnclustered"}', "b4a7cc0ba8197cb9:firing", 0
    ),
    Expected(
        "43_ha_peer0_resolved", "pager", '{}:{alertname="HaUnclustered"}', "b4a7cc0ba8197cb9:resolved", 0
    ),
    Expected(
        "49_prom_watchdog",
        "watchdog",
        '{}/{alertname="Watchdog"}:{alertname="Watchdog", cluster="kind-1"}',
        "04faee3c93219f2a:firing",
        0,
    ),
    Expected(
        "50_prom_watchdog_two_replicas",
        "watchdog",
        '{}/{alertname="Watchdog"}:{alertname="Watchdog", cluster="kind-1"}',
        "04faee3c93219f2a:firing 712d52397a750ef9:firing",
        0,
    ),
    Expected(
        "51_prom_watchdog_resolved_prometheus_killed",
        "watchdog",
        '{}/{alertname="Watchdog"}:{alertname="Watchdog", cluster="kind-1"}',
        "04faee3c93219f2a:resolved 712d52397a750ef9:resolved",
        0,
    ),
    Expected(
        "52_prom_templated_two_severities",
        "pingparrot",
        '{}:{alertname="QueueDepth", cluster="kind-1"}',
        "7ba0f53e7e641708:firing 0b916c5263c79f79:firing",
        0,
    ),
    Expected(
        "53_prom_nan_value",
        "pingparrot",
        '{}:{alertname="NaNValue", cluster="kind-1"}',
        "b0f7a36ce4e8255b:firing",
        0,
    ),
    Expected(
        "54_prom_nan_resolved_because_target_died",
        "pingparrot",
        '{}:{alertname="NaNValue", cluster="kind-1"}',
        "b0f7a36ce4e8255b:resolved",
        0,
    ),
    Expected(
        "55_prom_targetdown_firing",
        "pingparrot",
        '{}:{alertname="TargetDown", cluster="kind-1"}',
        "2b021cf06451ba30:firing",
        0,
    ),
    Expected(
        "56_prom_queue_resolved_because_target_died",
        "pingparrot",
        '{}:{alertname="QueueDepth", cluster="kind-1"}',
        "7ba0f53e7e641708:resolved 0b916c5263c79f79:resolved",
        0,
    ),
    Expected(
        "57_prom_targetdown_resolved",
        "pingparrot",
        '{}:{alertname="TargetDown", cluster="kind-1"}',
        "2b021cf06451ba30:resolved",
        0,
    ),
    Expected(
        "58_prom_two_replicas_double",
        "pingparrot",
        '{}:{alertname="TargetDown", cluster="kind-1"}',
        "2b021cf06451ba30:firing d7a597fe2a9c17e1:firing",
        0,
    ),
    Expected(
        "60_prom_replica_label_dropped",
        "pingparrot",
        '{}:{alertname="TargetDown", cluster="kind-1"}',
        "be4fbc57d86ea056:firing",
        0,
    ),
    Expected("61_severity_warning", "default", '{}:{alertname="QueueDepth"}', "7533229a2811f847:firing", 0),
    Expected(
        "64_partial_silence_before",
        "default",
        '{}:{alertname="PartSilenced"}',
        "5686c39350e51443:firing 568ac39350e8fd1a:firing",
        0,
    ),
    Expected(
        "65_silence_ended_first_notification_late",
        "default",
        '{}:{alertname="PreSilenced"}',
        "eb6b85267c68286d:firing",
        0,
    ),
    Expected(
        "80_derived_v0_34_new_alerts",
        "basic-flow",
        '{}/{case="flow"}:{alertname="InstanceDown", cluster="eu-1"}',
        "b94f0b49a6e9f50e:firing 5e80b79b522a3219:firing 3e49b2572047e178:firing",
        0,
    ),
]


@pytest.mark.parametrize("expected", BODIES, ids=lambda one: one.name)
def test_a_recorded_body_is_read_whole(expected: Expected) -> None:
    batch = parse(body("alertmanager", expected.name), NOW)

    assert batch.adapter == "alertmanager"
    assert batch.receiver == expected.receiver
    assert batch.group_key == expected.group_key
    assert " ".join(f"{alert.fingerprint}:{alert.status}" for alert in batch.alerts) == expected.alerts
    assert batch.truncated == expected.truncated
    assert batch.rejected == ()


@pytest.mark.parametrize("expected", BODIES, ids=lambda one: one.name)
def test_the_fingerprints_of_recorded_alerts_can_be_computed(expected: Expected) -> None:
    for alert in json.loads(body("alertmanager", expected.name))["alerts"]:
        assert fingerprint_of(alert["labels"]) == alert["fingerprint"]


@pytest.mark.parametrize("expected", BODIES, ids=lambda one: one.name)
def test_times_and_texts_of_a_recorded_body_are_kept(expected: Expected) -> None:
    raw = json.loads(body("alertmanager", expected.name))

    batch = parse(body("alertmanager", expected.name), NOW)

    assert batch.external_url == raw["externalURL"]
    assert batch.common_labels == raw["commonLabels"]
    for alert, sent in zip(batch.alerts, raw["alerts"], strict=True):
        assert alert.labels == sent["labels"]
        assert alert.annotations.keys() == sent["annotations"].keys()
        assert alert.starts_at is not None
        assert abs(alert.starts_at - datetime.fromisoformat(sent["startsAt"])) <= timedelta(microseconds=1)
        assert (alert.ends_at is None) == (alert.status == "firing")
        assert alert.generator_url == sent["generatorURL"]


def test_every_recorded_body_is_asserted() -> None:
    assert sorted([*(expected.name for expected in BODIES), *POSTED]) == names("alertmanager")


@pytest.mark.parametrize("name", names("alertmanager"))
def test_recorded_bodies_are_told_by_their_shape(name: str) -> None:
    assert sender_of(body("alertmanager", name)) == ("prometheus" if name in POSTED else "alertmanager")


def test_prometheus_post_fires_while_its_end_is_ahead() -> None:
    batch = parse(body("alertmanager", POSTED[0]), NOW)

    assert [(alert.labels["alertname"], alert.status) for alert in batch.alerts] == [
        ("QueueDepth", "firing"),
        ("NoSuchMetric", "firing"),
    ]
    assert [alert.ends_at for alert in batch.alerts] == [None, None]
    assert batch.alerts[1].annotations == {}
    assert (batch.receiver, batch.group_key) == ("", "")


def test_prometheus_post_is_resolved_once_its_end_has_come() -> None:
    (firing, _) = parse(body("alertmanager", POSTED[0]), NOW).alerts

    (resolved,) = parse(body("alertmanager", POSTED[1]), datetime(2026, 11, 23, 2, 37, 53, tzinfo=UTC)).alerts

    assert resolved.status == "resolved"
    assert resolved.ends_at == datetime(2026, 11, 23, 2, 37, 52, 557_000, tzinfo=UTC)
    assert resolved.fingerprint == firing.fingerprint


def test_twins_of_a_cluster_differ_in_their_address_only() -> None:
    first = parse(body("alertmanager", "41_ha_peer0_firing"), NOW)
    second = parse(body("alertmanager", "42_ha_peer1_same_firing"), NOW)

    assert first.external_url != second.external_url
    assert (first.alerts, first.group_key, first.receiver) == (
        second.alerts,
        second.group_key,
        second.receiver,
    )


def test_a_long_annotation_is_cut_and_shows_it() -> None:
    (alert,) = parse(body("alertmanager", "16_long_annotation_400k"), NOW).alerts

    longest = max(alert.annotations.values(), key=len)
    assert len(longest) == 16_384
    assert longest.endswith("…")
