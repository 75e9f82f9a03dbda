"""uvicorn, set up to drain: requests that have begun are answered before the process stops."""

from __future__ import annotations

import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType

import structlog
import uvicorn
from starlette.types import ASGIApp

_DRAIN_S = 4  # requests take milliseconds; sends that have begun are waited for afterwards
_KEEP_ALIVE_S = 120  # Alertmanager keeps one connection for each receiver; closing it first loses a try
_log = structlog.get_logger(__name__)


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
