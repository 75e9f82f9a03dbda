"""The Test button of a contact point, told from a real alert.

Every Grafana gives its test alert the same fingerprint, so that a test gets one of its own here: two tests
never meet, and each press pages (docs/facts.md, section 4).
"""

from __future__ import annotations

import re
from dataclasses import replace

from adapters.alert import Batch
from adapters.fingerprint import fingerprint_of

_PREFIX = "test:"
_STAMPED = re.compile(r"-([0-9a-f]{16})-\d{9,12}\Z")
_LABELS = {"alertname": "TestAlert", "instance": "Grafana"}


def is_test(batch: Batch) -> bool:
    """Tell whether a batch of Grafana's adapter came from a Test button."""
    if batch.adapter != "grafana" or not batch.alerts:
        return False
    return all(alert.fingerprint.startswith(_PREFIX) for alert in batch.alerts)


def trial_fingerprint(*parts: str) -> str:
    """Return a fingerprint that `is_test` knows, one for each press that `parts` tell apart."""
    return _PREFIX + fingerprint_of({str(place): part for place, part in enumerate(parts)})


def mark_test(batch: Batch) -> Batch:
    """Return the batch, with a fingerprint of its own where it came from the Test button.

    The button's group key is `RECEIVER-FINGERPRINT-UNIXTIME`; before about 9 it was the labels and a time,
    with labels that nobody could change.
    """
    batch = _unforged(batch)
    if len(batch.alerts) != 1 or batch.rejected:
        return batch
    (alert,) = batch.alerts
    stamped = _STAMPED.search(batch.group_key)
    pressed = stamped is not None and stamped[1] == alert.fingerprint
    if alert.status != "firing" or not (pressed or alert.labels == _LABELS):
        return batch
    own = trial_fingerprint(batch.external_url, batch.group_key, str(alert.starts_at))
    return replace(batch, alerts=(replace(alert, fingerprint=own),))


def _unforged(batch: Batch) -> Batch:
    """Let no sender call an alert a test by the fingerprint that it gives: a test closes by itself."""
    if not any(alert.fingerprint.startswith(_PREFIX) for alert in batch.alerts):
        return batch
    alerts = (
        replace(alert, fingerprint="sent:" + fingerprint_of({"fingerprint": alert.fingerprint}))
        if alert.fingerprint.startswith(_PREFIX)
        else alert
        for alert in batch.alerts
    )
    return replace(batch, alerts=tuple(alerts))
