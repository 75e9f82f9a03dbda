"""What a busy process says on stderr."""

from __future__ import annotations

import json
import signal
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import httpx2
import pytest

from router.clock import utc_now
from router.store.credentials import create_token, hash_password
from router.store.engine import Database
from router.store.people import add_user
from tests.operations.house import (
    SECRET_KEY,
    Client,
    eventually,
    server_on,
    settle,
    start_all,
    told_of,
    using,
)
from tests.sinks import HttpSink, Reply

pytestmark = pytest.mark.slow

PASSWORD = "correct horse battery staple"
SECRETS = ("hunter2-in-the-url", "path-that-is-a-token", "query-that-is-a-token", PASSWORD, SECRET_KEY)


@pytest.fixture(scope="module")
def busy(
    sqlite_template: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[tuple[list[str], list[str]]]:
    """The lines of a busy process that logs all it can, and the secrets that it was given."""
    folder = tmp_path_factory.mktemp("logs")
    path = folder / "pingparrot.db"
    path.write_bytes(sqlite_template.read_bytes())
    url = f"sqlite:///{path}"
    with ExitStack() as stack:
        sink = stack.enter_context(HttpSink())
        host = f"user:hunter2-in-the-url@127.0.0.1:{sink.port}/path-that-is-a-token"
        contacts = [f"webhook+http://{host}/gone?key=query-that-is-a-token", f"json://{host}/fine"]
        sink.otherwise = lambda request: Reply(404 if "gone" in request.path else 200)
        key = settle(url, {"alice": contacts})
        with using(url) as database:
            token = _make_token(database)
        server = server_on(url, folder / "server", log_level="debug")
        start_all(stack, [server])
        client = stack.enter_context(Client(key))
        for number in range(10):
            client.fire(server, f"host-log-{number}")
        assert client.post(server, b"no JSON at all").status_code == 200
        assert eventually(lambda: sum("fine" in request.path for request in sink.requests) == 10)
        assert set(told_of(sink.requests))
        for headers in (
            {"Authorization": f"Bearer {token}"},
            {"Authorization": f"Bearer {token[:-1]}"},
            {"X-API-Key": f"{key[:-1]}x"},
        ):
            httpx2.get(f"{server.url}/api/pages?secret={key}", headers=headers)
            httpx2.post(f"{server.url}/api/adapters/alertmanager?token={key}", headers=headers, content=b"{")
        login = {"email": "carol@example.com", "password": PASSWORD, "device_name": "x"}
        httpx2.post(f"{server.url}/api/auth/login", json=login)
        httpx2.post(f"{server.url}/api/auth/login", json={**login, "password": PASSWORD + "!"})
        (server.directory / "rules.yml").write_text("routes: [\n")
        assert server.process is not None
        server.process.send_signal(signal.SIGHUP)
        assert eventually(lambda: "rules not all loaded" in server.log.read_text().split("started", 1)[1])
        assert server.stop() == 0
        yield server.log.read_text().splitlines(), [*SECRETS, key, key[:-1], token, token.split("|")[1]]


def _make_token(database: Database) -> str:
    with database.writing.begin() as connection:
        user = add_user(
            connection, 1, "carol@example.com", "Carol", utc_now(), password_hash=hash_password(PASSWORD)
        )
        return create_token(connection, user.id, "test", utc_now())


def test_every_line_is_one_json_object_with_level_and_time(busy: tuple[list[str], list[str]]) -> None:
    lines: list[dict[str, Any]] = [json.loads(line) for line in busy[0]]
    assert len(lines) > 20
    assert all({"event", "level", "timestamp"} <= line.keys() for line in lines)


def test_no_line_holds_a_secret(busy: tuple[list[str], list[str]]) -> None:
    lines, secrets = busy
    told = [(secret, line) for line in lines for secret in secrets if secret in line]
    assert told == []


def test_pages_are_named_when_they_open_and_when_they_are_delivered(
    busy: tuple[list[str], list[str]],
) -> None:
    lines = [json.loads(line) for line in busy[0]]
    opened = [page for line in lines if line["event"] == "pages opened" for page in line["page_ids"]]
    delivered = [line["page_id"] for line in lines if line["event"] == "notification delivered"]
    failed = [line["page_id"] for line in lines if line["event"] == "delivery failed"]
    assert sorted(opened) == sorted(delivered) == sorted(failed) == list(range(1, 11))
