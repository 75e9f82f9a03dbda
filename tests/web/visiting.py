"""Visits every screen of the table: an example of each address, and a reader of what comes back."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from html.parser import HTMLParser
from typing import Any, cast

from router.store.engine import Database
from router.web.routes import screens
from router.web.screen import Screen
from tests.web.browser import Browser
from tests.web.estate import Estate

TABLE = screens(cast("Database", None))  # only read: no handler is called
GETS = tuple(screen for screen in TABLE if screen.method == "GET")
POSTS = tuple(screen for screen in TABLE if screen.method == "POST")
UNREADABLE = {"/live", "/setup/{token}"}
"""What answers for ever, or is shut while there is an admin; each has tests of its own."""

EXAMPLES: dict[tuple[str, str], Callable[[Estate], object]] = {
    ("pages", "id"): lambda estate: estate.page_id,
    ("n", "link"): lambda estate: estate.link(),
    ("groups", "id"): lambda estate: estate.group_id,
    ("members", "user_id"): lambda estate: estate.house.alice,
    ("users", "id"): lambda estate: estate.user_id,
    ("contacts", "contact_id"): lambda estate: estate.contact_id,
    ("invitation", "token"): lambda estate: estate.invitation,
    ("setup", "token"): lambda _: "shut",  # nothing opens it while there is an admin
    ("integrations", "id"): lambda estate: estate.integration_id,
    ("keys", "key_id"): lambda estate: estate.key_id,
    ("quarantine", "id"): lambda estate: estate.quarantine_id,
    ("webhooks", "id"): lambda estate: estate.house.get("/api/webhooks", "alice").json()["data"][0]["id"],
    ("deliveries", "id"): lambda estate: estate.delivery_id,
}
"""An example of every parameter of a path, by the part of the path before it and its name: something that is
ours, and that of our own people only Alice may see."""

_PARAMETER = re.compile(r"([^/]*)/\{(\w+)(?::\w+)?\}")
_LOADS = {"href": ("link",), "src": ("script", "img", "audio", "video", "iframe", "source", "embed")}


def name_of(screen: Screen) -> str:
    """Return how a screen is called in the list of tests."""
    return f"{screen.method} {screen.path}"


def address(screen: Screen, estate: Estate) -> str:
    """Return an address of a screen that leads to something of ours."""

    def example(found: re.Match[str]) -> str:
        make = EXAMPLES.get((found[1], found[2]))
        assert make is not None, f"give EXAMPLES something of ours for {found[0]} of {screen.path}"
        return f"{found[1]}/{make(estate)}"

    return _PARAMETER.sub(example, screen.path)


def parameters(screen: Screen) -> list[tuple[str, str]]:
    """Return the parameters of a screen's path, each with the part of the path before it."""
    return [(found[1], found[2]) for found in _PARAMETER.finditer(screen.path)]


def visit(browser: Browser, screen: Screen, estate: Estate, **headers: str) -> Any:
    """Ask for a screen as somebody, with a form that is his own; returns the answer."""
    path = address(screen, estate)
    if screen.method == "GET":
        return browser.get(path, **headers)
    if not browser.csrf:
        browser.get("/login")
    return browser.post(path)


@dataclass
class Document(HTMLParser):
    """What a screen holds that a browser would run, load or follow."""

    text: str
    inline: list[str] = field(default_factory=list)
    loads: list[str] = field(default_factory=list)
    follows: list[str] = field(default_factory=list)
    attributes: set[str] = field(default_factory=set)

    def __post_init__(self) -> None:
        super().__init__()
        self.feed(self.text)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Take in an element."""
        given = dict(attrs)
        self.attributes |= set(given)
        if tag == "style" or (tag == "script" and "src" not in given) or tag in ("iframe", "object", "base"):
            self.inline.append(f"<{tag}>")
        self.inline += [
            f"<{tag} {name}={value!r}>"
            for name, value in attrs
            if name == "style" or name.startswith(("on", "hx-on", "hx-vals", "hx-vars")) or name == "srcdoc"
        ]
        for name, value in attrs:
            if name in ("href", "src", "srcset", "xlink:href", "poster", "data") and value is not None:
                (self.loads if tag in _LOADS.get(name, ()) else self.follows).append(value)
            elif name in ("action", "formaction", "hx-get", "hx-post", "sse-connect"):
                self.loads.append(value or "")
