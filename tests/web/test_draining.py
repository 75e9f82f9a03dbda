"""A server that people watch stops as soon as it is asked."""

from __future__ import annotations

import http.client
import re
from pathlib import Path

import pytest

from bench.stage import Server
from router.web.render import HEADERS
from tests.api.house import PASSWORD
from tests.web.browser import CSRF


@pytest.mark.slow
def test_a_server_stops_while_somebody_watches(tmp_path: Path) -> None:
    with Server(tmp_path) as server:
        server.command("user", "add", "bob@example.com", "--name", "Bob", "--password-stdin", given=PASSWORD)
        server.start(60)
        watching = http.client.HTTPConnection("127.0.0.1", server.port, timeout=60)
        watching.request("GET", "/live", headers={"Cookie": session(server)})
        stream = watching.getresponse()
        assert stream.status == 200
        assert {name: stream.headers[name] for name in HEADERS} == HEADERS
        assert stream.readline() == b"event: pages\r\n"
        assert server.stop(30) == 0
        assert b"event: pages" not in stream.read()
        watching.close()
        assert not re.search("Traceback|ASGI", server.log.read_text())


def session(server: Server) -> str:
    """Log Bob in; returns the cookie of his session."""
    connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=60)
    connection.request("GET", "/login")
    asked = connection.getresponse()
    found = CSRF.search(asked.read().decode())
    assert found is not None
    visitor = asked.headers["set-cookie"].split(";")[0]
    form = f"csrf={found[1]}&email=bob%40example.com&password={PASSWORD.replace(' ', '+')}"
    headers = {"Cookie": visitor, "Content-Type": "application/x-www-form-urlencoded"}
    connection.request("POST", "/login", form, headers)
    cookies = connection.getresponse().headers.get_all("set-cookie") or []
    connection.close()
    return next(cookie.split(";")[0] for cookie in cookies if cookie.startswith("pp_session="))
