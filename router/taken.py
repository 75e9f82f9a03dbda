"""An alert that a route has taken: the row it leaves, and what its sender is answered."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import msgspec

from adapters.alert import Alert, Batch
from router.arrivals import Arrival
from router.lifecycle.model import Plan
from router.lifecycle.resolves import down_target
from router.store.incidents import Detail, StoredAlert
from router.store.recent import encode_streak
from router.webhook import AlertAnswer, Sender, Webhook
from rules.model import Decision

_LONGEST_REASON = 400
_MOST_TEXT = 65_536  # characters over all alerts of a webhook
_encode = msgspec.json.Encoder().encode


@dataclass(frozen=True, slots=True)
class Heard:
    """A webhook in a round.

    Parameters:
      id: its row's.
      answers: filled with what was done about each of its alerts.
    """

    id: int
    webhook: Webhook
    answers: list[AlertAnswer]


@dataclass(frozen=True, slots=True)
class Taken:
    """An alert that a route has taken; `plan` is None when suppressed, `arrival` when held as well.

    Parameters:
      beats: it was a heartbeat that took it; it has neither.
    """

    heard: Heard
    batch: Batch
    alert: Alert
    stored: StoredAlert
    decision: Decision
    join_key: str
    plan: Plan | None
    arrival: Arrival | None
    beats: bool = False

    @property
    def outcome(self) -> str:
        """What has become of it: `paged`, `joined`, `held`, `suppressed` or `heartbeat`."""
        if self.beats:
            return "heartbeat"
        if self.arrival is not None:
            return self.arrival.outcome
        return "suppressed" if self.plan is None else "held"

    def row(self, plan_ids: Mapping[Plan, int], now: datetime) -> dict[str, Any]:
        """Return its incident, heard of for the first time now (UTC)."""
        sender, terminal = self.heard.webhook.sender, self.decision.terminal
        again = self.arrival.again if self.arrival is not None else None
        return {
            "org_id": sender.org_id,
            "integration_id": sender.integration_id,
            "webhook_id": self.heard.id,
            "receiver": self.batch.receiver,
            "fingerprint": self.alert.fingerprint,
            "route": terminal.name,
            "plan_id": plan_ids[self.plan] if self.plan is not None else None,
            "join_key": self.join_key,
            "priority": self.decision.priority,
            "outcome": self.outcome,
            "reason": (terminal.suppress or "")[:_LONGEST_REASON],
            "page_id": self.arrival.page_id if self.arrival is not None else None,
            "held_until": self.decision.held_until if self.outcome == "held" else None,
            "starts_at": self.alert.starts_at,
            "first_heard_at": now,
            "last_heard_at": now,
            "ended_at": None,
            "ended_reason": None,
            "streak": encode_streak(again.streak) if again is not None else None,
            "down_target": down_target(self.alert.labels, self.alert.generator_url),
            "revision": terminal.revision,
            "labels": _encode(self.stored.labels).decode(),
            "detail": _encode(self.stored.detail).decode(),
        }

    def answer(self) -> AlertAnswer:
        """Return what its sender is told."""
        outcome = self.outcome
        return AlertAnswer(
            self.alert.fingerprint,
            "created" if outcome == "paged" else outcome,
            self.decision.terminal.name,
            self.arrival.page_id if self.arrival is not None else None,
            self.decision.terminal.suppress,
            self.decision.held_until if outcome == "held" else None,
            self.arrival.recipients if self.arrival is not None and outcome == "paged" else None,
        )


def detail_of(alert: Alert, batch: Batch) -> Detail:
    """Return what an incident keeps of an alert beside its labels."""
    return Detail(
        annotations=dict(alert.annotations),
        generator_url=alert.generator_url,
        links=dict(alert.links),
        values=dict(alert.values),
        group_labels=dict(batch.group_labels),
        group_texts=_group_texts(batch),
        external_url=batch.external_url,
    )


def _group_texts(batch: Batch) -> dict[str, str]:
    """Return Grafana's own words about the group, as far as each of its alerts can carry them."""
    if batch.adapter != "grafana":
        return {}
    most = _MOST_TEXT // max(1, len(batch.alerts))
    texts = {name: batch.common_annotations.get(name, "") for name in ("grafana_title", "grafana_message")}
    return {name: text for name, text in texts.items() if text and len(text) <= most}


def labels_for_rules(sender: Sender, batch: Batch, alert: Alert) -> dict[str, str]:
    """Return what matchers see of an alert: its labels, and where it came from."""
    return {
        **alert.labels,
        "__integration__": sender.name,
        "__adapter__": batch.adapter,
        "__receiver__": batch.receiver,
        "__group_key__": batch.group_key,
    }
