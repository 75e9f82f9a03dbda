"""One notification, sent: lease, look again, render, hand to its channel, record."""

from __future__ import annotations

import random
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

import structlog
from sqlalchemy.exc import InterfaceError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from router import metrics, tracing
from router.clock import Clock
from router.delivery.channel import ContactAddress, Message, Result
from router.delivery.channels import registry
from router.delivery.digest import Part, compose_digest
from router.delivery.link import LASTS, Link, sign
from router.delivery.message import Told, compose
from router.store import sending as store
from router.store.lease import Sending, lease
from router.store.secrets import Secrets, UndecipherableError
from router.store.sending import Outcome
from router.store.writer import Conflict, Overloaded, Writer

_RECORDING_S = 15.0  # with the send itself, under the lease
_RECORD_AGAIN_S = 0.5
_MOST_TRIES = 8  # more can only be tries that took their process with them
_log = structlog.get_logger(__name__)


@dataclass(frozen=True)
class Sender:
    """Sends notifications; shared by all worker threads of a process.

    Parameters:
      public_url: PINGPARROT_PUBLIC_URL; empty when there is none.
      burst: how many pages a minute a person is rung for one by one, as the rules now say; 0 for any number.
    """

    writer: Writer
    secrets: Secrets
    clock: Clock
    public_url: str
    burst: Callable[[], int]

    def warm_up(self) -> None:
        """Load what a first send would otherwise wait for: channels and certificate authorities."""
        registry.channel_for("json://localhost/")

    def deliver(self, notification_id: int, attempts: int) -> None:
        """Send one notification, unless it is in other hands or no longer wanted.

        Parameters:
          attempts: tries made when it was handed over.
        """
        burst = self.burst()
        sending = self.writer.run(lambda tx: lease(tx, notification_id, attempts, self.clock(), burst))
        if sending is not None:
            self._send(sending)

    def _send(self, sending: Sending) -> None:
        with tracing.spanning(_span(sending)):
            result = self._hand_to_channel(sending)
            firsts = self._record(sending, result)
            _note(result)
        metrics.DELIVERIES.labels(sending.channel, result.outcome).inc()
        log = _log.bind(
            page_id=sending.page_id,
            notification_id=sending.id,
            kind=sending.kind,
            recipient=sending.recipient,
            destination=sending.destination,
        )
        if sending.others:
            metrics.DIGESTS.labels(result.outcome).inc()
            log = log.bind(digest_of=1 + len(sending.others))
        if result.outcome == "ok":
            log.info("notification delivered", attempts=sending.attempts)
        else:
            log.warning(
                "delivery failed", outcome=result.outcome, detail=result.detail, attempts=sending.attempts
            )
        for first in firsts:
            metrics.FIRST_DELIVERY.observe((self.clock() - first.created_at).total_seconds())

    def _record(self, sending: Sending, result: Result) -> list[Sending]:
        """Write down how it went; again and again while the database is away, as long as the lease holds.

        Otherwise everybody who was told at that moment would be told twice.
        """
        outcome = Outcome(
            result.outcome, result.detail, result.retry_after_s, result.provider_id, result.gone
        )
        chance = random.random()  # noqa: S311 - jitter
        until = time.monotonic() + _RECORDING_S
        while True:
            try:
                return self.writer.run(lambda tx: store.record(tx, sending, outcome, self.clock(), chance))
            except (Overloaded, Conflict, OperationalError, InterfaceError, PoolTimeout):
                if time.monotonic() > until:
                    raise
                time.sleep(_RECORD_AGAIN_S)

    def _hand_to_channel(self, sending: Sending) -> Result:
        if sending.attempts > _MOST_TRIES:
            return Result("permanent", f"given up after {sending.attempts - 1} tries that came to no end")
        if sending.url_encrypted is None:
            return Result("permanent", "the contact was removed")
        try:
            url = self.secrets.decrypt("contact", sending.url_encrypted)
        except UndecipherableError as error:
            return Result("permanent", str(error))
        message = self._message(sending)
        try:
            return registry.channel_for(url).send(ContactAddress(url, sending.is_trusted), message)
        except Exception as error:  # noqa: BLE001 - a channel's own fault must not lose the page: it is tried again
            _log.exception("channel failed", page_id=sending.page_id, channel=sending.channel)
            return Result("retryable", f"the channel failed: {type(error).__name__}")

    def _message(self, sending: Sending) -> Message:
        if sending.others:
            parts = [Part(_told(one), one.kind) for one in (sending, *sending.others)]
            return compose_digest(
                parts,
                notification_id=sending.id,
                recipient=sending.recipient,
                rung=sending.rung,
                page_url=self._link("digest", sending.id, sending),
            )
        return compose(
            _told(sending),
            notification_id=sending.id,
            kind=sending.kind,
            recipient=sending.recipient,
            page_url=self._link("page", sending.page_id, sending),
        )

    def _link(self, about: Literal["page", "digest"], number: int, sending: Sending) -> str:
        """Return where the recipient reads and acknowledges it; nothing without a public address."""
        if not self.public_url:
            return ""
        link = Link(about, number, sending.user_id, self.clock() + LASTS)
        return f"{self.public_url.rstrip('/')}/n/{sign(self.secrets, link)}"


def _told(sending: Sending) -> Told:
    return Told(
        page_id=sending.page_id,
        subject=sending.subject,
        message=sending.message,
        priority=sending.priority,
        status=sending.status,
        created_at=sending.created_at,
        route=sending.route,
        plan=sending.plan,
        why=sending.why,
        alerts=sending.alerts,
        alert_count=sending.alert_count,
        closed_reason=sending.closed_reason,
        closed_detail=sending.closed_detail,
    )


def _span(sending: Sending) -> tracing.Span | None:
    """Begin an attempt's span: of a first notification in its page's trace, else beside it.

    Repeats come for hours: a trace that never ends could not be read, so theirs are linked to the page's. So
    is a digest to the other pages that it tells of.
    """
    if not tracing.is_on():
        return None
    about = {
        "pingparrot.page_id": sending.page_id,
        "pingparrot.notification_id": sending.id,
        "pingparrot.kind": sending.kind,
        "pingparrot.channel": sending.channel,
        "pingparrot.destination": sending.destination,
        "pingparrot.attempt": sending.attempts,
        "pingparrot.digest_of": 1 + len(sending.others),
    }
    first = sending.kind == "page"
    parent = sending.trace if first else ""
    links = [one.trace for one in (sending, *sending.others) if one.trace != parent]
    return tracing.begin(f"deliver {sending.channel}", "client", about, parent=parent, links=links)


def _note(result: Result) -> None:
    span = tracing.current.get()
    if span is not None:
        span.note({"pingparrot.outcome": result.outcome})
        if result.outcome != "ok":
            span.fail(result.detail)
