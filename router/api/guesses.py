"""Who may try a password once more: guessing is slow, and nobody is locked out by another's guesses."""

from __future__ import annotations

import threading
from collections import OrderedDict
from datetime import datetime

from router.api.throttle import Throttle

_MOST_SEEN = 10_000


class Guesses:
    """Counts log-ins in this process, in windows that slide.

    A network may try 30 times a minute, and one account 5 times. An account may be tried 20 times in ten
    minutes from all networks together, but for those from which it has logged in: whoever is being guessed at
    still gets in from where he was before, and anybody else waits until the window has slid on.
    """

    def __init__(self) -> None:
        self._network = Throttle(30)
        self._here = Throttle(5)
        self._account = Throttle(20, window_s=600)
        self._seen: OrderedDict[tuple[str, str], None] = OrderedDict()
        self._lock = threading.Lock()

    def attempt(self, email: str, network: str, now: datetime) -> int:
        """Count an attempt before it is made; returns 0 when it may be made, else the seconds to wait.

        Parameters:
          email: as accounts have it, in lower case.
          network: as `network_of` says it.
        """
        wait = self._network.attempt(network, now) or self._here.attempt(f"{network} {email}", now)
        if wait or self._is_seen(email, network):
            return wait
        return self._account.attempt(email, now)

    def take_back(self, email: str, network: str) -> None:
        """Let an attempt that was not looked at, or was good, not count."""
        self._network.forgive(network)
        self._here.forgive(f"{network} {email}")
        if not self._is_seen(email, network):
            self._account.forgive(email)

    def succeed(self, email: str, network: str) -> None:
        """Note that an attempt was good."""
        self.take_back(email, network)
        self._here.forget(f"{network} {email}")
        with self._lock:
            self._seen[email, network] = None
            self._seen.move_to_end((email, network))
            if len(self._seen) > _MOST_SEEN:
                self._seen.popitem(last=False)

    def _is_seen(self, email: str, network: str) -> bool:
        return (email, network) in self._seen
