"""What the API answers whatever the endpoint: methods, headers, unknown addresses, trouble of ours."""

from __future__ import annotations

import pytest
from sqlalchemy.exc import OperationalError
from starlette.testclient import TestClient
from starlette.websockets import WebSocketDisconnect
from structlog.testing import capture_logs

from router.api.errors import error_response
from router.api.routes import OPERATIONS
from router.store.writer import Overloaded
from tests.api.house import House, broadcast

PATHS = sorted({operation.path for operation in OPERATIONS})


@pytest.mark.parametrize(
    "path", ["/api", "/api/", "/api/nothing", "/api/pages/", "/api/pages/1/x", "/api//pages"]
)
@pytest.mark.parametrize("method", ["GET", "POST", "DELETE", "OPTIONS"])
def test_an_unknown_address_is_a_json_404(sqlite_house: House, method: str, path: str) -> None:
    answer = sqlite_house.send(method, path, "alice")
    assert answer.status_code == 404
    assert answer.json() == {"error": "There is nothing at this address."}


def test_a_websocket_is_closed(sqlite_house: House) -> None:
    with (
        pytest.raises(WebSocketDisconnect),
        sqlite_house.client.websocket_connect("/api/pages/live"),
    ):
        pass


@pytest.mark.parametrize("path", PATHS)
def test_a_method_that_is_not_served_is_a_json_405_that_says_which_are(
    sqlite_house: House, path: str
) -> None:
    answer = sqlite_house.send("TRACE", path.replace("{id}", "1"))
    allowed = {operation.method for operation in OPERATIONS if operation.path == path} | {"OPTIONS"}
    assert answer.status_code == 405
    assert set(answer.headers["allow"].split(", ")) - {"HEAD"} == allowed
    assert answer.json()["error"].startswith("TRACE is not possible here")


@pytest.mark.parametrize("path", PATHS)
def test_options_say_what_is_possible(sqlite_house: House, path: str) -> None:
    answer = sqlite_house.send("OPTIONS", path)
    assert answer.status_code == 204
    assert "OPTIONS" in answer.headers["allow"]


def test_head_is_get_without_a_body(sqlite_house: House) -> None:
    assert sqlite_house.send("HEAD", "/api/groups", "bob").status_code == 200
    assert sqlite_house.send("HEAD", "/api/groups").status_code == 401


@pytest.mark.parametrize("path", ["/api/groups", "/api/nothing", "/api/openapi.json"])
def test_every_answer_has_the_security_headers(sqlite_house: House, path: str) -> None:
    headers = sqlite_house.get(path).headers
    assert headers["cache-control"] == "no-store"
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["content-security-policy"] == "default-src 'none'; frame-ancestors 'none'"
    assert headers["referrer-policy"] == "no-referrer"
    assert headers["content-type"] == "application/json"


def test_an_overloaded_database_is_503_and_says_when_to_try_again(sqlite_house: House) -> None:
    sqlite_house.services.writer.close()
    answer = sqlite_house.post("/api/pages", "alice", broadcast())
    assert answer.status_code == 503
    assert answer.headers["retry-after"] == "2"
    assert answer.json() == {"error": "the server is stopping: try again in a few seconds"}
    assert error_response(Overloaded("busy")).status_code == 503


def test_a_lost_database_is_503_and_tells_no_secrets() -> None:
    lost = OperationalError("SELECT :secret", {"secret": "pp_live_x"}, Exception("connection refused"))
    with capture_logs() as logs:
        answer = error_response(lost)
    assert answer.status_code == 503
    assert b"refused" not in answer.body
    assert [line["event"] for line in logs] == ["database unavailable"]
    assert "pp_live_x" not in str(logs)


def test_what_nobody_foresaw_is_a_json_500_and_a_log_line(
    sqlite_house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("router.store.groups.list_groups", lambda *_, **__: 1 / 0)
    with capture_logs() as logs:
        answer = sqlite_house.get("/api/groups", "bob")
    assert answer.status_code == 500
    assert answer.json() == {"error": "Something went wrong on our side; the server's log says what."}
    assert [(line["event"], line["where"]) for line in logs] == [("request failed", "GET /api/groups")]


def test_a_body_that_is_not_read_to_its_end_is_refused(sqlite_house: House) -> None:
    answer = sqlite_house.post("/api/pages", "alice", b" " * (1024 * 1024 + 1))
    assert answer.status_code == 413
    assert answer.json() == {"error": "The body is larger than 1,048,576 bytes: send less."}


def test_a_body_without_a_length_is_bounded_too(sqlite_house: House) -> None:
    client: TestClient = sqlite_house.client
    headers = {"Authorization": f"Bearer {sqlite_house.tokens['alice']}"}
    chunks = (b" " * 65_536 for _ in range(17))
    assert client.post("/api/pages", content=chunks, headers=headers).status_code == 413


@pytest.mark.parametrize("host", ["[::1", "a b", "x" * 5000, "evil.example:99999", "", "%00"])
def test_no_host_header_breaks_or_steers_an_answer(sqlite_house: House, host: str) -> None:
    answer = sqlite_house.get("/api/pages", "alice", headers={"Host": host})
    assert answer.status_code == 200
    assert answer.json()["first_page_url"] == "/api/pages?page=1"
