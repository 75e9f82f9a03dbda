"""The dashboard as an app, in a real browser: installed, without a connection, with pages pushed to it."""

from __future__ import annotations

import json
import re
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
import uvicorn
from playwright.sync_api import Browser, BrowserContext, CDPSession, Page, Worker

from router.delivery.channels import registry
from router.delivery.send import Sender
from router.store.tables import CONTACTS, NOTIFICATIONS
from tests.api.house import PASSWORD, House
from tests.browser import Browser as Device
from tests.servers import free_port, wait_for_port
from tests.sinks import HttpSink, Reply, make_certificate
from tests.web.chromium import log_in, running_chromium

SECRET = "db-17 of the payments team is down"

# What a browser vendor's push service does at `subscribe`, which needs the internet.
VENDOR = """
PushManager.prototype.subscribe = async function (options) {
  const given = %s;
  sessionStorage.setItem("vendor", JSON.stringify({ ...given, under: options.applicationServerKey }));
  return { endpoint: given.endpoint, toJSON: () => given };
};
PushManager.prototype.getSubscription = async function () {
  const given = JSON.parse(sessionStorage.getItem("vendor") || "null");
  return given && {
    endpoint: given.endpoint,
    unsubscribe: async () => { sessionStorage.removeItem("vendor"); return true; },
  };
};
"""

CLICK = """
async ([tag, action]) => {
  const [notification] = await self.registration.getNotifications({ tag });
  let done;
  const event = new Event("notificationclick");
  Object.assign(event, { notification, action, waitUntil: (promise) => { done = promise; } });
  self.dispatchEvent(event);
  await done;
}
"""

_OTHER_CONTACTS = sa.delete(CONTACTS).where(CONTACTS.c.channel != "webpush")

SHOWN = """
async () => (await self.registration.getNotifications()).map((one) => ({
  title: one.title, body: one.body, tag: one.tag, to: one.data.to,
  actions: one.actions.map((action) => action.action), stays: one.requireInteraction,
}))
"""


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    """One browser for all tests here."""
    with running_chromium() as browser:
        yield browser


@pytest.fixture
def url(sqlite_house: House) -> Iterator[str]:
    """The address of the house, served for real."""
    port = free_port()
    app = sqlite_house.client.app
    server = uvicorn.Server(uvicorn.Config(app, port=port, log_config=None, lifespan="off", ws="none"))
    thread = threading.Thread(target=server.run, name="served")
    thread.start()
    wait_for_port(port)
    yield f"http://127.0.0.1:{port}"
    server.should_exit = True
    thread.join()


@pytest.fixture
def context(chromium: Browser, url: str) -> Iterator[BrowserContext]:
    """A browser's profile of its own, which may show notifications."""
    context = chromium.new_context(base_url=url)
    context.grant_permissions(["notifications"], origin=url)
    yield context
    context.close()


@dataclass
class App:
    """The dashboard on Alice's phone, with its service worker at work."""

    page: Page
    worker: Worker
    protocol: CDPSession
    url: str
    registrations: list[dict[str, Any]] = field(default_factory=list)

    def push(self, data: str) -> None:
        """Have the browser deliver what came from its push service."""
        mine = [one["registrationId"] for one in self.registrations if one["scopeURL"] == f"{self.url}/"]
        self.protocol.send(
            "ServiceWorker.deliverPushMessage",
            {"origin": f"{self.url}/", "registrationId": mine[-1], "data": data},
        )

    def shown(self, holds: Callable[[list[dict[str, Any]]], bool] = bool) -> list[dict[str, Any]]:
        """Return the notifications on the screen, once they are as they should be."""
        for _ in range(100):
            notifications: list[dict[str, Any]] = self.worker.evaluate(SHOWN)
            if holds(notifications):
                return notifications
            self.page.wait_for_timeout(50)
        raise AssertionError(f"these notifications are shown: {notifications}")

    def click(self, tag: str, action: str = "") -> None:
        """Press a notification, or one of its buttons."""
        self.worker.evaluate(CLICK, [tag, action])


