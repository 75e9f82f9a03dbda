"""What a person does with the dashboard, in a real browser, at a real server."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from itertools import count
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect

from bench.stage import Delivery, webhook
from tests.api.house import PASSWORD
from tests.web.chromium import PHONE, log_in, running_chromium
from tests.web.premises import Premises, open_premises

pytestmark = [pytest.mark.slow, pytest.mark.timeout(300)]

_NUMBERS = count(1)
_PATIENCE_MS = 20_000


@pytest.fixture(scope="module")
def premises(sqlite_template: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Premises]:
    with open_premises(tmp_path_factory.mktemp("premises"), sqlite_template) as opened:
        yield opened


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    expect.set_options(timeout=_PATIENCE_MS)
    with running_chromium() as browser:
        yield browser


@pytest.fixture(scope="module")
def cookies(chromium: Browser, premises: Premises) -> dict[str, Any]:
    """What the browsers of people who have logged in hold, by name."""
    kept = {}
    for name in ("alice", "bob"):
        context = chromium.new_context()
        log_in(context, premises.url, f"{name}@example.com", PASSWORD)
        kept[name] = context.storage_state()
        context.close()
    return kept


Opens = Callable[..., Page]


@pytest.fixture
def opens(chromium: Browser, premises: Premises, cookies: dict[str, Any]) -> Iterator[Opens]:
    """Open a screen as somebody in a browser of his own: `opens("bob", "/")`; nothing may fail in it."""
    contexts: list[BrowserContext] = []
    faults: list[str] = []

    def opened(who: str, path: str, **more: Any) -> Page:
        context = chromium.new_context(storage_state=cookies.get(who), **more)
        context.set_default_timeout(_PATIENCE_MS)
        contexts.append(context)
        page = context.new_page()
        page.on(
            "console",
            lambda said: (
                faults.append(said.text) if said.type == "error" and "422" not in said.text else None
            ),
        )
        page.on("pageerror", lambda error: faults.append(str(error)))
        page.on("request", lambda asked: _ours(asked.url, premises.url, faults))
        page.goto(f"{premises.url}{path}")
        return page

    yield opened
    for context in contexts:
        context.close()
    assert faults == []


def _ours(url: str, ours: str, faults: list[str]) -> None:
    if not url.startswith((f"{ours}/", "data:")):
        faults.append(f"asked somebody else: {url}")


def arrive(premises: Premises, alertname: str = "") -> tuple[int, str]:
    """Let an alert of its own arrive; returns its page and what it is called."""
    name = alertname or f"Alert{next(_NUMBERS)}."
    return premises.post(webhook(f"web-{name}", alertname=name))["page_id"], name


def status(premises: Premises, page_id: int) -> str:
    said: str = premises.api(f"/api/pages/{page_id}")["status"]
    return said


def test_somebody_logs_in_and_out(opens: Opens, premises: Premises) -> None:
    page = opens("stranger", "/send")
    page.get_by_label("E-mail").fill("bob@example.com")
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Log in").click()
    page.wait_for_url(f"{premises.url}/send")
    page.get_by_role("button", name="Log out").click()
    expect(page.get_by_text("You are logged out.")).to_be_visible()


def test_a_page_appears_in_the_list_without_a_reload_and_the_title_flashes(
    opens: Opens, premises: Premises
) -> None:
    page = opens("bob", "/")
    page.evaluate("window.stayed = true; document.hasFocus = () => false")
    _, name = arrive(premises)
    expect(page.get_by_role("link", name=name)).to_be_visible()
    expect(page).to_have_title(re.compile("NEW PAGE"))
    expect(page.locator("#said")).to_contain_text("New page")
    assert page.evaluate("window.stayed")
    page.evaluate("window.dispatchEvent(new Event('focus'))")
    expect(page).to_have_title("Pages · PingParrot")


def test_a_page_is_acknowledged_with_a_note_by_the_keyboard_alone(opens: Opens, premises: Premises) -> None:
    page_id, name = arrive(premises)
    page = opens("bob", "/")
    link = page.get_by_role("link", name=name)
    expect(link).to_be_visible()
    press_tab_until(page, f"a[href='/pages/{page_id}']")
    page.keyboard.press("Enter")
    page.wait_for_url(f"**/pages/{page_id}")
    press_tab_until(page, "input[name=note]")
    page.keyboard.type("on it")
    page.keyboard.press("Enter")
    expect(page.get_by_text("You have it. Nobody is called again for this page.")).to_be_visible()
    (bob,) = (
        one for one in premises.api(f"/api/pages/{page_id}")["recipients"] if one["user"]["name"] == "Bob"
    )
    assert (bob["status"], bob["method"], bob["response_note"]) == ("acknowledged", "web", "on it")


def press_tab_until(page: Page, selector: str) -> None:
    for _ in range(80):
        page.keyboard.press("Tab")
        if page.evaluate("selector => document.activeElement.matches(selector)", selector):
            return
    raise AssertionError(f"{selector} is not reached by the keyboard")


def test_the_first_tab_skips_to_the_content(opens: Opens) -> None:
    page = opens("bob", "/")
    page.keyboard.press("Tab")
    expect(page.get_by_text("Skip to the content")).to_be_focused()
    page.keyboard.press("Enter")
    assert page.evaluate("document.activeElement.id") == "main"


def test_several_are_acknowledged_at_once(opens: Opens, premises: Premises) -> None:
    pages = [arrive(premises) for _ in range(3)]
    page = opens("bob", "/")
    for page_id, _ in pages[:2]:
        page.locator(f"input[name=page][value='{page_id}']").check()
    page.locator(".together input[name=note]").fill("both are mine")
    late, name = arrive(premises)
    expect(page.get_by_role("link", name=name)).to_be_visible()
    page.get_by_role("button", name="Acknowledge the chosen ones").click()
    expect(page.get_by_text("You have 2 pages.")).to_be_visible()
    said = [status(premises, page_id) for page_id in (pages[0][0], pages[1][0], pages[2][0], late)]
    assert said == ["acknowledged", "acknowledged", "active", "active"]
    notes = {one["response_note"] for one in premises.api(f"/api/pages/{pages[0][0]}")["recipients"]}
    assert "both are mine" in notes


def test_an_admin_cancels_and_a_user_is_not_offered_it(opens: Opens, premises: Premises) -> None:
    page_id, _ = arrive(premises)
    theirs = opens("bob", f"/pages/{page_id}")
    expect(theirs.get_by_role("button", name="Acknowledge")).to_be_visible()
    expect(theirs.get_by_role("button", name="Cancel the page")).to_have_count(0)
    page = opens("alice", f"/pages/{page_id}")
    page.get_by_text("More to do").click()
    page.get_by_role("button", name="Cancel the page").click()
    expect(page.get_by_text("The page is cancelled.")).to_be_visible()
    assert status(premises, page_id) == "cancelled"
    expect(theirs.locator("h1 + .facts")).to_contain_text("cancelled")


def test_a_page_that_changes_is_shown_anew_without_losing_what_is_typed(
    opens: Opens, premises: Premises
) -> None:
    page_id, _ = arrive(premises)
    page = opens("alice", f"/pages/{page_id}")
    page.get_by_label("Note").fill("half a sent")
    page.locator("h1").click()
    opens("bob", f"/pages/{page_id}").get_by_role("button", name="Acknowledge").click()
    expect(page.locator(".people")).to_contain_text("acknowledged")
    expect(page.get_by_label("Note")).to_have_value("half a sent")


def test_a_message_carries_a_link_that_acknowledges_without_a_log_in(
    opens: Opens, premises: Premises
) -> None:
    page_id, name = arrive(premises)
    address = link_to(premises, name, "bob")
    page = opens("stranger", address.removeprefix(premises.url), viewport=PHONE)
    expect(page.get_by_role("heading", level=1)).to_contain_text(name)
    assert status(premises, page_id) == "active"
    page.get_by_role("button", name="Acknowledge").click()
    expect(page.get_by_text("You have it.")).to_be_visible()
    (bob,) = (
        one for one in premises.api(f"/api/pages/{page_id}")["recipients"] if one["user"]["name"] == "Bob"
    )
    assert (bob["status"], bob["method"]) == ("acknowledged", "web")


def link_to(premises: Premises, name: str, who: str) -> str:
    """Return the signed link in the message about an alert that somebody got."""

    def found(deliveries: list[Delivery]) -> list[str]:
        texts = [one.body.decode() for one in deliveries if one.path.endswith(who)]
        return [
            link for text in texts if name in text for link in re.findall(r"http://[^\s\"\\]+/n/[\w-]+", text)
        ]

    assert premises.receiver.wait(lambda deliveries: bool(found(deliveries)), 20), "no message carries a link"
    return found(premises.receiver.deliveries)[0]


def test_an_admin_makes_a_key_and_a_script_pages_with_it(opens: Opens, premises: Premises) -> None:
    page = opens("alice", "/admin/integrations")
    page.get_by_text("Add an integration").click()
    page.get_by_label("Name").fill("backup-jobs")
    page.get_by_label("Kind").select_option("generic")
    page.get_by_role("button", name="Add the integration").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("backup-jobs")
    page.get_by_role("button", name="Make a key").click()
    shown = page.locator("code.once")
    expect(shown).to_have_text(re.compile(r"^pp_live_\w{32}$"))
    key = shown.inner_text()
    page.goto(page.url.removesuffix("/keys"))
    expect(page.locator("code.once")).to_have_count(0)
    assert key not in page.content()
    told = {"subject": "No backup", "message": "for 2 days", "delivery_mode": "broadcast"}
    sent = premises.post(json.dumps(told).encode(), key)
    page.goto(f"{premises.url}/pages/{sent['page_id']}")
    expect(page.locator("h1 + .facts")).to_contain_text("from backup-jobs")


def test_an_admin_asks_what_would_happen_to_an_alert(opens: Opens) -> None:
    page = opens("alice", "/admin/rules")
    page.get_by_label("Labels").fill("alertname=DiskFull\nenvironment=staging")
    page.get_by_role("button", name="Explain").click()
    expect(page.locator("main")).to_contain_text("only production wakes people")
    page.get_by_label("Labels").fill('{alertname="DiskFull"}')
    page.get_by_role("button", name="Explain").click()
    expect(page.get_by_role("alert")).to_be_visible()


def test_everything_that_matters_works_without_scripts(opens: Opens, premises: Premises) -> None:
    (page_id, name), (other_id, _) = arrive(premises), arrive(premises)
    page = opens("alice", "/", java_script_enabled=False)
    page.get_by_role("link", name=name).click()
    page.get_by_label("Note").fill("without scripts")
    page.get_by_role("button", name="Acknowledge").click()
    expect(page.get_by_text("You have it.")).to_be_visible()
    page.goto(f"{premises.url}/pages/{other_id}")
    page.get_by_text("More to do").click()
    page.get_by_role("button", name="Cancel the page").click()
    expect(page.get_by_text("The page is cancelled.")).to_be_visible()
    assert (status(premises, page_id), status(premises, other_id)) == ("acknowledged", "cancelled")
    third, _ = arrive(premises)
    page.goto(f"{premises.url}/")
    page.locator(f"input[name=page][value='{third}']").check()
    page.get_by_role("button", name="Acknowledge the chosen ones").click()
    expect(page.get_by_text("You have 1 page.")).to_be_visible()


def test_colours_follow_the_readers_wish_for_dark(opens: Opens) -> None:
    def lightness(**more: Any) -> float:
        colour = opens("bob", "/", **more).evaluate(
            "getComputedStyle(document.documentElement).backgroundColor"
        )
        return sum(map(int, re.findall(r"\d+", colour)[:3])) / 765

    assert lightness(color_scheme="light") > 0.9
    assert lightness(color_scheme="dark") < 0.2
