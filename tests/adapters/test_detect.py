"""Senders told by their shape, with fields missing."""

from __future__ import annotations

import json
from typing import Any

import pytest

from adapters.detect import sender_of


@pytest.mark.parametrize(
    ("document", "sender"),
    [
        ({"version": "4", "alerts": []}, "alertmanager"),
        ({"version": "4", "alerts": [], "orgId": 1}, "alertmanager"),
        ({"alerts": [{}], "groupKey": "{}"}, "alertmanager"),
        ({"version": "1", "alerts": []}, "grafana"),
        ({"alerts": [{}], "state": "alerting", "groupKey": "{}"}, "grafana"),
        ({"ruleId": 1, "evalMatches": []}, "grafana-legacy"),
        ({"evalMatches": [], "state": "ok"}, "grafana-legacy"),
        ([{"labels": {"alertname": "A"}}], "prometheus"),
        ([5, {"labels": {}}], "prometheus"),
        ([{"x": 1}], "unknown"),
        ([], "unknown"),
        ({"alerts": [{}]}, "unknown"),
        ({"version": "4", "alerts": {}}, "unknown"),
        ({"subject": "Server down", "message": "x", "delivery_mode": "broadcast"}, "unknown"),
        ({"ruleId": 7, "text": "a custom payload"}, "unknown"),
        (5, "unknown"),
        (None, "unknown"),
    ],
)
def test_senders_are_told_by_their_shape(document: Any, sender: str) -> None:
    assert sender_of(json.dumps(document).encode()) == sender


@pytest.mark.parametrize("body", [b"", b"High CPU", b"\xff", b"[" * 100_000])
def test_what_is_not_json_is_from_nobody(body: bytes) -> None:
    assert sender_of(body) == "unknown"
