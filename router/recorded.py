"""A history as it is exported: what the database keeps of a time, normalised by the adapters."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime

from adapters.alert import Batch, PayloadError
from router.store import histories
from router.store.engine import Database
from router.store.histories import StillFiring, StoredWebhook
from router.webhook import PARSERS
from rules.history import FORMAT, Alert, End, Header, Record, Webhook


@dataclass(frozen=True, slots=True)
class Recording:
    """What is exported: an organisation's history from one moment on until before another, UTC.

    Parameters:
      time_zone: in which its nights and weekends are counted, unless somebody says otherwise.
    """

    database: Database
    org_id: int
    organisation: str
    since: datetime
    until: datetime
    time_zone: str

    def records(self, on_webhook: Callable[[], None] = lambda: None) -> Iterator[Record]:
        """Yield a history's records in their order; constant memory, short transactions.

        Parameters:
          on_webhook: called for each webhook that was read.
        """
        asked = self.database, self.org_id, self.since, self.until
        yield Header(FORMAT, self.since, self.until, self.organisation, self.time_zone)
        yield histories.people(self.database, self.org_id)
        paged = heard = alerts = quarantined = 0
        for page in histories.pages(*asked):
            paged += 1
            yield page
        for webhook in self._resumed():
            heard += 1
            alerts += len(webhook.alerts)
            yield webhook
        for stored in histories.webhooks(*asked):
            on_webhook()
            batch = _batch_of(stored)
            if batch is None:
                quarantined += 1
                continue
            heard += 1
            alerts += len(batch.alerts)
            yield webhook_of(batch, stored.integration, stored.received_at)
        yield End(heard, alerts, paged, quarantined)

    def _resumed(self) -> Iterator[Webhook]:
        """Yield webhooks in the place of those that spoke first of what fires at the beginning."""
        together: list[StillFiring] = []
        for one in histories.still_firing(self.database, self.org_id, self.since):
            if together and _origin(one) != _origin(together[0]):
                yield self._resume(together)
                together = []
            together.append(one)
        if together:
            yield self._resume(together)

    def _resume(self, together: list[StillFiring]) -> Webhook:
        first = together[0]
        alerts = list({one.alert.fingerprint: one.alert for one in together}.values())
        stored = histories.find_webhook(self.database, first.webhook_id)
        batch = None if stored is None else _batch_of(stored)
        adapter = first.kind if first.kind in PARSERS else "alertmanager"
        return Webhook(
            first.heard_at,
            first.integration,
            adapter if batch is None else batch.adapter,
            alerts,
            first.receiver,
            "" if batch is None else batch.group_key,
            resumed=True,
        )


def webhook_of(batch: Batch, integration: str, at: datetime) -> Webhook:
    """Return a batch as a history has it.

    Parameters:
      integration: the name of its sender.
      at: when it was received, UTC.
    """
    return Webhook(
        at,
        integration,
        batch.adapter,
        [
            Alert(
                alert.status,
                alert.fingerprint,
                dict(alert.labels),
                dict(alert.annotations),
                alert.starts_at,
                alert.ends_at,
            )
            for alert in batch.alerts
        ],
        batch.receiver,
        batch.group_key,
        batch.truncated,
    )


def _origin(one: StillFiring) -> tuple[int, datetime, str, str]:
    return one.webhook_id, one.heard_at, one.integration, one.receiver


def _batch_of(stored: StoredWebhook) -> Batch | None:
    """Read a body again; None for one that cannot be read, which stands in quarantine."""
    parse = PARSERS.get(stored.adapter)
    try:
        return None if parse is None else parse(stored.body, stored.received_at)
    except PayloadError:
        return None
