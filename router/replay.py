"""Replays a quarantined body: through its adapter and intake again, as if its sender had posted it now.

What follows goes by the law of intake: an alert that is open already is a reminder, and so two replays at
once page once. The entry is marked behind intake: where the process dies in between, it still waits, and
the next replay is a reminder as well.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass

from adapters.alert import Batch, PayloadError
from router.clock import Clock
from router.commands.quarantine import about, get_quarantined
from router.commands.refusals import invalid
from router.intake import Intake
from router.store import audit, credentials, ledger, quarantine
from router.store.engine import Database
from router.store.quarantine import QuarantineView
from router.store.writer import Transaction, Writer
from router.webhook import PARSERS, AlertAnswer, Sender, Webhook


@dataclass(frozen=True, slots=True)
class Replayed:
    """What a replay came to.

    Parameters:
      entry: as it is now.
      outcomes: how many alerts came to what.
      alerts: what was done about each; empty when it was replayed before, and nothing was done.
      again: it was replayed before.
    """

    entry: QuarantineView
    outcomes: dict[str, int]
    alerts: tuple[AlertAnswer, ...] = ()
    again: bool = False


@dataclass(frozen=True)
class Replays:
    """Replays what could not be read; one for each process that takes webhooks."""

    database: Database
    writer: Writer
    intake: Intake
    clock: Clock

    async def replay(self, org_id: int, user_id: int, quarantine_id: int) -> Replayed:
        """Take the body of a quarantine entry again; one replayed before is told what came of that.

        Parameters:
          user_id: who asks.
        Raises Missing; Invalid when the body was deleted in time, or still cannot be read: nothing is changed
        then; and what `Intake.take` raises.
        """
        found = await asyncio.to_thread(self._found, org_id, quarantine_id)
        if isinstance(found, Replayed):
            return found
        answer = await self.intake.take(found)

        def mark(tx: Transaction) -> QuarantineView:
            entry = get_quarantined(tx.connection, org_id, quarantine_id)
            now, detail = self.clock(), f"as webhook {answer.webhook_id}"
            quarantine.mark_replayed(tx, entry, user_id, answer.webhook_id, now)
            audit.record(tx.connection, org_id, user_id, "quarantine.replayed", about(entry), detail, now)
            return get_quarantined(tx.connection, org_id, quarantine_id)

        entry = await asyncio.wrap_future(self.writer.submit(mark))
        return Replayed(entry, answer.outcomes, tuple(answer.alerts))

    def _found(self, org_id: int, quarantine_id: int) -> Replayed | Webhook:
        with self.database.read() as connection:
            entry = get_quarantined(connection, org_id, quarantine_id)
            if entry.replay_webhook_id is not None:
                again = ledger.find_webhook(connection, org_id, entry.replay_webhook_id)
                return Replayed(entry, {} if again is None else again.outcomes, again=True)
            webhook = ledger.find_webhook(connection, org_id, entry.webhook_id)
            if webhook is None or webhook.body is None:
                raise invalid("quarantine", "Its body was deleted in time: let the sender post it again.")
            sender = credentials.get_integration(connection, org_id, webhook.integration_id)
        assert sender is not None
        return Webhook(
            Sender(sender.id, sender.name, org_id, sender.owner_user_id),
            webhook.adapter,
            webhook.body,
            self._read(webhook.adapter, webhook.body),
        )

    def _read(self, adapter: str, body: bytes) -> Batch:
        try:
            return PARSERS[adapter](body, self.clock())
        except PayloadError as error:
            raise invalid(
                "quarantine", f"It still cannot be read, and nothing was changed: {error}"
            ) from None
