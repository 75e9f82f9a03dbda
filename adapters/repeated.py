"""Alerts of one body that bear the same fingerprint: told apart, or one of them kept.

No sender that behaves sends this. Where the labels are the same it is one alert said twice: a firing one
wins over a resolved one, then the later `starts_at`, then the later in the body, so that no outage is
swallowed; the others are on record as rejected. Where the labels differ they are different things under one
name (a custom template that writes a constant): the later ones get a fingerprint of their own.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from itertools import count

import msgspec

from adapters.alert import Alert, Batch, Rejected
from adapters.fingerprint import fingerprint_of
from adapters.text import MAX_FINGERPRINT, bounded_key, excerpt

MAX_REJECTED = 1_000
"""Rejections of one body that are told one by one; the last but one of them counts the others."""

_NEVER = datetime.min.replace(tzinfo=UTC)


def tell_apart(batch: Batch) -> Batch:
    """Return the batch with no fingerprint twice; whatever it no longer holds is among its `rejected`.

    Of more than MAX_REJECTED rejections the last but one tells how many there are besides.
    """
    alerts = batch.alerts
    if len(alerts) < 2 or len({alert.fingerprint for alert in alerts}) == len(alerts):
        return _summed_up(batch)
    unread = {one.index for one in batch.rejected}
    places = (index for index in count() if index not in unread)
    kept: dict[str, tuple[int, Alert]] = {}
    rejected = list(batch.rejected)
    for index, alert in zip(places, alerts, strict=False):
        named = _named_apart(alert, kept)
        before = kept.get(named.fingerprint)
        if before is None:
            kept[named.fingerprint] = (index, named)
            continue
        winner, loser = (index, named), before
        if _rank(before[1]) > _rank(named):
            winner, loser = loser, winner
        kept[named.fingerprint] = winner
        rejected.append(_said_twice(loser, winner, shown=len(rejected) < MAX_REJECTED))
    rejected.sort(key=lambda one: one.index)
    apart = replace(batch, alerts=tuple(alert for _, alert in kept.values()), rejected=tuple(rejected))
    return _summed_up(apart)


def _summed_up(batch: Batch) -> Batch:
    """Return the batch with at most MAX_REJECTED rejections: `1,1,1,…` would make millions of rows."""
    if len(batch.rejected) <= MAX_REJECTED:
        return batch
    (*shown, first), rest = batch.rejected[: MAX_REJECTED - 1], batch.rejected[MAX_REJECTED - 1 : -1]
    reason = f"{first.reason}; and {len(rest):,} more alerts after it, which are only in the body"
    return replace(batch, rejected=(*shown, replace(first, reason=reason), batch.rejected[-1]))


def _named_apart(alert: Alert, kept: dict[str, tuple[int, Alert]]) -> Alert:
    before = kept.get(alert.fingerprint)
    if before is None or before[1].labels == alert.labels:
        return alert
    own = bounded_key(f"{alert.fingerprint}-{fingerprint_of(alert.labels)}", MAX_FINGERPRINT)
    return replace(alert, fingerprint=own)


def _rank(alert: Alert) -> tuple[bool, datetime]:
    return (alert.status == "firing", alert.starts_at or _NEVER)


def _said_twice(loser: tuple[int, Alert], winner: tuple[int, Alert], *, shown: bool) -> Rejected:
    index, alert = loser
    reason = (
        f"alerts[{index}]: the same alert as alerts[{winner[0]}] (fingerprint {alert.fingerprint}), "
        f"which is {winner[1].status} and was taken"
    )
    return Rejected(index, reason, excerpt(msgspec.to_builtins(alert)) if shown else "")
