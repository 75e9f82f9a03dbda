"""What Alertmanager posts, and what Prometheus or vmalert post to an Alertmanager, as a Batch."""

from __future__ import annotations

from datetime import datetime

import msgspec

from adapters.alert import Alert, Batch, PayloadError
from adapters.alertmanager.lenient import read_alert, read_list, read_object
from adapters.alertmanager.quoting import unquote
from adapters.alertmanager.wire import BODY, POSTS, WireAlert, WireBody, WirePost
from adapters.fingerprint import fingerprint_of
from adapters.json_body import kind_of, read_json
from adapters.repeated import tell_apart
from adapters.text import may_need_cleaning
from adapters.times import in_utc

_LINKS = ("http://", "https://")


def parse(body: bytes, now: datetime) -> Batch:
    """Return the batch in a body of Alertmanager's webhook (version 4), or in a list of Prometheus' alerts.

    An alert that cannot be read is among the batch's `rejected`, the others go on. No two alerts of a batch
    have the same fingerprint (adapters/repeated.py). docs/facts.md, sections 1, 2 and 6.

    Parameters:
      body: as received.
      now: UTC; a direct post says that an alert fires by an `endsAt` in the future.

    Raises PayloadError when the body as a whole cannot be read.
    """
    is_list = body[:64].lstrip()[:1] == b"["
    if not may_need_cleaning(body):
        try:
            batch = _of_posts(POSTS.decode(body), now) if is_list else _of_body(BODY.decode(body))
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
            pass  # read again leniently, which names what is wrong
        else:
            return tell_apart(batch)
    try:
        return tell_apart(_leniently(body, now))
    except RecursionError:
        raise PayloadError("the body is nested too deeply to be read") from None


def _leniently(body: bytes, now: datetime) -> Batch:
    raw = read_json(body)
    if isinstance(raw, dict):
        return read_object(raw, read_alert, now, adapter="alertmanager")
    if not isinstance(raw, list):
        raise PayloadError(f"the body is {kind_of(raw)}: expected an object with alerts, or a list of them")
    return read_list(raw, now, adapter="alertmanager")


def _of_body(wire: WireBody) -> Batch:
    return Batch(
        adapter="alertmanager",
        receiver=unquote(wire.receiver or ""),
        group_key=wire.groupKey or "",
        alerts=tuple([_of_alert(alert) for alert in wire.alerts]),
        group_labels=wire.groupLabels or {},
        common_labels=wire.commonLabels or {},
        common_annotations=wire.commonAnnotations or {},
        external_url=_link(wire.externalURL),
        truncated=wire.truncatedAlerts or 0,
    )


def _of_alert(wire: WireAlert) -> Alert:
    labels = wire.labels or {}
    return Alert(
        wire.fingerprint or fingerprint_of(labels),
        wire.status,
        labels,
        wire.annotations or {},
        in_utc(wire.startsAt),
        in_utc(wire.endsAt) if wire.status == "resolved" else None,
        _link(wire.generatorURL),
    )


def _of_posts(posts: list[WirePost], now: datetime) -> Batch:
    return Batch(
        adapter="alertmanager",
        receiver="",
        group_key="",
        alerts=tuple([_of_post(post, now) for post in posts]),
    )


def _of_post(wire: WirePost, now: datetime) -> Alert:
    ends_at = in_utc(wire.endsAt)
    ended = ends_at is not None and ends_at <= now
    return Alert(
        fingerprint_of(wire.labels),
        "resolved" if ended else "firing",
        wire.labels,
        wire.annotations or {},
        in_utc(wire.startsAt),
        ends_at if ended else None,
        _link(wire.generatorURL),
    )


def _link(url: str | None) -> str:
    return url if url is not None and url.startswith(_LINKS) else ""
