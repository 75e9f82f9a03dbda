"""Connections of strangers: what they may cost before anybody has asked for a key."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Awaitable, Callable
from contextlib import suppress

import pytest
import uvicorn
from starlette.requests import Request
from starlette.responses import PlainTextResponse
from starlette.types import Receive, Scope, Send

from router.server import BoundedProtocol

_PIECE = b"a" * 16_384


class _Hasty(BoundedProtocol):
    request_s = 0.2


async def _echo(scope: Scope, receive: Receive, send: Send) -> None:
    body = await Request(scope, receive).body()
    await PlainTextResponse(str(len(body)))(scope, receive, send)


def _against(protocol: type[BoundedProtocol], talk: Callable[[int], Awaitable[bytes]]) -> bytes:
    """Serve on a free port, and return what a client heard."""

    async def serve() -> bytes:
        listener = socket.create_server(("127.0.0.1", 0))
        config = uvicorn.Config(_echo, http=protocol, log_config=None, lifespan="off", ws="none")
        server = uvicorn.Server(config)
        running = asyncio.create_task(server._serve([listener]))
        while not server.started:
            await asyncio.sleep(0)
        try:
            return await asyncio.wait_for(talk(listener.getsockname()[1]), 20)
        finally:
            server.should_exit = True
            await running

    return asyncio.run(serve())


def _saying(beginning: bytes, piece: bytes = b"", times: int = 0) -> Callable[[int], Awaitable[bytes]]:
    """Return a client that sends, and then reads until the server closes the connection."""

    async def talk(port: int) -> bytes:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        said = b""
        with suppress(ConnectionError):  # closed with bytes unread
            writer.write(beginning)
            for _ in range(times):
                writer.write(piece)
                await writer.drain()
            said = await reader.read()
        writer.close()
        return said

    return talk


@pytest.mark.parametrize(
    "beginning", [b"GET /", b"GET / HTTP/1.1\r\nHost: x\r\nX-Long: ", b"GET / HTTP/1.1\r\nX-"]
)
def test_a_head_without_end_is_cut_off(beginning: bytes) -> None:
    assert not _against(BoundedProtocol, _saying(beginning, _PIECE, 1000)).startswith(b"HTTP/1.1 200")


def test_many_small_headers_without_end_are_cut_off() -> None:
    many = b"X-A: b\r\n" * 2000
    assert _against(BoundedProtocol, _saying(b"GET / HTTP/1.1\r\nHost: x\r\n", many, 1000)) == b""


def test_trailers_without_end_are_cut_off() -> None:
    chunked = b"POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n1\r\na\r\n0\r\nX-Long: "
    assert _against(BoundedProtocol, _saying(chunked, _PIECE, 1000)) == b""


def test_a_large_body_is_no_head() -> None:
    size = 200 * len(_PIECE)
    head = b"POST / HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Length: %d\r\n\r\n" % size
    assert _against(BoundedProtocol, _saying(head, _PIECE, 200)).endswith(b"%d" % size)


def test_a_body_in_tiny_chunks_is_no_head() -> None:
    head = b"POST / HTTP/1.1\r\nHost: x\r\nConnection: close\r\nTransfer-Encoding: chunked\r\n\r\n"
    chunks = b"1\r\na\r\n" * 100_000
    assert _against(BoundedProtocol, _saying(head + chunks + b"0\r\n\r\n")).endswith(b"100000")


@pytest.mark.parametrize(
    "beginning",
    [
        b"",
        b"GET / HTTP/1.1\r\nHos",
        b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 9\r\n\r\n{",
    ],
)
def test_a_request_that_never_ends_is_given_up(beginning: bytes) -> None:
    assert b"200 OK" not in _against(_Hasty, _saying(beginning))


def test_a_second_request_that_never_ends_is_given_up() -> None:
    whole = b"GET / HTTP/1.1\r\nHost: x\r\n\r\n"
    assert _against(_Hasty, _saying(whole + b"GET / HTT")).count(b"200 OK") == 1


def test_a_connection_outlives_the_deadline_between_requests() -> None:
    async def talk(port: int) -> bytes:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        said = b""
        for _ in range(2):
            writer.write(b"GET / HTTP/1.1\r\nHost: x\r\n\r\n")
            said += await reader.readuntil(b"\r\n\r\n0")
            await asyncio.sleep(2 * _Hasty.request_s)
        writer.close()
        return said

    assert _against(_Hasty, talk).count(b"200 OK") == 2
