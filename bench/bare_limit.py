"""The bare limit of a durable intake on this machine: decode, one row an alert, group commit, answer.

No authentication, rules, deduplication or delivery; it says how fast the same parts (Starlette, uvicorn,
msgspec, SQLite in WAL mode with synchronous=FULL) can be at all. Run by bench/intake.py:

    .venv/bin/python bench/bare_limit.py PORT DATABASE
"""

from __future__ import annotations

import asyncio
import queue
import sqlite3
import sys
import threading
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import msgspec
import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

GROUP = 256
COLUMNS = "group_key, fingerprint, status, name, severity, starts_at, body"
INSERT = f"INSERT INTO alert ({COLUMNS}) VALUES (?, ?, ?, ?, ?, ?, ?)"

Row = tuple[str, str, str, str, str, str, str]
Waiting = tuple[list[Row], "asyncio.Future[None]"]


def rows_of(body: dict[str, Any]) -> list[Row]:
    """Return one row for each alert of a decoded webhook."""
    return [
        (
            body["groupKey"],
            alert["fingerprint"],
            alert["status"],
            alert["labels"].get("alertname", ""),
            alert["labels"].get("severity", ""),
            alert["startsAt"],
            msgspec.json.encode(alert).decode(),
        )
        for alert in body["alerts"]
    ]


def write(database: str, waiting: queue.SimpleQueue[Waiting], loop: asyncio.AbstractEventLoop) -> None:
    """Commit whatever waits in one transaction, then tell those who wait; for ever."""
    connection = sqlite3.connect(database, isolation_level=None)
    connection.execute("PRAGMA journal_mode=WAL")
    connection.execute("PRAGMA synchronous=FULL")
    connection.execute(f"CREATE TABLE alert (id INTEGER PRIMARY KEY, {COLUMNS})")
    connection.execute("CREATE INDEX alert_group ON alert (group_key, fingerprint)")
    while True:
        group = [waiting.get()]
        while len(group) < GROUP and not waiting.empty():
            group.append(waiting.get())
        connection.execute("BEGIN IMMEDIATE")
        for rows, _ in group:
            connection.executemany(INSERT, rows)
        connection.execute("COMMIT")
        loop.call_soon_threadsafe(answer, [future for _, future in group])


def answer(futures: list[asyncio.Future[None]]) -> None:
    """Let the requests of a committed group go on, but those whose client has gone."""
    for future in futures:
        if not future.done():
            future.set_result(None)


def build(database: str) -> Starlette:
    """Return the application that writes to this SQLite file."""
    waiting: queue.SimpleQueue[Waiting] = queue.SimpleQueue()

    @asynccontextmanager
    async def lifespan(_: Starlette) -> AsyncIterator[None]:
        loop = asyncio.get_running_loop()
        threading.Thread(target=write, args=(database, waiting, loop), daemon=True).start()
        yield

    async def take(request: Request) -> Response:
        rows = rows_of(msgspec.json.decode(await request.body()))
        committed: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        waiting.put((rows, committed))
        await committed
        return Response(b'{"accepted":%d}' % len(rows), 202, media_type="application/json")

    return Starlette(routes=[Route("/", take, methods=["POST"])], lifespan=lifespan)


if __name__ == "__main__":
    uvicorn.run(
        build(sys.argv[2]),
        host="127.0.0.1",
        port=int(sys.argv[1]),
        loop="uvloop",
        http="httptools",
        access_log=False,
        log_level="warning",
    )
