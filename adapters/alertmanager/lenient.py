"""The slow way: a body decoded untyped and read alert by alert, so that one bad alert costs no other."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any

from adapters.alert import Alert, AlertStatus, Batch, PayloadError, Rejected
from adapters.alertmanager.quoting import unquote
from adapters.alertmanager.wire import MAX_TRUNCATED
from adapters.fingerprint import fingerprint_of
from adapters.json_body import kind_of
from adapters.repeated import MAX_REJECTED
from adapters.text import (
    MAX_ALERTS,
    MAX_FINGERPRINT,
    MAX_GROUP_KEY,
    MAX_RECEIVER,
    annotation_map,
    excerpt,
    key_text,
    label_map,
    link,
    short,
)
from adapters.times import read_time

ReadAlert = Callable[[Any, datetime], Alert]


class UnreadableAlertError(ValueError):
    """One alert that cannot be read; the text says which of its values and why."""


def read_object(raw: dict[str, Any], read: ReadAlert, now: datetime, *, adapter: str) -> Batch:
    """Return the batch of a decoded webhook body.

    Parameters:
      raw: the body's JSON object.
      read: reads one alert, or raises UnreadableAlertError.
      now: UTC.
      adapter: as the batch names it.

    Raises PayloadError when there is no list of alerts.
    """
    listed = raw.get("alerts")
    if "alerts" not in raw or not isinstance(listed, list | None):
        found = kind_of(listed) if "alerts" in raw else "missing"
        raise PayloadError(f"alerts: expected a list of alerts, found {found}")
    alerts, rejected, unread = _read_alerts(listed or (), read, now)
    cut_off = raw.get("truncatedAlerts")
    truncated = cut_off if type(cut_off) is int and cut_off > 0 else 0
    return Batch(
        adapter=adapter,
        receiver=key_text(raw.get("receiver"), MAX_RECEIVER, unquote),
        group_key=key_text(raw.get("groupKey"), MAX_GROUP_KEY),
        alerts=alerts,
        rejected=rejected,
        group_labels=_common_labels(raw.get("groupLabels")),
        common_labels=_common_labels(raw.get("commonLabels")),
        common_annotations=annotation_map(raw.get("commonAnnotations")),
        external_url=link(raw.get("externalURL")),
        truncated=min(truncated + unread, MAX_TRUNCATED),
    )


def read_list(listed: Sequence[Any], now: datetime, *, adapter: str) -> Batch:
    """Return the batch of a list of alerts as Prometheus posts it; parameters as of `read_object`."""
    alerts, rejected, unread = _read_alerts(listed, _read_post, now)
    return Batch(adapter, receiver="", group_key="", alerts=alerts, rejected=rejected, truncated=unread)


def _read_alerts(
    listed: Sequence[Any], read: ReadAlert, now: datetime
) -> tuple[tuple[Alert, ...], tuple[Rejected, ...], int]:
    """Return the alerts that can be read, the others with the reason, and how many were not looked at."""
    alerts: list[Alert] = []
    rejected: list[Rejected] = []
    for index, raw in enumerate(listed[:MAX_ALERTS]):
        try:
            alerts.append(read(raw, now))
        except UnreadableAlertError as error:
            shown = excerpt(raw) if len(rejected) < MAX_REJECTED else ""
            rejected.append(Rejected(index, f"alerts[{index}]{error}", shown))
    unread = len(listed) - MAX_ALERTS
    if unread > 0:
        reason = f"of one body {MAX_ALERTS:,} alerts are read, the other {unread:,} are only in the body"
        rejected.append(Rejected(MAX_ALERTS, reason, excerpt(listed[MAX_ALERTS])))
    return tuple(alerts), tuple(rejected), max(0, unread)


def read_alert(raw: Any, now: datetime) -> Alert:
    """Return one alert of a webhook body, forgiving all but what makes it another alert.

    Times that are none, annotations and links of wrong types are let go: the alert matters more. A missing
    status is told by `endsAt`.

    Raises UnreadableAlertError when it is no object, its status is neither firing nor resolved, or its
    labels are not text.
    """
    if not isinstance(raw, dict):
        raise UnreadableAlertError(f": expected an object, found {kind_of(raw)}")
    labels = _labels(raw.get("labels"))
    ends_at = read_time(raw.get("endsAt"))
    status = _status(raw.get("status"), ends_at, now)
    return Alert(
        fingerprint=key_text(raw.get("fingerprint"), MAX_FINGERPRINT) or fingerprint_of(labels),
        status=status,
        labels=label_map(labels),
        annotations=annotation_map(raw.get("annotations")),
        starts_at=read_time(raw.get("startsAt")),
        ends_at=ends_at if status == "resolved" else None,
        generator_url=link(raw.get("generatorURL")),
    )


def _read_post(raw: Any, now: datetime) -> Alert:
    """Return one alert as Prometheus posts it: no status, `endsAt` in the future while it fires.

    Raises UnreadableAlertError as `read_alert` does, and when there are no labels.
    """
    if isinstance(raw, dict) and not isinstance(raw.get("labels"), dict):
        raise UnreadableAlertError(f".labels: expected an object, found {kind_of(raw.get('labels'))}")
    return read_alert({**raw, "status": None} if isinstance(raw, dict) else raw, now)


def _status(value: object, ends_at: datetime | None, now: datetime) -> AlertStatus:
    if value is None:
        return "resolved" if ends_at is not None and ends_at <= now else "firing"
    told = value.strip().lower() if isinstance(value, str) else ""
    if told == "firing":
        return "firing"
    if told == "resolved":
        return "resolved"
    raise UnreadableAlertError(f".status: expected firing or resolved, found {excerpt(value)[:100]}")


def _labels(value: object) -> dict[str, str]:
    if value is None:
        return {}
    if not isinstance(value, dict):
        raise UnreadableAlertError(f".labels: expected an object, found {kind_of(value)}")
    for name, text in value.items():
        if text is not None and not isinstance(text, str):
            raise UnreadableAlertError(
                f".labels.{short(name, 100)}: expected text, found {kind_of(text)}: {excerpt(text)[:100]}"
            )
    return {name: text for name, text in value.items() if text}


def _common_labels(value: object) -> dict[str, str]:
    if not isinstance(value, dict):
        return {}
    return label_map({name: text for name, text in value.items() if isinstance(text, str)})
