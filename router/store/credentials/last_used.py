"""When a key or token was last used, and from where: written behind requests, once a minute for each."""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import timedelta
from ipaddress import IPv4Address, IPv6Address

import sqlalchemy as sa
from sqlalchemy import Table

from router.clock import Clock, utc_now
from router.store.writer import Overloaded, Transaction, Writer

_EVERY_S = 60.0
_LONGEST_ADDRESS = 45  # an IPv6 address; a zone behind it is cut


class LastUsed:
    """Notes uses in a table's `last_used_at` and `last_used_from`.

    Nobody waits for it, and nobody misses one that is lost.

    Parameters:
      table: API_KEYS or TOKENS.
      monotonic: seconds that only grow; for tests.
    """

    def __init__(
        self,
        writer: Writer,
        table: Table,
        clock: Clock = utc_now,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self._writer = writer
        self._table = table
        self._clock = clock
        self._monotonic = monotonic
        self._noted: dict[int, float] = {}

    def note(self, row_id: int, address: Callable[[], IPv4Address | IPv6Address | None]) -> None:
        """Note a use; costs a look-up unless a minute has passed since the last.

        Parameters:
          address: tells from where, None when that cannot be told; asked only when it is written.
        """
        now = self._monotonic()
        if now - self._noted.get(row_id, -_EVERY_S) < _EVERY_S:
            return
        if len(self._noted) > 10_000:
            self._noted.clear()
        self._noted[row_id] = now
        used_at, table, found = self._clock(), self._table, address()
        used_from = None if found is None else str(found)[:_LONGEST_ADDRESS]

        def store(tx: Transaction) -> None:
            stale = table.c.last_used_at.is_(None) | (
                table.c.last_used_at < used_at - timedelta(seconds=_EVERY_S / 2)
            )
            tx.connection.execute(
                sa.update(table)
                .where(table.c.id == row_id, stale)
                .values(last_used_at=used_at, last_used_from=used_from)
            )

        try:
            self._writer.submit(store)
        except Overloaded:
            self._noted.pop(row_id, None)
