"""uvicorn, set up to drain: requests that have begun are answered before the process stops.

And bounded towards strangers: uvicorn keeps whatever a head holds, and waits for its end for ever.
"""

from __future__ import annotations

import asyncio
import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType

import structlog
import uvicorn
from starlette.types import ASGIApp
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

_DRAIN_S = 4  # requests take milliseconds; sends that have begun are waited for afterwards
_KEEP_ALIVE_S = 120  # Alertmanager keeps one connection for each receiver; closing it first loses a try
_MOST_HEAD = 64 * 1024  # bytes of a request line and its headers, or of what follows a body
_REQUEST_S = 60.0  # from a connection, or a request's first byte, until the request is there
_log = structlog.get_logger(__name__)


class BoundedProtocol(HttpToolsProtocol):
    """A connection whose requests must have heads of at most 64 KiB and be there within a minute.

    Without a bound one connection, before any key is asked for, could fill the memory with a header, and a
    thousand silent ones use up the descriptors that senders need.
    """

    request_s = _REQUEST_S
    _barren = 0  # bytes that came since a head, a piece of a body or a request was complete
    _begun = False
    _deadline: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]  # as uvicorn's
        """Begin to wait for the first request."""
        super().connection_made(transport)
        self._wait()

    def connection_lost(self, exc: Exception | None) -> None:
        """Wait no more."""
        self._wait_no_more()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        """Take in bytes, and close the connection once they lead to nothing."""
        self._barren += len(data)
        super().data_received(data)
        if self._barren > _MOST_HEAD:
            _log.warning("connection closed: a request's head is too large", most_bytes=_MOST_HEAD)
            self.transport.close()
        elif self._begun and self._deadline is None:
            self._wait()

    def on_message_begin(self) -> None:
        """Note that a request has begun."""
        self._begun = True
        super().on_message_begin()

    def on_headers_complete(self) -> None:
        """Note that the head was no longer than may be."""
        self._barren = 0
        super().on_headers_complete()

    def on_body(self, body: bytes) -> None:
        """Note that the body goes on."""
        self._barren = 0
        super().on_body(body)

    def on_message_complete(self) -> None:
        """Note that the request is there."""
        self._barren, self._begun = 0, False
        self._wait_no_more()
        super().on_message_complete()

    def _wait(self) -> None:
        self._deadline = self.loop.call_later(self.request_s, self.transport.close)

    def _wait_no_more(self) -> None:
        if self._deadline is not None:
            self._deadline.cancel()
            self._deadline = None


class _Server(uvicorn.Server):
    """Stops on SIGTERM or SIGINT with exit code 0; uvicorn's own raises the signal once more at the end."""

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Let signals stop the server, on the main thread."""
        if threading.current_thread() is not threading.main_thread():
            yield
            return
        before = {
            number: signal.signal(number, self.handle_exit) for number in (signal.SIGINT, signal.SIGTERM)
        }
        try:
            yield
        finally:
            for number, handler in before.items():
                signal.signal(number, handler)


def run(app: ASGIApp, host: str, port: int, on_hangup: Callable[[], object] | None = None) -> None:
    """Serve until SIGTERM or SIGINT.

    Parameters:
      on_hangup: what SIGHUP does, on a thread of its own.
    Raises SystemExit(1) when the address cannot be listened on.
    """
    config = uvicorn.Config(
        app,
        host=host,
        port=port,
        http=BoundedProtocol,
        log_config=None,
        access_log=False,
        server_header=False,
        proxy_headers=False,
        lifespan="off",
        timeout_keep_alive=_KEEP_ALIVE_S,
        timeout_graceful_shutdown=_DRAIN_S,
    )
    if on_hangup is not None and threading.current_thread() is threading.main_thread():

        def hang_up(_number: int, _frame: FrameType | None) -> None:
            threading.Thread(target=_quietly, args=(on_hangup,), name="sighup", daemon=True).start()

        signal.signal(signal.SIGHUP, hang_up)
    try:
        _Server(config).run()
    except SystemExit as stopped:  # uvicorn's own numbers mean nothing to whoever starts us
        raise SystemExit(1 if stopped.code else 0) from None


def _quietly(act: Callable[[], object]) -> None:
    """Let what goes wrong on a thread of its own end in the log, not as a traceback on stderr."""
    try:
        act()
    except Exception:  # noqa: BLE001 - the database is away: what was in force stays so
        _log.exception("reload failed, send SIGHUP again")
