"""Intake: all webhooks that are waiting, stored with everything that follows from them in one commit."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from itertools import chain
from typing import Any

import msgspec
import structlog

from router import metrics, tracing
from router.clock import Clock
from router.hearing import hear
from router.lifecycle.model import Page
from router.paging import count_opened
from router.ruleset import RuleBook
from router.store import incidents, traces
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
_PART = 1_000  # alerts of one webhook in one transaction
_LARGE = 256 * 1024  # bytes; what is larger is not packed on the event loop
_log = structlog.get_logger(__name__)
_encode = msgspec.json.Encoder().encode


@dataclass(frozen=True, slots=True)
class _Part:
    """As much of a webhook as one transaction takes: nearly always all of it.

    Parameters:
      webhook: its batch holds the alerts of this part.
      body: packed.
      before: what the parts before this one came to, whose commit stored the webhook.
    """

    webhook: Webhook
    body: bytes
    before: Answer | None = None

    @property
    def is_first(self) -> bool:
        """Whether the webhook is to be stored with it."""
        return self.before is None


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
        self._batched: Batched[_Part, Answer] = Batched(self._store)
        self.in_flight = 0

    async def take(self, webhook: Webhook) -> Answer:
        """Store a webhook with all that follows from it; returns once all of that is on disk.

        One with thousands of alerts is stored part by part, so that it holds up nobody else. Killed in
        between, its sender has no answer, posts it again, and what is stored already is a reminder.

        Raises router.store.writer.Overloaded when too many wait, and what the database raises.
        """
        self.in_flight += 1
        try:
            large = len(webhook.body) > _LARGE
            body = await asyncio.to_thread(pack, webhook.body) if large else pack(webhook.body)
            answers: list[Answer] = []
            for part in _parts(webhook):
                item = _Part(part, body, answers[-1] if answers else None)
                answers.append(await self._writer.submit_item(self._batched, item))
            if len(answers) == 1:
                return answers[0]
            alerts = list(chain.from_iterable(answer.alerts for answer in answers))
            return msgspec.structs.replace(answers[-1], alerts=alerts)
        finally:
            self.in_flight -= 1

    def _store(self, tx: Transaction, parts: Sequence[_Part]) -> list[Answer]:
        now = self._clock()
        ids = iter(reserve(tx, WEBHOOKS, sum(part.is_first for part in parts)))
        all_heard = [
            Heard(part.before.webhook_id if part.before else next(ids), part.webhook, []) for part in parts
        ]
        opened: list[Page] = []
        for round_ in _rounds(all_heard):
            opened += hear(tx, self._rulebook.current, round_, now)
        answers = [_answer(heard) for heard in all_heard]
        told = [_with_before(part, answer) for part, answer in zip(parts, answers, strict=True)]
        rows = [_row(part, answer, now) for part, answer in zip(parts, told, strict=True) if part.is_first]
        incidents.insert_webhooks(tx, rows)
        for part, answer in zip(parts, told, strict=True):
            if not part.is_first:
                incidents.set_outcomes(tx, answer.webhook_id, _outcomes(answer))
        incidents.quarantine(tx, [row for heard in all_heard for row in _quarantined(heard, now)])
        if opened and tracing.is_on():
            traces.keep(tx, list(_by_webhook(all_heard, opened)))
        tx.after_commit(lambda: self._count(parts, all_heard, answers, opened))
        return told

    def _count(
        self,
        parts: Sequence[_Part],
        all_heard: Sequence[Heard],
        answers: Sequence[Answer],
        opened: Sequence[Page],
    ) -> None:
        _count(parts, all_heard, answers, opened)
        if self._rulebook.current.ruleset.routes:  # else nothing is meant to be routed
            metrics.DEFAULT_ROUTED.inc(sum(map(_unrouted, answers)))


def _parts(webhook: Webhook) -> Sequence[Webhook]:
    """Cut a webhook into parts that a transaction takes in some milliseconds.

    What has ended goes first, so that new trouble never joins a page whose alerts all end with it.
    """
    batch = webhook.batch
    if batch is None or len(batch.alerts) <= _PART:
        return (webhook,)
    alerts = sorted(batch.alerts, key=lambda alert: alert.status == "firing")
    cut = (
        replace(batch, alerts=tuple(alerts[at : at + _PART]), rejected=() if at else batch.rejected)
        for at in range(0, len(alerts), _PART)
    )
    return [replace(webhook, batch=part) for part in cut]


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


def _with_before(part: _Part, answer: Answer) -> Answer:
    """Return an answer whose outcomes count those of the parts before, too."""
    if part.before is None:
        return answer
    outcomes = Counter(part.before.outcomes) + Counter(answer.outcomes)
    return msgspec.structs.replace(answer, outcomes=dict(outcomes))


def _outcomes(answer: Answer) -> str:
    return _encode(answer.outcomes).decode()


def _row(part: _Part, answer: Answer, now: datetime) -> dict[str, Any]:
    webhook = part.webhook
    return {
        "id": answer.webhook_id,
        "org_id": webhook.sender.org_id,
        "integration_id": webhook.sender.integration_id,
        "adapter": webhook.adapter,
        "received_at": now,
        "body": part.body,
        "outcomes": _outcomes(answer),
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


def _count(
    parts: Sequence[_Part], all_heard: Sequence[Heard], answers: Sequence[Answer], opened: Sequence[Page]
) -> None:
    """Count and log a commit's webhooks; one line for all of its pages, since a storm has thousands."""
    webhooks: Counter[tuple[str, str]] = Counter()
    alerts: Counter[tuple[str, str]] = Counter()
    for part, heard, answer in zip(parts, all_heard, answers, strict=True):
        integration = heard.webhook.sender.name
        webhooks[integration, answer.status] += part.is_first
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
    count_opened(opened)
    if opened:
        _log.info(
            "pages opened", page_ids=[page.id for page in opened], pages=_told(answers, all_heard, opened)
        )


def _by_webhook(all_heard: Sequence[Heard], opened: Sequence[Page]) -> Iterator[traces.Opened]:
    """Say of each page by which webhook's request it was opened."""
    parents: dict[int | None, str] = {}
    for heard in all_heard:
        for answer in heard.answers:
            if answer.outcome == "created":
                parents.setdefault(answer.page_id, heard.webhook.traceparent)
    return (traces.Opened(page, parents.get(page.id, "")) for page in opened)


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
