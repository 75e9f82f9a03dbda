"""Alerts that fire again soon after they ended: which page they belong to, and how often that was.

Source: docs/rules.md, "Alerts that come again".
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from router import metrics
from router.arrivals import Arrival
from router.in_force import Rules
from router.lifecycle.flapping import fired_again
from router.lifecycle.model import RANK
from router.store import recent
from router.store.recent import AlertKey
from router.store.writer import Transaction
from router.taken import Taken


def recall(tx: Transaction, taken: Sequence[Taken], rules: Rules, now: datetime) -> None:
    """Note on new arrivals that they have fired lately, and lead them to the page that waits for them.

    Parameters:
      taken: alerts that routes have just taken; incidents that they supersede are stored as ended.
      rules: those in force; where heartbeats prove resolves, pages may have waited for hours.
    """
    arriving = {_key(new): new for new in taken if new.arrival is not None}
    if not arriving or not (rules.memory_s or rules.proofs):
        return
    integrations = {key[0] for key in arriving}
    fingerprints = {key[2] for key in arriving}
    since = now - timedelta(seconds=rules.memory_s)
    known = recent.waited_for(tx.connection, fingerprints) if rules.proofs else {}
    known |= recent.last_firings(tx.connection, integrations, fingerprints, since)
    for key, last in known.items():
        new = arriving.get(key)
        if new is None or new.arrival is None or new.plan is None:
            continue
        new.arrival.again = fired_again(last.past, new.plan, now)
        higher = RANK[new.arrival.priority] > RANK[last.page_priority]
        if last.waits and not (last.acknowledged and higher):
            new.arrival.awaited_by = last.past.page_id


def count(tx: Transaction, arrivals: Sequence[Arrival]) -> None:
    """Count alerts that fired again, by what became of them."""
    for arrival in arrivals:
        if arrival.again is not None:
            outcome = "flapping" if arrival.again.streak.flapping else arrival.outcome
            tx.after_commit(metrics.REFIRED.labels(outcome).inc)


def _key(new: Taken) -> AlertKey:
    sender = new.heard.webhook.sender
    return sender.integration_id, new.batch.receiver, new.alert.fingerprint, new.decision.terminal.name
