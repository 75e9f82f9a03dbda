"""Alerts of which nothing has been heard for long: they end as `stale`, and so do their pages."""

from __future__ import annotations

from datetime import datetime, timedelta

from router import metrics, paging
from router.in_force import Rules
from router.lifecycle.doubting import SETTLES
from router.store import heartbeats, incidents, pages
from router.store.writer import Transaction

_BATCH = 100


def end_stale(tx: Transaction, rules: Rules, now: datetime) -> int:
    """End incidents that nobody has spoken of for `stale_after`; returns how many.

    Those of an integration whose heartbeat is missing are left alone: it is the monitoring that is silent.
    Once it is back, they have a while to be heard again.
    """
    heard_before = now - timedelta(seconds=rules.ruleset.stale_after_s)
    spared = heartbeats.unsure_senders(tx.connection, rules.org_id, rules.proofs, now - SETTLES)
    silent = incidents.unheard(tx.connection, heard_before, spared, _BATCH)
    touched = {page_id for _, page_id in silent if page_id is not None}
    pages.lock(tx, touched)
    incidents.end(tx, [incident_id for incident_id, _ in silent], "stale", now)
    emptied = touched - incidents.still_open(tx.connection, touched).keys()
    left = set(incidents.stale_pages(tx.connection, heard_before, spared, _BATCH))
    paging.close(tx, emptied | left, "stale", "Nothing was heard of its alerts for long.", now)
    tx.after_commit(lambda: metrics.STALE.inc(len(silent)))
    return len(silent)
