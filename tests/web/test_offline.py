"""The service worker, the manifest, and the screen without a connection, as a server gives them out."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
from starlette.testclient import TestClient

from router.web import offline
from router.web.render import STATIC
from tests.api.house import House
from tests.web.browser import Browser, logged_in


@pytest.fixture
def client(sqlite_house: House) -> TestClient:
    return Browser(sqlite_house).client


def kept(text: str) -> list[str]:
    found = re.search(r"^const KEPT = (\[.*\]);$", text, re.MULTILINE)
    assert found is not None
    paths: list[str] = json.loads(found[1])
    return paths


def test_the_service_worker_is_for_the_whole_site_and_never_stale(client: TestClient) -> None:
    answer = client.get("/sw.js")
    assert answer.status_code == 200
    assert answer.headers["content-type"].startswith("text/javascript")
    assert answer.headers["service-worker-allowed"] == "/"
    assert answer.headers["cache-control"] == "no-cache"
    assert "default-src 'none'" in answer.headers["content-security-policy"]


def test_what_it_keeps_is_there_and_the_same_for_everybody(sqlite_house: House, client: TestClient) -> None:
    bob = logged_in(sqlite_house, "bob")
    paths = kept(client.get("/sw.js").text)
    assert "/offline" in paths
    for path in paths:
        strangers, bobs = client.get(path), bob.client.get(path)
        assert strangers.status_code == 200, path
        assert strangers.content == bobs.content, path


def test_everything_that_the_screen_without_a_connection_loads_is_kept(client: TestClient) -> None:
    paths = kept(client.get("/sw.js").text)
    loads = re.findall(
        r'(?:src="|rel="(?:stylesheet|icon|manifest)" href=")([^"]+)', client.get("/offline").text
    )
    assert len(loads) > 4
    assert set(loads) <= set(paths)


def test_a_change_of_what_is_kept_changes_the_service_worker(monkeypatch: pytest.MonkeyPatch) -> None:
    before = offline._worker()
    offline._worker.cache_clear()
    monkeypatch.setattr(offline, "_KEPT", offline._KEPT[:-1])
    after = offline._worker()
    offline._worker.cache_clear()
    assert before.splitlines()[0] != after.splitlines()[0]


def test_the_manifest_makes_an_app_of_it(client: TestClient) -> None:
    page = client.get("/offline").text
    (address,) = re.findall(r'rel="manifest" href="([^"]+)"', page)
    answer = client.get(address)
    assert answer.headers["content-type"] == "application/manifest+json"
    manifest = answer.json()
    assert (manifest["start_url"], manifest["scope"], manifest["display"]) == ("/", "/", "standalone")
    sizes = {(icon["sizes"], icon["purpose"]) for icon in manifest["icons"]}
    assert {("192x192", "any"), ("512x512", "any"), ("512x512", "maskable")} <= sizes
    for icon in manifest["icons"]:
        shown = client.get(icon["src"])
        assert shown.headers["content-type"].startswith(icon["type"])


@pytest.mark.parametrize(("name", "size"), [("192", 192), ("512", 512), ("maskable-512", 512)])
def test_icons_have_the_size_that_they_say(name: str, size: int) -> None:
    head = (STATIC / f"icon-{name}.png").read_bytes()[:24]
    assert head.startswith(b"\x89PNG")
    assert (int.from_bytes(head[16:20], "big"), int.from_bytes(head[20:24], "big")) == (size, size)


def test_scripts_of_ours_are_kept_or_served_by_the_worker_itself() -> None:
    scripts = {path.name for path in Path(STATIC).glob("*.js")}
    assert scripts - {"sw.js"} <= set(offline._KEPT)
