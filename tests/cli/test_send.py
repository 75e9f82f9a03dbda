"""`pingparrot send` against a server on loopback."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest

from tests.cli.running import Pingparrot
from tests.servers import free_port

SENT = {"message": "Page sent successfully", "page_id": 42, "recipients": 3}


@dataclass
class Server:
    """Answers in turn what it was told to, and keeps what it was sent."""

    url: str = ""
    answers: list[tuple[int, Any]] = field(default_factory=list)
    requests: list[tuple[str, dict[str, str], Any]] = field(default_factory=list)


@pytest.fixture
def server() -> Iterator[Server]:
    told = Server()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            told.requests.append((self.path, dict(self.headers), json.loads(body)))
            status, answer = told.answers.pop(0)
            self.send_response(status)
            self.end_headers()
            self.wfile.write(answer if isinstance(answer, bytes) else json.dumps(answer).encode())

        def log_message(self, *_: object) -> None:
            pass

    listening = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=listening.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    told.url = f"http://127.0.0.1:{listening.server_port}"
    yield told
    listening.shutdown()
    thread.join()
    listening.server_close()


@pytest.fixture
def client(pingparrot: Pingparrot, server: Server, monkeypatch: pytest.MonkeyPatch) -> Pingparrot:
    monkeypatch.setenv("PINGPARROT_URL", server.url)
    monkeypatch.setenv("PINGPARROT_API_KEY", "pp_live_hunter2")
    monkeypatch.setattr(time, "sleep", lambda _: None)
    return pingparrot


def test_everybody_is_paged_unless_told_otherwise(client: Pingparrot, server: Server) -> None:
    server.answers = [(201, SENT)]
    ran = client("send", "Disk full", "web-01 is at 97%", "--priority", "critical")

    path, headers, body = server.requests[0]
    assert (path, headers["X-API-Key"]) == ("/api/external/pages", "pp_live_hunter2")
    assert body == {
        "subject": "Disk full",
        "message": "web-01 is at 97%",
        "priority": "critical",
        "delivery_mode": "broadcast",
    }
    assert (ran.code, ran.json) == (0, SENT)


def test_one_person_or_group_can_be_paged(client: Pingparrot, server: Server) -> None:
    server.answers = [(201, SENT), (201, SENT)]
    client("send", "s", "-", "--group", "2", "--repeat", "30", "--expires", "5", stdin="two\nlines\n")
    client("send", "s", "m", "--user", "5")

    group, user = (body for _, _, body in server.requests)
    assert (group["delivery_mode"], group["target_group_id"], group["message"]) == (
        "group",
        2,
        "two\nlines\n",
    )
    assert (group["repeat_interval_s"], group["expires_minutes"]) == (30, 5)
    assert (user["delivery_mode"], user["target_user_id"]) == ("single", 5)


def test_the_documented_base_url_works_as_well(client: Pingparrot, server: Server) -> None:
    server.answers = [(201, SENT)]
    client("send", "s", "m", URL=f"{server.url}/api/")

    assert server.requests[0][0] == "/api/external/pages"


def test_a_server_in_trouble_is_tried_again_under_the_same_idempotency_key(
    client: Pingparrot, server: Server
) -> None:
    server.answers = [(503, {}), (502, b"<html>"), (201, SENT)]
    ran = client("send", "s", "m")

    assert ran.code == 0
    assert len({headers["Idempotency-Key"] for _, headers, _ in server.requests}) == 1
    assert len(server.requests) == 3


def test_a_script_can_give_its_own_idempotency_key(client: Pingparrot, server: Server) -> None:
    server.answers = [(201, SENT)]
    client("send", "s", "m", "--idempotency-key", "backup-2026-06-23")

    assert server.requests[0][1]["Idempotency-Key"] == "backup-2026-06-23"


@pytest.mark.parametrize(
    ("status", "answer", "says"),
    [
        (401, {"error": "Invalid API key."}, "Invalid API key. (status 401)"),
        (
            422,
            {"error": "x", "message": "y", "errors": {"subject": ["The subject is too long."]}},
            "The subject is too long. (status 422)",
        ),
        (404, b"<html>hunter2</html>", "the server gave no reason (status 404)"),
        (302, b"", "the server gave no reason (status 302)"),
    ],
)
def test_a_refusal_is_one_sentence(
    client: Pingparrot, server: Server, status: int, answer: Any, says: str
) -> None:
    server.answers = [(status, answer)]
    ran = client("send", "s", "m")

    assert (ran.code, ran.out, ran.err) == (1, "", f"pingparrot: The page was not sent: {says}\n")


def test_a_server_that_is_not_there_is_one_sentence(client: Pingparrot) -> None:
    ran = client("send", "s", "m", URL=f"http://127.0.0.1:{free_port()}")

    assert (ran.code, ran.err.count("\n")) == (1, 1)
    assert "cannot be reached" in ran.err


def test_without_a_key_nothing_is_sent(client: Pingparrot, server: Server) -> None:
    ran = client("send", "s", "m", API_KEY="")

    assert (ran.code, server.requests) == (1, [])
    assert "PINGPARROT_API_KEY is not set" in ran.err


def test_user_and_group_exclude_each_other(client: Pingparrot) -> None:
    assert client("send", "s", "m", "--user", "1", "--group", "2").code == 2
