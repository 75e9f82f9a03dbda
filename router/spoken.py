"""An alert that a webhook speaks of, before anybody knows what that means."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from adapters.alert import Alert, Batch
from router.lifecycle.incidents import Told, meaning
from router.store.incidents import OpenIncident, StoredAlert
from router.taken import Heard, detail_of, labels_for_rules
from router.webhook import Sender


@dataclass(frozen=True, slots=True)
class Spoken:
    """An alert that a webhook speaks of.

    Parameters:
      beside: the open incidents of its integration and fingerprint, whatever their receiver.
    """

    heard: Heard
    batch: Batch
    alert: Alert
    told: Told
    beside: Sequence[OpenIncident]

    @property
    def sender(self) -> Sender:
        """Who speaks."""
        return self.heard.webhook.sender

    @property
    def mine(self) -> list[OpenIncident]:
        """The open incidents of its receiver, too."""
        return [incident for incident in self.beside if incident.receiver == self.batch.receiver]

    @property
    def twins(self) -> dict[str, int | None]:
        """The open pages, by route, that it is on because of what other receivers said of this episode."""
        return {
            incident.route: incident.page_id
            for incident in self.beside
            if incident.receiver != self.batch.receiver
            and incident.page_open
            and meaning(self.told, [incident.episode]) == "reminder"
        }

    @property
    def labels(self) -> dict[str, str]:
        """What matchers see of it."""
        return labels_for_rules(self.sender, self.batch, self.alert)

    @property
    def stored(self) -> StoredAlert:
        """What is kept of it."""
        return StoredAlert(self.alert.labels, detail_of(self.alert, self.batch))

    @property
    def vanished(self) -> bool:
        """Whether Grafana resolved it only because its series is gone (docs/facts.md, section 4)."""
        reason = self.alert.annotations.get("grafana_state_reason")
        return self.batch.adapter == "grafana" and reason == "MissingSeries"