@pytest.fixture
def app(context: BrowserContext, url: str) -> App:
    """Alice has logged in; as an admin, she may name a push service on loopback."""
    page = log_in(context, url, "alice@example.com", PASSWORD)
    page.evaluate("navigator.serviceWorker.ready.then(() => true)")
    protocol = context.new_cdp_session(page)
    app = App(page, context.service_workers[0], protocol, url)
    protocol.on(
        "ServiceWorker.workerRegistrationUpdated",
        lambda told: app.registrations.extend(told["registrations"]),
    )
    protocol.send("ServiceWorker.enable")
    page.reload()
    page.wait_for_function("navigator.serviceWorker.controller")
    return app


def test_it_can_be_installed(app: App) -> None:
    manifest = app.protocol.send("Page.getAppManifest")
    assert manifest["errors"] == []
    assert json.loads(manifest["data"])["name"] == "PingParrot"
    errors = app.protocol.send("Page.getInstallabilityErrors")["installabilityErrors"]
    assert [one["errorId"] for one in errors if one["errorId"] != "in-incognito"] == []


def test_without_a_connection_it_says_so_on_every_address(app: App, context: BrowserContext) -> None:
    context.set_offline(True)
    for path in ("/", "/pages/1", "/me"):
        app.page.goto(path)
        assert app.page.get_by_role("heading", name="No connection").is_visible()
    back = app.page.locator("body").evaluate("(body) => getComputedStyle(body).margin")
    assert back == "0px"  # the stylesheet is there
    context.set_offline(False)
    app.page.get_by_role("link", name="Try again").click()
    assert app.page.get_by_role("heading", name="Pages").is_visible()


def test_nothing_private_is_ever_kept(app: App, sqlite_house: House) -> None:
    page_id = sqlite_house.page(subject=SECRET, target_user_id=sqlite_house.alice)
    for path in ("/", f"/pages/{page_id}", "/me", "/send", "/offline", "/?q=payments"):
        app.page.goto(path)
    kept = app.page.evaluate(
        """async () => {
          const found = {};
          for (const name of await caches.keys()) {
            const cache = await caches.open(name);
            for (const request of await cache.keys()) {
              found[request.url] = await (await cache.match(request)).text();
            }
          }
          return found;
        }"""
    )
    paths = {re.sub(r"\?v=\w+$", "", address.removeprefix(app.url)) for address in kept}
    assert "/offline" in paths
    assert {path for path in paths if not path.startswith("/static/")} == {"/offline"}
    for text in kept.values():
        assert SECRET not in text
        assert "alice@example.com" not in text


def test_what_an_older_version_kept_is_thrown_away(context: BrowserContext, url: str) -> None:
    page = context.new_page()
    page.goto("/login")
    page.evaluate("caches.open('pingparrot-old').then((cache) => cache.put('/x', new Response('x')))")
    page.evaluate(
        """async () => {
          const there = await navigator.serviceWorker.ready;
          await there.unregister();
          await navigator.serviceWorker.register("/sw.js");
          await navigator.serviceWorker.ready;
        }"""
    )
    page.wait_for_function("caches.keys().then((names) => names.length === 1 && !names[0].endsWith('-old'))")


@pytest.fixture
def push_service(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[HttpSink]:
    """The push service of the browser's vendor, as far as our server sees of it."""
    certificate = make_certificate(tmp_path)
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate.path))
    registry._channels.cache_clear()
    with HttpSink(tls=certificate.server()) as service:
        service.otherwise = Reply(201)
        yield service
    registry._channels.cache_clear()


def get_pages_here(app: App, endpoint: str, device: Device) -> None:
    """Press the button, at a vendor that gives this subscription."""
    app.page.add_init_script(VENDOR % json.dumps(device.subscription(endpoint)))
    app.page.goto("/me")
    app.page.get_by_label("What the device is called").fill("Alice's phone")
    app.page.get_by_role("button", name="Get pages on this device").click()
    app.page.get_by_role("button", name="No more pages on this device").wait_for()


