"""Large bodies are read beside the event loop, one at a time, so that small ones wait for none of them."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

_LARGE = 256 * 1024  # bytes
_thread = ThreadPoolExecutor(1, "large-bodies")
T = TypeVar("T")


async def read(body: bytes, parse: Callable[[bytes], T]) -> T:
    """Return what `parse` makes of a body, or raise what it raises."""
    if len(body) <= _LARGE:
        return parse(body)
    return await asyncio.get_running_loop().run_in_executor(_thread, parse, body)
