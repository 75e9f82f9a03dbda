"""A browser without a screen: it keeps cookies, follows forms, and reads what stands in them."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from html import unescape
from typing import Any

from starlette.testclient import TestClient

from tests.api.house import PASSWORD, House

CSRF = re.compile(r'name="csrf" value="([0-9a-f]{64})"')


@dataclass
class Browser:
    """One person's browser at a house's dashboard."""

    house: House
    client: TestClient = field(init=False)
    csrf: str = ""

    def __post_init__(self) -> None:
        self.client = TestClient(self.house.client.app, follow_redirects=False, client=("192.0.2.7", 50000))

    def get(self, path: str, **headers: str) -> Any:
        """Open an address, and remember the CSRF token of its forms."""
        answer = self.client.get(path, headers=headers)
        found = CSRF.search(answer.text)
        self.csrf = found[1] if found else self.csrf
        return answer

    def post(self, path: str, csrf: str | None = None, **fields: Any) -> Any:
        """Send a form, with the CSRF token last seen unless another is given."""
        return self.client.post(path, data={"csrf": self.csrf if csrf is None else csrf, **fields})

    def text(self, path: str) -> str:
        """Return what an address shows, without markup."""
        answer = self.get(path)
        assert answer.status_code == 200, answer.text
        return " ".join(unescape(re.sub(r"<[^>]*>", " ", answer.text)).split())


def logged_in(house: House, name: str) -> Browser:
    """Return the browser of somebody who has logged in."""
    browser = Browser(house)
    browser.get("/login")
    answer = browser.post("/login", email=f"{name}@example.com", password=PASSWORD)
    assert answer.status_code == 303, answer.text
    browser.get("/")
    return browser
