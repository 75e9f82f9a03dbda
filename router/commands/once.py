"""Sends once for each Idempotency-Key, however often the request comes."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from router.commands.refusals import invalid
from router.commands.send import Sent
from router.store import idempotency
from router.store.idempotency import Remembered
from router.store.writer import Transaction

LONGEST_KEY = 255


@dataclass(frozen=True, slots=True)
class Once:
    """What makes a repeat recognisable.

    Parameters:
      scope: whose key it is: `key:ID` of an integration or `user:ID`.
      key: as the client chose it.
      request_digest: SHA-256 of the request's body.
    """

    scope: str
    key: str
    request_digest: str


def send_once(
    tx: Transaction, once: Once | None, now: datetime, act: Callable[[Transaction], Sent]
) -> tuple[Sent, bool]:
    """Do what is asked, or return what was answered before, and whether that was the case.

    Raises Invalid when the key was used for another request; a request that was refused uses up no key.
    """
    if once is None:
        return act(tx), False
    known = idempotency.recall(tx, once.scope, once.key, now)
    if known is not None:
        if known.request_digest != once.request_digest:
            raise invalid(
                "idempotency_key", "The Idempotency-Key was used for another request: take a new one."
            )
        return Sent(**json.loads(known.response)), True
    sent = act(tx)
    response = json.dumps({"page_id": sent.page_id, "recipients": sent.recipients})
    idempotency.remember(tx, once.scope, once.key, Remembered(once.request_digest, response), now)
    return sent, False
