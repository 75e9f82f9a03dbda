"""What the Alertmanager parser forgives, what it rejects, and what it refuses."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from adapters.alert import PayloadError
from adapters.alertmanager.parse import parse
from adapters.text import MAX_ALERTS

NOW = datetime(2026, 11, 23, 3, 0, tzinfo=UTC)


def alert(**changes: Any) -> dict[str, Any]:
    """Return an ordinary firing alert with some fields changed; `...` drops one."""
    ordinary: dict[str, Any] = {
        "status": "firing",
        "labels": {"alertname": "InstanceDown", "instance": "web-1"},
        "annotations": {"summary": "web-1 is down"},
        "startsAt": "2026-11-23T02:23:57.059971Z",
        "endsAt": "0001-01-01T00:00:00Z",
        "generatorURL": "http://prometheus.example:9090/graph",
        "fingerprint": "b94f0b49a6e9f50e",
    }
    return {name: value for name, value in {**ordinary, **changes}.items() if value is not ...}


def webhook(*alerts: Any, **changes: Any) -> bytes:
    """Return a webhook body with these alerts and some fields changed."""
    ordinary: dict[str, Any] = {
        "receiver": "pager",
        "status": "firing",
        "alerts": list(alerts),
        "groupKey": '{}:{alertname="InstanceDown"}',
        "version": "4",
        "truncatedAlerts": 0,
    }
    return json.dumps(
        {name: value for name, value in {**ordinary, **changes}.items() if value is not ...}
    ).encode()


def test_missing_and_null_maps_are_empty() -> None:
    body = webhook(
        alert(annotations=..., labels=None, generatorURL=None),
        commonLabels=None,
        groupLabels=...,
        groupKey=None,
    )

    batch = parse(body, NOW)

    assert batch.alerts[0].labels == {}
    assert batch.alerts[0].annotations == {}
    assert (batch.common_labels, batch.group_labels, batch.group_key) == ({}, {}, "")


def test_unknown_keys_are_ignored() -> None:
    batch = parse(
        webhook(alert(enrichment={"a": [1]}), routeLabels={"team": "db"}, notification_reason=7), NOW
    )

    assert len(batch.alerts) == 1
    assert batch.rejected == ()


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"status": 5}, "alerts[1].status: expected firing or resolved, found 5"),
        ({"status": "suppressed"}, 'alerts[1].status: expected firing or resolved, found "suppressed"'),
        ({"labels": {"severity": 5}}, "alerts[1].labels.severity: expected text, found a number: 5"),
        ({"labels": {"up": True}}, "alerts[1].labels.up: expected text, found a boolean: true"),
        ({"labels": {"a": ["b"]}}, 'alerts[1].labels.a: expected text, found a list: ["b"]'),
        ({"labels": "severity=critical"}, "alerts[1].labels: expected an object, found text"),
    ],
)
def test_one_bad_alert_is_rejected_with_a_reason_while_the_others_go_on(
    changes: dict[str, Any], reason: str
) -> None:
    bad = alert(fingerprint="02", **changes)

    batch = parse(webhook(alert(fingerprint="01"), bad, alert(fingerprint="03")), NOW)

    assert [one.fingerprint for one in batch.alerts] == ["01", "03"]
    (rejected,) = batch.rejected
    assert (rejected.index, rejected.reason) == (1, reason)
    assert json.loads(rejected.excerpt) == bad


@pytest.mark.parametrize("bad", [None, 5, "firing", ["firing"]])
def test_an_alert_that_is_no_object_is_rejected(bad: Any) -> None:
    batch = parse(webhook(bad, alert()), NOW)

    assert [one.index for one in batch.rejected] == [0]
    assert len(batch.alerts) == 1


def test_an_excerpt_is_bounded() -> None:
    (rejected,) = parse(webhook(alert(status=1, annotations={"summary": "x" * 100_000})), NOW).rejected

    assert len(rejected.excerpt) == 2_000


@pytest.mark.parametrize(
    ("ends_at", "status"),
    [
        ("2026-11-23T02:59:59Z", "resolved"),
        ("2026-11-23T03:00:01Z", "firing"),
        ("0001-01-01T00:00:00Z", "firing"),
        ("never", "firing"),
    ],
)
def test_a_missing_status_is_told_by_the_end(ends_at: str, status: str) -> None:
    (one,) = parse(webhook(alert(status=None, endsAt=ends_at)), NOW).alerts

    assert one.status == status


@pytest.mark.parametrize(
    "value", ["yesterday", "\ud800", 1_795_144_447, {}, "2026-13-01T00:00:00Z", "9999-12-31T23:59:59-01:00"]
)
def test_a_time_that_is_none_costs_no_alert(value: Any) -> None:
    (one,) = parse(webhook(alert(startsAt=value)), NOW).alerts

    assert one.starts_at is None


@pytest.mark.parametrize(
    "zero", ["0001-01-01T00:00:00Z", "0001-01-01T00:00:00+14:00", "0001-01-01T00:00:00-12:00"]
)
def test_the_year_1_is_no_time(zero: str) -> None:
    (one,) = parse(webhook(alert(status="resolved", startsAt=zero, endsAt=zero)), NOW).alerts

    assert (one.starts_at, one.ends_at) == (None, None)


def test_offsets_become_utc() -> None:
    (one,) = parse(webhook(alert(startsAt="2022-04-05T22:16:47.085355886+02:00")), NOW).alerts

    assert one.starts_at == datetime(2022, 4, 5, 20, 16, 47, 85_356, tzinfo=UTC)
    assert one.starts_at.utcoffset() == timedelta(0)


@pytest.mark.parametrize(
    ("sent", "kept"),
    [
        ("a\x00b", "ab"),
        ("\x1b[31mred", "[31mred"),
        ("a\r\nb\tc", "a\nb\tc"),
        ("\x7f\x85x", "x"),
        ("\ud800!", "\ufffd!"),
    ],
)
@pytest.mark.parametrize("ascii_only", [True, False])
def test_control_characters_are_taken_out(sent: str, kept: str, *, ascii_only: bool) -> None:
    document = json.loads(webhook(alert(labels={"alertname": sent}, annotations={"summary": sent})))
    body = json.dumps(document, ensure_ascii=ascii_only).encode("utf-8", "replace")

    (one,) = parse(body, NOW).alerts

    assert one.labels == {"alertname": kept if ascii_only else kept.replace("\ufffd", "?")}
    assert one.annotations == {"summary": one.labels["alertname"]}


def test_empty_label_values_are_dropped_and_empty_annotations_kept() -> None:
    (one,) = parse(
        webhook(alert(labels={"alertname": "A", "empty": ""}, annotations={"summary": ""})), NOW
    ).alerts

    assert one.labels == {"alertname": "A"}
    assert one.annotations == {"summary": ""}


def test_long_texts_are_cut_and_show_it() -> None:
    labels = {"alertname": "x" * 5_000, "n" * 2_000: "y"}

    (one,) = parse(webhook(alert(labels=labels)), NOW).alerts

    assert one.labels["alertname"] == "x" * 4_095 + "…"
    assert one.labels["n" * 1_023 + "…"] == "y"


def test_more_labels_than_anybody_reads_are_left_out() -> None:
    (one,) = parse(webhook(alert(labels={f"label_{number:04}": "x" for number in range(1_000)})), NOW).alerts

    assert len(one.labels) == 256


def test_a_group_key_is_kept_whole_up_to_64_kib() -> None:
    key = "k" * 65_536

    assert parse(webhook(alert(), groupKey=key), NOW).group_key == key


def test_longer_group_keys_still_tell_groups_apart() -> None:
    one, other = (parse(webhook(alert(), groupKey="k" * 70_000 + end), NOW).group_key for end in "ab")

    assert one != other
    assert len(one) == len(other) == 65_536


def test_a_missing_fingerprint_is_computed_as_alertmanager_does() -> None:
    body = webhook(alert(fingerprint=..., labels={"alertname": "TestAlert", "instance": "Grafana"}))

    assert parse(body, NOW).alerts[0].fingerprint == "57c6d9296de2ad39"


@pytest.mark.parametrize("count", [-5, None, "7", 1.5, True, ...])
def test_a_count_of_cut_alerts_that_is_none_counts_as_nothing(count: Any) -> None:
    assert parse(webhook(alert(), truncatedAlerts=count), NOW).truncated == 0


def test_a_huge_count_of_cut_alerts_is_bounded() -> None:
    assert parse(webhook(alert(), truncatedAlerts=10**30), NOW).truncated == 2**31 - 1


@pytest.mark.parametrize("url", ["javascript:alert(1)", "?orgId=1", "http://" + "x" * 10_000, 5])
def test_only_links_that_a_person_may_follow_are_kept(url: Any) -> None:
    batch = parse(webhook(alert(generatorURL=url), externalURL=url), NOW)

    assert (batch.alerts[0].generator_url, batch.external_url) == ("", "")


def test_annotations_of_other_types_become_text() -> None:
    (one,) = parse(webhook(alert(annotations={"value": 97.5, "list": [1], "none": None})), NOW).alerts

    assert one.annotations == {"value": "97.5", "list": "[1]", "none": ""}


def test_a_firing_and_a_resolved_of_one_fingerprint_fire() -> None:
    ended = alert(status="resolved", endsAt="2026-11-23T02:50:00Z")
    again = alert(startsAt="2026-11-23T02:55:00Z")

    for body in (webhook(ended, again), webhook(again, ended)):
        batch = parse(body, NOW)

        assert [(one.status, one.starts_at) for one in batch.alerts] == [
            ("firing", datetime(2026, 11, 23, 2, 55, tzinfo=UTC))
        ]
        (rejected,) = batch.rejected
        assert "which is firing and was taken" in rejected.reason


def test_of_two_firing_the_later_episode_is_taken() -> None:
    batch = parse(webhook(alert(startsAt="2026-11-23T02:55:00Z"), 5, alert()), NOW)

    assert [one.starts_at for one in batch.alerts] == [datetime(2026, 11, 23, 2, 55, tzinfo=UTC)]
    assert [one.index for one in batch.rejected] == [1, 2]


def test_different_alerts_under_one_fingerprint_are_told_apart() -> None:
    batch = parse(webhook(*(alert(labels={"alertname": "A", "instance": name}) for name in "xyz")), NOW)

    assert [one.labels["instance"] for one in batch.alerts] == ["x", "y", "z"]
    assert len({one.fingerprint for one in batch.alerts}) == 3
    assert batch.rejected == ()


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        (b"", "not JSON"),
        (b"High CPU is firing", "not JSON: line 1, column 1"),
        (b'{"alerts": [', "not JSON"),
        (b"5", "the body is a number"),
        (b"null", "the body is null"),
        (b"{}", "alerts: expected a list of alerts, found missing"),
        (b'{"alerts": {"0": {}}}', "alerts: expected a list of alerts, found an object"),
        (b'{"alerts": [{"labels": {"a": "\xff"}}]}', "not UTF-8: byte 30 is 0xff"),
        (b'{"alerts": [], "x": ' + b"[" * 100_000, "nested too deeply"),
        (b'{"alerts": ' + b'[{"labels":' * 50_000, "nested too deeply"),
        (b"[" * 1_000_000, "nested too deeply"),
        (b'{"alerts": [], "truncatedAlerts": ' + b"9" * 10_000 + b"}", "a number that is too long"),
    ],
)
def test_a_body_that_cannot_be_read_is_refused_with_a_reason(body: bytes, reason: str) -> None:
    with pytest.raises(PayloadError) as refused:
        parse(body, NOW)

    assert reason in str(refused.value)


def test_a_byte_order_mark_and_raw_newlines_are_let_pass() -> None:
    body = b"\xef\xbb\xbf" + webhook(alert(annotations={"summary": "one\ntwo"})).replace(b"\\n", b"\n")

    assert parse(body, NOW).alerts[0].annotations == {"summary": "one\ntwo"}


def test_no_alerts_are_no_fault() -> None:
    assert parse(webhook(alerts=None), NOW).alerts == ()
    assert parse(b"[]", NOW).alerts == ()


def test_posts_without_labels_are_rejected() -> None:
    batch = parse(b'[{"labels": {"alertname": "A"}}, {"annotations": {}}, 7]', NOW)

    assert [one.labels["alertname"] for one in batch.alerts] == ["A"]
    assert [one.reason for one in batch.rejected] == [
        "alerts[1].labels: expected an object, found null",
        "alerts[2]: expected an object, found a number",
    ]


def test_rejections_without_end_are_summed_up() -> None:
    batch = parse(json.dumps({"alerts": [alert(), *[1] * 5_000]}).encode(), NOW)

    assert len(batch.alerts) == 1
    assert len(batch.rejected) == 1_000
    assert batch.rejected[-2].reason == (
        "alerts[999]: expected an object, found a number; "
        "and 4,000 more alerts after it, which are only in the body"
    )


def test_repetitions_without_end_are_summed_up() -> None:
    batch = parse(webhook(*[alert()] * 5_000), NOW)

    assert len(batch.alerts) == 1
    assert len(batch.rejected) == 1_000
    assert batch.rejected[-2].reason.endswith("and 3,999 more alerts after it, which are only in the body")


@pytest.mark.parametrize("shape", ["webhook", "list"])
def test_alerts_beyond_those_that_are_read_count_as_cut_off(shape: str) -> None:
    alerts = [alert(labels={"alertname": str(number)}, fingerprint=...) for number in range(MAX_ALERTS + 5)]

    batch = parse(webhook(*alerts) if shape == "webhook" else json.dumps(alerts).encode(), NOW)

    assert len(batch.alerts) == MAX_ALERTS
    assert batch.truncated == 5
    (rejected,) = batch.rejected
    assert rejected.index == MAX_ALERTS
    assert "the other 5 are only in the body" in rejected.reason


def test_a_text_of_megabytes_is_cut_before_it_is_cleaned() -> None:
    control = "\x01" * 3_000_000
    batch = parse(webhook(alert(labels={"a": f"b{control}", "c": control}, annotations={"d": control})), NOW)

    (taken,) = batch.alerts
    assert taken.labels == {"a": "b…", "c": "…"}
    assert taken.annotations == {"d": "…"}


def test_alerts_that_differ_in_a_label_of_megabytes_differ() -> None:
    labels = {"alertname": "Wide", **{f"label{number}": "x" * 1_000 for number in range(1_000)}}
    batch = parse(
        webhook(*[alert(labels={**labels, "last": end}, fingerprint=...) for end in ("a", "b")]), NOW
    )

    assert len(batch.alerts) == 2
    assert not batch.rejected