def deliver(house: House, url: str) -> None:
    """Send all that waits."""
    services = house.services
    sender = Sender(services.writer, services.secrets, house.watch, url, lambda: 0)
    with services.database.read() as connection:
        waiting = connection.execute(
            sa.select(NOTIFICATIONS.c.id, NOTIFICATIONS.c.attempts).where(NOTIFICATIONS.c.state == "due")
        ).all()
    for one in waiting:
        sender.deliver(one.id, one.attempts)


def test_a_page_rings_the_device_and_one_tap_acknowledges_it(
    app: App, sqlite_house: House, push_service: HttpSink, url: str
) -> None:
    house, phone = sqlite_house, Device()
    get_pages_here(app, push_service.url("https", "/send/1"), phone)
    house.write(lambda connection: connection.execute(_OTHER_CONTACTS))
    page_id = house.page(subject=SECRET, target_user_id=house.alice, priority="critical")

    deliver(house, url)
    app.push(phone.read(push_service.wait_for(1)[0].body).decode())

    (shown,) = app.shown()
    assert (shown["title"], shown["tag"], shown["stays"]) == (SECRET, f"page-{page_id}", True)
    assert shown["actions"] == ["acknowledge", "open"]
    app.click(shown["tag"], "acknowledge")
    (shown,) = app.shown(lambda all_: bool(all_) and all_[0]["actions"] == ["open"])
    assert shown["body"] == "You have it. Nobody is called again for this."
    (recipient,) = house.get(f"/api/pages/{page_id}", "alice").json()["recipients"]
    assert (recipient["status"], recipient["method"]) == ("acknowledged", "web")


def test_the_device_knows_itself_again_and_stops(app: App, sqlite_house: House) -> None:
    get_pages_here(app, "https://push.example.net/send/1", Device())
    key = sqlite_house.get("/api/push/key", "alice").json()["key"]
    assert app.page.evaluate("JSON.parse(sessionStorage.getItem('vendor')).under") == key
    assert app.page.get_by_text("Alice's phone (webpush://push.example.net)").is_visible()
    app.page.get_by_role("button", name="No more pages on this device").click()
    app.page.get_by_role("button", name="Get pages on this device").wait_for()
    assert not app.page.get_by_text("Alice's phone").is_visible()


def test_a_repeat_takes_the_place_of_the_page_and_the_end_of_both(app: App) -> None:
    for kind, status in (("page", "active"), ("repeat", "active"), ("resolved", "cancelled")):
        app.push(json.dumps(told(kind=kind, status=status, title=kind)))
    (shown,) = app.shown(lambda all_: [one["title"] for one in all_] == ["resolved"])
    assert (shown["actions"], shown["stays"]) == (["open"], False)


def test_what_cannot_be_acknowledged_is_said_and_stays(app: App) -> None:
    app.push(json.dumps(told(link=f"{app.url}/n/void", title="Disk full")))
    app.shown()
    app.click("page-7", "acknowledge")
    (shown,) = app.shown(lambda all_: bool(all_) and "could not" in all_[0]["body"])
    assert (shown["title"], shown["stays"]) == ("Disk full", True)


def test_a_page_without_a_public_address_opens_here(app: App) -> None:
    app.push(json.dumps(told(link="")))
    (shown,) = app.shown()
    assert (shown["actions"], shown["to"]) == (["open"], "/pages/7")


@pytest.mark.parametrize("data", ["", "not JSON", "{"])
def test_whatever_is_pushed_is_shown(app: App, data: str) -> None:
    app.push(data)
    (shown,) = app.shown()
    assert (shown["title"], shown["to"]) == ("PingParrot", "/")


def told(**more: Any) -> dict[str, Any]:
    """Return a message as the channel sends it."""
    message = {
        "title": "Disk full",
        "text": "It is.",
        "page": 7,
        "pages": 1,
        "kind": "page",
        "priority": "high",
        "status": "active",
        "tag": "page-7",
        "link": "",
    }
    return message | more
