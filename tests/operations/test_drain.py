"""SIGTERM in the middle of everything."""

from __future__ import annotations

import socket
import time
from collections import Counter
from contextlib import ExitStack
from pathlib import Path

import pytest

from bench.stage import webhook
from tests.operations.house import Client, eventually, server_on, settle, start_all, told_of
from tests.sinks import HttpSink, Reply

pytestmark = pytest.mark.slow


def test_sigterm_answers_what_came_in_and_finishes_what_went_out_and_loses_nothing(
    tmp_path: Path, sqlite_url: str
) -> None:
    with ExitStack() as stack:
        sink = stack.enter_context(HttpSink())
        sink.otherwise = Reply(after_s=1.0)
        key = settle(sqlite_url, {"alice": [sink.url("webhook+http")]})
        client = stack.enter_context(Client(key))
        server = server_on(sqlite_url, tmp_path / "server")
        start_all(stack, [server])
        instances = [f"host-drain-{number}" for number in range(30)]
        for instance in instances:
            client.fire(server, instance)
        sink.wait_for(1)
        assert server.process is not None
        with socket.create_connection(("127.0.0.1", server.port), timeout=10) as half_sent:
            body = webhook("host-drain-half")
            head = f"POST /api/adapters/alertmanager HTTP/1.1\r\nHost: x\r\nX-API-Key: {key}\r\n"
            half_sent.sendall(f"{head}Content-Length: {len(body)}\r\n\r\n".encode() + body[:100])
            time.sleep(0.2)  # the server has begun to read it
            begun = time.monotonic()
            server.process.terminate()
            time.sleep(0.2)  # and has been told to stop
            half_sent.sendall(body[100:])
            assert half_sent.recv(1000).startswith(b"HTTP/1.1 200")
        assert server.process.wait(20) == 0
        assert time.monotonic() - begun < 15
        assert len(sink.requests) < 30
        sink.otherwise = Reply()
        server.start()
        everything = {*instances, "host-drain-half"}
        assert eventually(lambda: set(told_of(sink.requests)) == everything)
        assert Counter(told_of(sink.requests)) == dict.fromkeys(everything, 1)
        assert server.stop() == 0
