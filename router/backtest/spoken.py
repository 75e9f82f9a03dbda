"""What webhooks speak of: an alert, beside what is known of it already."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from router.backtest.live import Incident, JoinKey, LivePage
from router.lifecycle.incidents import Told, meaning
from rules.history import Alert, Webhook
from rules.model import Decision


@dataclass(frozen=True, slots=True)
class Spoken:
    """An alert that a webhook speaks of, and the open incidents of its integration and fingerprint."""

    webhook: Webhook
    alert: Alert
    told: Told
    beside: Sequence[Incident]

    @property
    def mine(self) -> list[Incident]:
        """The open incidents of its receiver, too."""
        return [incident for incident in self.beside if incident.receiver == self.webhook.receiver]

    @property
    def twins(self) -> Mapping[str, LivePage]:
        """The open pages, by route, that it is on because of what other receivers said of this episode."""
        return {
            incident.route: page
            for incident in self.beside
            if incident.receiver != self.webhook.receiver
            and (page := incident.open_page) is not None
            and meaning(self.told, [incident.episode]) == "reminder"
        }

    def incident(self, decision: Decision, key: JoinKey, outcome: str, now: datetime) -> Incident:
        """Return an incident of it, which nobody has put on record yet."""
        webhook, alert = self.webhook, self.alert
        return Incident(
            webhook.integration,
            webhook.receiver,
            alert.fingerprint,
            decision.terminal.name,
            alert.labels.get("alertname", ""),
            alert.starts_at,
            now,
            now,
            outcome,
            decision.priority,
            None,
            key,
        )
