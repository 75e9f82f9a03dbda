"""The demonstration's phone: a receiver on loopback that prints what it is told."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Any

from rules.sources import expand_secret

_LARGEST = 1 << 20


class Phone:
    """Takes `json://` deliveries while it is open, and says each in one line."""

    def __init__(self, say: Callable[[str], None]) -> None:
        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self) -> None:
                """Take one delivery."""
                length = min(int(self.headers.get("Content-Length") or 0), _LARGEST)
                told: Any = json.loads(self.rfile.read(length))
                say(f"☎  {told['title']}")
                self.send_response(204)
                self.end_headers()

            def log_message(self, format: str, *args: Any) -> None:
                """Say nothing of each request."""

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._thread = threading.Thread(target=self._server.serve_forever, name="phone", daemon=True)

    def expand(self, name: str) -> str | None:
        """Return this phone's contact URL for `${DEMO_CONTACT}`, else what the environment has."""
        if name == "DEMO_CONTACT":
            return f"json://127.0.0.1:{self._server.server_port}/"
        return expand_secret(name)

    def __enter__(self) -> Phone:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._server.shutdown()
        self._server.server_close()
