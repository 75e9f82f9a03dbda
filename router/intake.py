"""Intake: all webhooks that are waiting, stored with everything that follows from them in one commit."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Any

import msgspec
import structlog

from router import metrics
from router.clock import Clock
from router.hearing import hear
from router.lifecycle.model import Page
from router.ruleset import RuleBook
from router.store import incidents
from router.store.bodies import pack
from router.store.ids import reserve
from router.store.tables import WEBHOOKS
from router.store.writer import Batched, Transaction, Writer
from router.taken import Heard
from router.webhook import AlertAnswer, Answer, Webhook
from rules.loading.routes import DEFAULT as DEFAULT_ROUTE

NEW = ("created", "joined", "held")
"""Outcomes of alerts that a route has taken anew."""
_EXCERPT = 2_000
_LONGEST_REASON = 300
_MOST_TOLD = 10
_log = structlog.get_logger(__name__)
_encode = msgspec.json.Encoder().encode


class Intake:
    """Takes webhooks from every adapter; one for each process.

    Parameters:
      writer: where they are committed.
      rulebook: whose rules in force route new alerts.
      clock: when they came.
    """

    def __init__(self, writer: Writer, rulebook: RuleBook, clock: Clock) -> None:
        self._writer = writer
        self._rulebook = rulebook
        self._clock = clock
        self._batched: Batched[tuple[Webhook, bytes], Answer] = Batched(self._store)
        self.in_flight = 0

    async def take(self, webhook: Webhook) -> Answer:
        """Store a webhook with all that follows from it; returns once that is on disk.

        Raises router.store.writer.Overloaded when too many wait, and what the database raises.
        """
        self.in_flight += 1
        try:
            item = (webhook, pack(webhook.body))
            return await self._writer.submit_item(self._batched, item)
        finally:
            self.in_flight -= 1

    def _store(self, tx: Transaction, items: Sequence[tuple[Webhook, bytes]]) -> list[Answer]:
        now = self._clock()
        ids = reserve(tx, WEBHOOKS, len(items))
        all_heard = [Heard(row_id, webhook, []) for row_id, (webhook, _) in zip(ids, items, strict=True)]
        opened: list[Page] = []
        for round_ in _rounds(all_heard):
            opened += hear(tx, self._rulebook.current, round_, now)
        answers = [_answer(heard) for heard in all_heard]
        rows = [_row(answer, *item, now) for answer, item in zip(answers, items, strict=True)]
        incidents.insert_webhooks(tx, rows)
        incidents.quarantine(tx, [row for heard in all_heard for row in _quarantined(heard, now)])
        tx.after_commit(lambda: self._count(all_heard, answers, opened))
        return answers

    def _count(self, all_heard: Sequence[Heard], answers: Sequence[Answer], opened: Sequence[Page]) -> None:
        _count(all_heard, answers, opened)
        if self._rulebook.current.ruleset.routes:  # else nothing is meant to be routed
            metrics.DEFAULT_ROUTED.inc(sum(map(_unrouted, answers)))


def _rounds(all_heard: Sequence[Heard]) -> Iterator[list[Heard]]:
    """Cut webhooks where an alert is named again: what is said second is judged by what was said first."""
    round_: list[Heard] = []
    named: set[tuple[int, str]] = set()
    for heard in all_heard:
        sender, batch = heard.webhook.sender, heard.webhook.batch
        keys = {(sender.integration_id, alert.fingerprint) for alert in batch.alerts} if batch else set()
        if not named.isdisjoint(keys):
            yield round_
            round_, named = [], set()
        round_.append(heard)
        named |= keys
    if round_:
        yield round_


def _answer(heard: Heard) -> Answer:
    webhook = heard.webhook
    if webhook.batch is None:
        heard.answers.append(AlertAnswer("", "quarantined", reason=webhook.fault))
    else:
        heard.answers.extend(AlertAnswer("", "quarantined", reason=r.reason) for r in webhook.batch.rejected)
    outcomes = Counter(answer.outcome for answer in heard.answers)
    return Answer(heard.id, "ok" if webhook.batch else "quarantined", dict(outcomes), heard.answers)


def _row(answer: Answer, webhook: Webhook, body: bytes, now: datetime) -> dict[str, Any]:
    return {
        "id": answer.webhook_id,
        "org_id": webhook.sender.org_id,
        "integration_id": webhook.sender.integration_id,
        "adapter": webhook.adapter,
        "received_at": now,
        "body": body,
        "outcomes": _encode(answer.outcomes).decode(),
    }


def _quarantined(heard: Heard, now: datetime) -> Iterator[dict[str, Any]]:
    webhook = heard.webhook
    row = {
        "org_id": webhook.sender.org_id,
        "integration_id": webhook.sender.integration_id,
        "webhook_id": heard.id,
        "received_at": now,
    }
    if webhook.batch is None:
        excerpt = webhook.body[:_EXCERPT].decode("utf-8", "replace").replace("\0", "")
        yield {**row, "alert_index": None, "reason": webhook.fault, "excerpt": excerpt}
        return
    for rejected in webhook.batch.rejected:
        yield {**row, "alert_index": rejected.index, "reason": rejected.reason, "excerpt": rejected.excerpt}


def _count(all_heard: Sequence[Heard], answers: Sequence[Answer], opened: Sequence[Page]) -> None:
    """Count and log a commit's webhooks; one line for all of its pages, since a storm has thousands."""
    webhooks: Counter[tuple[str, str]] = Counter()
    alerts: Counter[tuple[str, str]] = Counter()
    for heard, answer in zip(all_heard, answers, strict=True):
        integration = heard.webhook.sender.name
        webhooks[integration, answer.status] += 1
        for outcome, count in answer.outcomes.items():
            alerts[integration, outcome] += count
        if "quarantined" in answer.outcomes:
            _log.warning(
                "webhook quarantined",
                integration=integration,
                webhook_id=answer.webhook_id,
                count=answer.outcomes["quarantined"],
                reason=_why_quarantined(answer),
            )
    for labels, count in webhooks.items():
        metrics.WEBHOOKS.labels(*labels).inc(count)
    for (integration, outcome), count in alerts.items():
        metrics.ALERTS.labels(integration, outcome).inc(count)
        if outcome == "quarantined":
            metrics.QUARANTINED.labels(integration).inc(count)
    for priority, count in Counter(page.priority for page in opened).items():
        metrics.PAGES_CREATED.labels(priority).inc(count)
    if opened:
        _log.info(
            "pages opened", page_ids=[page.id for page in opened], pages=_told(answers, all_heard, opened)
        )


def _unrouted(answer: Answer) -> int:
    return sum(one.route == DEFAULT_ROUTE and one.outcome in NEW for one in answer.alerts)


def _why_quarantined(answer: Answer) -> str:
    reasons = (alert.reason for alert in answer.alerts if alert.outcome == "quarantined")
    return next(filter(None, reasons), "")[:_LONGEST_REASON]


def _told(answers: Sequence[Answer], all_heard: Sequence[Heard], opened: Sequence[Page]) -> list[str]:
    """Return what the log says of a commit's first pages: `42 critical payments/stripe of prometheus-eu`."""
    shown = opened[:_MOST_TOLD]
    wanted = {page.id for page in shown}
    senders = {
        alert.page_id: heard.webhook.sender.name
        for heard, answer in zip(all_heard, answers, strict=True)
        for alert in answer.alerts
        if alert.page_id in wanted
    }
    return [f"{page.id} {page.priority} {page.plan.route} of {senders.get(page.id, '?')}" for page in shown]
