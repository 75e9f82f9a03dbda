"""Whatever becomes of a real body: no parser fails but by PayloadError, and no alert is lost unseen."""

from __future__ import annotations

import contextlib
import json
from datetime import UTC, datetime
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from adapters.alert import Batch, PayloadError
from adapters.alertmanager.parse import parse as parse_alertmanager
from adapters.detect import sender_of
from adapters.grafana.parse import parse as parse_grafana
from tests.adapters.bodies import body, names
from tests.adapters.mutations import anything, mutated

NOW = datetime(2026, 11, 23, 3, 0, tzinfo=UTC)
SMALL = [name for name in names("alertmanager") if len(body("alertmanager", name)) < 20_000]
JSON = [name for name in names("grafana") if name != "19_custom_payload_not_json"]

alertmanager_bodies = st.sampled_from(SMALL).flatmap(lambda name: mutated(body("alertmanager", name)))
grafana_bodies = st.sampled_from(JSON).flatmap(lambda name: mutated(body("grafana", name)))
often = settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.too_slow])


def storable(batch: Batch) -> None:
    """Assert that everything in a batch can be written to any database and answered as JSON."""
    for text in _texts(batch):
        text.encode("utf-8")
        assert "\x00" not in text
        assert len(text) <= 65_536
    for alert in batch.alerts:
        assert alert.fingerprint
        assert all(alert.labels.values())
        assert alert.starts_at is None or alert.starts_at.tzinfo is UTC
        assert alert.ends_at is None or alert.ends_at.tzinfo is UTC
    assert len({alert.fingerprint for alert in batch.alerts}) == len(batch.alerts)
    assert 0 <= batch.truncated < 2**31


def _texts(batch: Batch) -> list[str]:
    maps: list[Any] = [batch.group_labels, batch.common_labels, batch.common_annotations]
    texts = [batch.receiver, batch.group_key, batch.external_url]
    for alert in batch.alerts:
        maps += [alert.labels, alert.annotations, alert.links, alert.values]
        texts += [alert.fingerprint, alert.generator_url]
    for rejected in batch.rejected:
        texts += [rejected.reason, rejected.excerpt]
    return [*texts, *(text for each in maps for pair in each.items() for text in pair)]


def encode(value: Any) -> bytes:
    """Return a JSON value as a body; lone surrogates as a sender would escape them."""
    return json.dumps(value).encode()


@often
@given(alertmanager_bodies)
def test_each_alert_of_a_mutated_alertmanager_body_is_taken_or_rejected(value: Any) -> None:
    try:
        batch = parse_alertmanager(encode(value), NOW)
    except PayloadError:
        assert not isinstance(value, list)
        assert not isinstance(value.get("alerts"), list)
        return

    storable(batch)
    listed = value if isinstance(value, list) else value["alerts"] or []
    assert len(batch.alerts) + len(batch.rejected) == len(listed)
    assert len({rejected.index for rejected in batch.rejected}) == len(batch.rejected)


@often
@given(grafana_bodies)
def test_each_alert_of_a_mutated_grafana_body_is_taken_or_rejected(value: Any) -> None:
    batch = parse_grafana(encode(value), NOW)

    storable(batch)
    assert batch.adapter == "grafana"
    listed = value.get("alerts") if isinstance(value, dict) else None
    if isinstance(listed, list) and listed and len(batch.alerts) + len(batch.rejected) != len(listed):
        assert sender_of(encode(value)) == "unknown"  # no sign of a sender is left: one alert with the text
        assert len(batch.alerts) == 1
    pending = isinstance(value, dict) and value.get("state") == "pending"
    assert batch.alerts or batch.rejected or pending


@often
@given(anything)
def test_any_json_is_some_alert_to_grafanas_parser(value: Any) -> None:
    batch = parse_grafana(encode(value), NOW)

    storable(batch)
    assert batch.alerts or batch.rejected


@often
@given(st.binary(max_size=300))
def test_any_bytes_are_some_alert_to_grafanas_parser(sent: bytes) -> None:
    batch = parse_grafana(sent, NOW)

    storable(batch)
    assert batch.alerts or batch.rejected


@often
@given(st.binary(max_size=300))
def test_any_bytes_are_read_or_refused_by_alertmanagers_parser(sent: bytes) -> None:
    with contextlib.suppress(PayloadError):
        storable(parse_alertmanager(sent, NOW))


@often
@given(st.sampled_from(SMALL), st.data())
def test_a_body_cut_anywhere_is_read_or_refused(name: str, data: st.DataObject) -> None:
    whole = body("alertmanager", name)
    cut_at = data.draw(st.integers(0, len(whole)))

    with contextlib.suppress(PayloadError):
        storable(parse_alertmanager(whole[:cut_at], NOW))
    assert parse_grafana(whole[:cut_at], NOW).alerts


@often
@given(st.sampled_from(SMALL), st.data())
def test_both_ways_of_reading_agree(name: str, data: st.DataObject) -> None:
    """A harmless escaped tab in an unknown field sends a body the slow way; the batch is the same."""
    value = json.loads(body("alertmanager", name))
    plain = encode(value)
    alerts = value if isinstance(value, list) else value["alerts"]
    alerts[data.draw(st.integers(0, len(alerts) - 1))]["unknown"] = "\x0b"

    assert parse_alertmanager(encode(value), NOW) == parse_alertmanager(plain, NOW)
