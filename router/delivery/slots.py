"""How many sends may be under way to one destination, so that a dead provider holds up nobody else."""

from __future__ import annotations

import threading
from collections import Counter


class Slots:
    """Counts sends under way in this process by destination.

    Parameters:
      each: how many one destination may have.
    """

    def __init__(self, each: int) -> None:
        self._each = each
        self._taken: Counter[str] = Counter()
        self._lock = threading.Lock()

    def take(self, destination: str) -> bool:
        """Take a slot; returns whether there was one."""
        with self._lock:
            if self._taken[destination] >= self._each:
                return False
            self._taken[destination] += 1
            return True

    def give(self, destination: str) -> None:
        """Give a slot back."""
        with self._lock:
            self._taken[destination] -= 1
            if self._taken[destination] <= 0:
                del self._taken[destination]

    def full(self) -> list[str]:
        """Return the destinations that have no slot left."""
        with self._lock:
            return [destination for destination, taken in self._taken.items() if taken >= self._each]
