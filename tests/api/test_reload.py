"""POST /-/reload: from the machine itself without a token, from everybody else as an admin."""

from __future__ import annotations

from collections.abc import Mapping

import pytest
from starlette.applications import Starlette
from starlette.routing import Route
from starlette.testclient import TestClient

from router.api.reload import ReloadEndpoint
from router.bootstrap import Bootstrap
from tests.api.house import House


def _reload(house: House, peer: str, headers: Mapping[str, str]) -> int:
    bootstrap = Bootstrap(house.services.writer, house.services.secrets, None, house.watch)
    endpoint = ReloadEndpoint(bootstrap, house.rulebook, house.services)
    app = Starlette(routes=[Route("/-/reload", endpoint, methods=["POST"])])
    return TestClient(app, client=(peer, 50_000)).post("/-/reload", headers=dict(headers)).status_code


@pytest.mark.parametrize("peer", ["127.0.0.1", "::1"])
def test_the_machine_itself_needs_no_token(house: House, peer: str) -> None:
    assert _reload(house, peer, {}) == 200


@pytest.mark.parametrize(
    "headers",
    [
        {"X-Forwarded-For": "203.0.113.9"},
        {"X-Forwarded-For": "127.0.0.1"},
        {"X-Real-IP": "203.0.113.9"},
        {"X-Forwarded-Host": "pager.example.org"},
        {"Forwarded": "for=203.0.113.9"},
        {"Via": "1.1 proxy"},
        {"Origin": "https://evil.example"},
    ],
)
def test_a_proxy_or_a_browser_on_the_machine_is_not_the_machine(
    house: House, headers: Mapping[str, str]
) -> None:
    assert _reload(house, "127.0.0.1", headers) == 401


@pytest.mark.parametrize(("who", "status"), [("alice", 200), ("bob", 403)])
def test_from_elsewhere_it_takes_an_admin(house: House, who: str, status: int) -> None:
    headers = {"Authorization": f"Bearer {house.tokens[who]}", "X-Forwarded-For": "203.0.113.9"}
    assert _reload(house, "127.0.0.1", headers) == status


def test_who_asked_is_in_the_audit_log(house: House) -> None:
    _reload(house, "127.0.0.1", {})
    _reload(house, "203.0.113.9", {"Authorization": f"Bearer {house.tokens['alice']}"})
    found = house.get("/api/audit?act=reload", "alice").json()["data"]
    assert [entry["who"] for entry in found] == ["alice@example.com", "this machine"]
