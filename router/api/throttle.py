"""Slows down guessing of passwords, in this process."""

from __future__ import annotations

import math
import threading
from collections import OrderedDict, deque
from datetime import datetime, timedelta


class Throttle:
    """Counts attempts by key within a window that slides.

    Parameters:
      limit: attempts that may be made within the window.
      window_s: seconds.
      max_keys: how many keys are remembered; the one unused the longest is forgotten first.
    """

    def __init__(self, limit: int, window_s: int = 60, max_keys: int = 10_000) -> None:
        self._limit = limit
        self._window = timedelta(seconds=window_s)
        self._max_keys = max_keys
        self._attempts: OrderedDict[str, deque[datetime]] = OrderedDict()
        self._lock = threading.Lock()

    def attempt(self, key: str, now: datetime) -> int:
        """Count an attempt before it is made, so that many at once count too.

        Returns 0 when it may be made, else the seconds to wait; an attempt that is refused does not count.
        """
        with self._lock:
            attempts = self._attempts.setdefault(key, deque())
            self._attempts.move_to_end(key)
            while attempts and attempts[0] <= now - self._window:
                attempts.popleft()
            if len(attempts) >= self._limit:
                return max(1, math.ceil((attempts[0] + self._window - now).total_seconds()))
            attempts.append(now)
            if len(self._attempts) > self._max_keys:
                self._attempts.popitem(last=False)
            return 0

    def forget(self, key: str) -> None:
        """Clear what was counted, after an attempt that was good."""
        with self._lock:
            self._attempts.pop(key, None)

    def forgive(self, key: str) -> None:
        """Take the latest attempt back."""
        with self._lock:
            attempts = self._attempts.get(key)
            if attempts:
                attempts.pop()
