"""Every screen as people see it: in light and dark, on a phone, and by axe-core for those who do not see it.

PINGPARROT_SCREENSHOTS names a folder in which a picture of each is kept.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page

from router.web.screen import Screen
from tests.api.house import PASSWORD
from tests.servers import missing
from tests.web.chromium import DESK, PHONE, log_in, running_chromium
from tests.web.premises import Premises, open_premises
from tests.web.visiting import GETS, UNREADABLE, address, name_of

pytestmark = [pytest.mark.slow, pytest.mark.timeout(300)]

_AXE = Path(__file__).parent / "node_modules" / "axe-core" / "axe.min.js"
_FILES = re.compile(r"\.\w+$")
_SCREENS = [one for one in GETS if one.path not in UNREADABLE and not _FILES.search(one.path)]
_WITHOUT_PROVIDER = {"/login/oidc", "/login/oidc/callback"}  # the log-in, which says so
_RULES = {"resultTypes": ["violations"]}


@pytest.fixture(scope="module")
def premises(sqlite_template: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Premises]:
    with open_premises(tmp_path_factory.mktemp("premises"), sqlite_template) as opened:
        yield opened


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    with running_chromium() as browser:
        yield browser


@pytest.fixture(scope="module")
def seen(chromium: Browser, premises: Premises) -> Page:
    """A tab in which Alice has logged in; scripts of a test may run in it beside ours."""
    context = chromium.new_context(viewport=DESK, bypass_csp=True)
    return log_in(context, premises.url, "alice@example.com", PASSWORD)


@pytest.fixture(scope="module")
def unseen(chromium: Browser) -> Page:
    """A tab of somebody who has not logged in."""
    return chromium.new_context(viewport=DESK, bypass_csp=True).new_page()


@pytest.mark.parametrize("screen", _SCREENS, ids=name_of)
def test_a_screen_can_be_read_by_everybody(
    seen: Page, unseen: Page, premises: Premises, screen: Screen
) -> None:
    page = unseen if screen.access == "public" else seen
    page.set_viewport_size(DESK)
    page.emulate_media(color_scheme="light")
    answer = page.goto(f"{premises.url}{address(screen, premises.estate)}")
    assert answer is not None
    assert answer.status == (404 if screen.path in _WITHOUT_PROVIDER else 200)
    page.evaluate("document.querySelectorAll('details').forEach((one) => { one.open = true; })")
    found = {"light": faults_of(page)}
    keep(page, screen, "light")
    page.emulate_media(color_scheme="dark")
    found["dark"] = faults_of(page)
    keep(page, screen, "dark")
    page.emulate_media(color_scheme="light")
    page.set_viewport_size(PHONE)
    keep(page, screen, "phone")
    assert found == {"light": [], "dark": []}
    assert too_wide(page) == []


def test_what_reads_the_screens_finds_faults(unseen: Page) -> None:
    unseen.goto("about:blank")
    unseen.set_content("<html lang=en><title>x</title><main><img src=x><button></button></main>")
    assert {fault.split(":")[0] for fault in faults_of(unseen)} == {"image-alt", "button-name"}


def faults_of(page: Page) -> list[str]:
    """Return what axe-core calls serious or critical."""
    if not _AXE.exists():
        missing("axe-core", "npm, then `make test`")
    if page.evaluate("typeof axe") == "undefined":
        page.add_script_tag(content=_AXE.read_text())
    found: dict[str, Any] = page.evaluate("rules => axe.run(document, rules)", _RULES)
    return [
        f"{one['id']}: {one['help']}: {node['html'][:200]}"
        for one in found["violations"]
        if one["impact"] in ("serious", "critical")
        for node in one["nodes"]
    ]


def too_wide(page: Page) -> list[str]:
    """Return what makes a screen scroll sideways; what scrolls by itself (`.scroll`) does not."""
    found: list[str] = page.evaluate(
        """() => document.documentElement.scrollWidth <= innerWidth ? [] :
        [...document.querySelectorAll("body *")]
        .filter((one) => !one.closest(".scroll, .skip") && one.getBoundingClientRect().right > innerWidth + 1)
        .map((one) => one.outerHTML.slice(0, 200))"""
    )
    return found


def keep(page: Page, screen: Screen, light: str) -> None:
    """Keep a picture where the environment says so."""
    folder = os.environ.get("PINGPARROT_SCREENSHOTS")
    if folder:
        name = re.sub(r"\W+", "-", screen.path).strip("-") or "pages"
        page.screenshot(path=Path(folder) / f"{name}.{light}.png", full_page=True)
