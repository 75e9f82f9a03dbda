"""Debian's Chromium, without a screen, driven by Playwright."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import contextmanager

from playwright.sync_api import Browser, BrowserContext, Page, sync_playwright

from tests.servers import missing

_ARGUMENTS = (
    "--no-sandbox",  # we may be root
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)
PHONE = {"width": 360, "height": 740}
DESK = {"width": 1280, "height": 900}


@contextmanager
def running_chromium() -> Iterator[Browser]:
    """Run a browser.

    Playwright keeps an event loop in the thread that started it: no test that runs one of its own may run in
    between, so a file of tests starts a browser and ends it.
    """
    program = shutil.which("chromium") or shutil.which("chromium-browser")
    if program is None:
        missing("Chromium", "chromium")
    with sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=program, args=list(_ARGUMENTS))
        yield browser
        browser.close()


def log_in(context: BrowserContext, url: str, email: str, password: str) -> Page:
    """Log somebody in as a person does; returns the screen that comes next."""
    page = context.new_page()
    page.goto(f"{url}/login")
    page.get_by_label("E-mail").fill(email)
    page.get_by_label("Password").fill(password)
    page.get_by_role("button", name="Log in").click()
    page.get_by_role("heading", name="Pages").wait_for()
    return page
