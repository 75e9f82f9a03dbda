"""Password hashes on threads of their own: a storm of log-ins takes neither the machine nor other threads."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

from router.api.errors import RETRY_AFTER_S, HttpError

T = TypeVar("T")


class Hashing:
    """Runs what hashes; each hash takes 19 MiB and a core for some 40 ms.

    Parameters:
      threads: hashes at a time.
      most: hashes that run or wait; about a second's worth.
    """

    def __init__(self, threads: int = 2, most: int = 40) -> None:
        self._pool = ThreadPoolExecutor(threads, "passwords")
        self._most = most
        self._running = 0

    async def run(self, work: Callable[[], T]) -> T:
        """Return what `work` returns. Raises HttpError 503 when too many wait already."""
        if self._running >= self._most:
            error = "Too many people log in at the same time: try again in a few seconds."
            raise HttpError(503, error, {"Retry-After": str(RETRY_AFTER_S)})
        self._running += 1
        try:
            return await asyncio.get_running_loop().run_in_executor(self._pool, work)
        finally:
            self._running -= 1
