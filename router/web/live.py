"""What happens, as it happens, by server-sent events: one look at the database a second for all who watch."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator

import anyio
from sse_starlette import EventSourceResponse, ServerSentEvent
from starlette.concurrency import run_in_threadpool
from starlette.responses import Response

from router.api.errors import HttpError
from router.store.engine import Database
from router.store.timeline import latest_event
from router.web.screen import Screen, Visit

_EVERY_S = 1.0
_PING_S = 20
_GRACE_S = 3.0
_MOST_WATCHERS = 500


class Bulletin:
    """Tells all who watch that something has happened to some page; what, they ask for themselves."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._changed: asyncio.Condition | None = None
        self._latest = 0
        self._watchers = 0
        self._looking: asyncio.Task[None] | None = None

    def admit(self) -> None:
        """Raise HttpError 503 while as many watch as may."""
        if self._watchers >= _MOST_WATCHERS:
            raise HttpError(503, "Too many people watch at the same time.")

    async def events(self, over: anyio.Event) -> AsyncIterator[ServerSentEvent]:
        """Yield one event now and one for each change from then on.

        Parameters:
          over: set when the server drains; it is seen at the next look.
        """
        self._changed = self._changed or asyncio.Condition()
        self._watchers += 1
        if self._looking is None or self._looking.done():
            self._looking = asyncio.create_task(self._look())
        seen = self._latest
        try:
            yield ServerSentEvent(str(seen), event="pages")
            while not over.is_set():
                async with self._changed:
                    await self._changed.wait()
                if seen != self._latest:
                    seen = self._latest
                    yield ServerSentEvent(str(seen), event="pages")
        finally:
            self._watchers -= 1

    async def _look(self) -> None:
        while self._watchers:
            with contextlib.suppress(Exception):  # the database is away: its own metrics say so
                latest = await run_in_threadpool(self._read)
                assert self._changed is not None
                async with self._changed:
                    self._latest = latest
                    self._changed.notify_all()
            await asyncio.sleep(_EVERY_S)

    def _read(self) -> int:
        with self._database.read() as connection:
            return latest_event(connection)


def screens(database: Database) -> tuple[Screen, ...]:
    """Return the screen that streams."""
    bulletin = Bulletin(database)

    async def watch(_visit: Visit) -> Response:
        bulletin.admit()
        over = anyio.Event()
        return EventSourceResponse(
            bulletin.events(over),
            ping=_PING_S,
            headers={"X-Accel-Buffering": "no"},
            shutdown_event=over,
            shutdown_grace_period=_GRACE_S,
        )

    return (Screen("GET", "/live", watch, "user"),)
