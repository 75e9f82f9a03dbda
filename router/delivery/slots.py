"""How many sends may be under way to one destination, so that dead providers hold up nobody else."""

from __future__ import annotations

import threading
from collections import Counter

_SLOW_S = 2.0
"""Seconds. A provider that is well answers sooner; one that is dead holds a thread until the timeout."""


class Slots:
    """Counts sends under way in this process by destination; there are as many slots as threads.

    A destination may take as many as it leaves free: the first one half of them, the next half of the rest,
    so that a third still finds one. Those whose last send was slow share half of the slots in that way,
    however many they are.

    Parameters:
      threads: that send.
    """

    def __init__(self, threads: int) -> None:
        self._threads = threads
        self._for_slow = max(1, threads // 2)
        self._taken: Counter[str] = Counter()
        self._slow: set[str] = set()
        self._lock = threading.Lock()

    def take(self, destination: str) -> bool:
        """Take a slot; returns whether there was one."""
        with self._lock:
            if not self._has_room(destination):
                return False
            self._taken[destination] += 1
            return True

    def give(self, destination: str, took_s: float | None = None) -> None:
        """Give a slot back.

        Parameters:
          took_s: seconds that the send took; None when there was none.
        """
        with self._lock:
            self._taken[destination] -= 1
            if self._taken[destination] <= 0:
                del self._taken[destination]
            if took_s is not None:
                (self._slow.add if took_s >= _SLOW_S else self._slow.discard)(destination)

    def full(self) -> list[str]:
        """Return the destinations that have no slot left."""
        with self._lock:
            return [one for one in self._taken.keys() | self._slow if not self._has_room(one)]

    def _has_room(self, destination: str) -> bool:
        taken = self._taken[destination]
        if taken >= self._threads - self._taken.total():
            return False
        if destination not in self._slow:
            return True
        return taken < self._for_slow - sum(self._taken[one] for one in self._slow)
