"""Hostile text is text: in elements, attributes, titles, pictures and tables, on every screen."""

from __future__ import annotations

import csv
import io
import re
import unicodedata
from pathlib import Path
from urllib.parse import urlencode

import pytest
from hypothesis import given
from hypothesis import strategies as st

import router.web
from router.api.schemas import PageQuery, RangeQuery
from router.web.render import web_link
from router.web.screen import Screen
from router.web.visible import visible
from tests.web.estate import HOSTILE, LINKS, MARKUP, UNSEEN, Estate
from tests.web.visiting import GETS, UNREADABLE, Document, address, name_of

SCREENS = [screen for screen in GETS if screen.path not in UNREADABLE]
ASKED = {
    name
    for path in Path(router.web.__file__).parent.glob("*.py")
    for name in re.findall(r'(?:asked|query_params\.get)\("(\w+)"', path.read_text())
} | {
    field.alias or name
    for schema in (RangeQuery, *PageQuery.__subclasses__(), *RangeQuery.__subclasses__())
    for name, field in schema.model_fields.items()
}
"""Every parameter that some screen reads from its address."""

_FORMULA = re.compile(r"[=@\t\r]|[+-](?![0-9.]+$)")


def assert_harmless(text: str) -> None:
    """Hold a screen to it that no hostile text became markup, a link, or an invisible character."""
    document = Document(text)
    assert "data-evil" not in document.attributes
    assert document.inline == []
    assert [one for one in document.follows if not re.match(r"/(?!/)|https?://|[?#]", one)] == []
    hidden = {one for one in text if unicodedata.category(one) in ("Cc", "Cf", "Cs", "Zl", "Zp")}
    assert hidden <= set("\n\t\r\u200c\u200d")


@pytest.mark.parametrize("screen", SCREENS, ids=name_of)
def test_names_and_texts_of_others_are_text_on_every_screen(estate: Estate, screen: Screen) -> None:
    for browser in (estate.alice, estate.bob):
        answer = browser.get(address(screen, estate))
        if answer.headers.get("content-type", "").startswith("text/csv"):
            cells = [cell for row in csv.reader(io.StringIO(answer.text)) for cell in row]
            assert [cell for cell in cells if _FORMULA.match(cell)] == []
        else:
            assert_harmless(answer.text)


@pytest.mark.parametrize("screen", SCREENS, ids=name_of)
def test_what_an_address_says_is_text_on_every_screen(estate: Estate, screen: Screen) -> None:
    for value in (HOSTILE, "\0", "\ud800", "-1", "9" * 40, LINKS[0]):
        query = urlencode(dict.fromkeys(ASKED, value), errors="surrogatepass")
        answer = estate.alice.get(f"{address(screen, estate)}?{query}")
        assert answer.status_code < 500, value
        assert_harmless(answer.text)


def test_every_alert_is_shown_as_text_and_whole(estate: Estate) -> None:
    pages = estate.house.get("/api/pages", "alice").json()["data"]
    shown = [estate.alice.get(f"/pages/{page['id']}").text for page in pages]
    for text in shown:
        assert_harmless(text)
    everything = "\n".join(shown)
    for expected in (
        "Сервис недоступен",
        "region=東京",
        "rtl=שלום",
        "surrogate=𝕏",
        "日本語の説明 ⟨U+200F⟩ مرحبا ⟨U+202E⟩evil⟨U+202C⟩ zero⟨U+200B⟩width",
        "__proto__=polluted",
        "constructor=c",
        "spaces=  lead trail  ",
        "&lt;img src=x data-evil onerror=alert(1)&gt;{{ 7 * 7 }}",
        "javascript:alert(1)//data-evil",
    ):
        assert expected in everything, expected


def test_a_signed_link_shows_hostile_alerts_as_text(estate: Estate) -> None:
    assert_harmless(estate.stranger().get(f"/n/{estate.link()}").text)


def test_a_note_is_text_for_whoever_reads_it(estate: Estate) -> None:
    assert "“&lt;/title&gt;" in "".join(
        estate.alice.get(f"/pages/{page['id']}").text
        for page in estate.house.get("/api/pages", "alice").json()["data"]
    )


@pytest.mark.parametrize("field", ["email", "next", "password"])
def test_what_was_typed_comes_back_as_text(estate: Estate, field: str) -> None:
    browser = estate.stranger()
    browser.get("/login")
    answer = browser.post("/login", **{"email": "x", "password": "x", field: HOSTILE})
    assert answer.status_code in (401, 429)
    assert_harmless(answer.text)


@given(text=st.text())
def test_nothing_hidden_is_left_and_everything_else_stays(text: str) -> None:
    shown = visible(text)
    hidden = [one for one in shown if unicodedata.category(one) in ("Cc", "Cf", "Cs", "Zl", "Zp")]
    assert set(hidden) <= set("\n\t\u200c\u200d")
    shown.encode()
    assert visible(shown) == shown


@given(text=st.text(st.characters(codec="utf-8", exclude_categories=["C", "Zl", "Zp"])))
def test_text_in_which_nothing_hides_is_shown_as_it_is(text: str) -> None:
    assert visible(text) == text


def test_hidden_characters_are_shown_by_their_numbers() -> None:
    assert visible("a\u202eb\r\nc\0") == "a⟨U+202E⟩b\nc⟨U+0000⟩"
    assert "U+E0041" in visible(UNSEEN)
    assert visible(7) == 7


@pytest.mark.parametrize(
    "url",
    [*LINKS, MARKUP, "//evil.example", "http://", "https:x", "http://[", "https://a.example/\u202ex", "h\0"],
)
def test_what_is_no_web_address_is_no_link(url: str) -> None:
    assert web_link(url) == ""


def test_a_web_address_is_a_link() -> None:
    assert web_link(" https://runbooks.example.org/a?b=c#d ") == "https://runbooks.example.org/a?b=c#d"
