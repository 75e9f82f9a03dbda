"""What every screen of the table promises; a new screen is held to it without being named here.

Named by hand is only what is let in without a log-in, and an example of each parameter of a path.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

import pytest

from router.web.render import HEADERS
from router.web.screen import Screen
from tests.api.house import PASSWORD
from tests.web.browser import Browser, logged_in
from tests.web.estate import Estate, fill_list
from tests.web.visiting import (
    EXAMPLES,
    GETS,
    POSTS,
    TABLE,
    UNREADABLE,
    Document,
    address,
    name_of,
    parameters,
    visit,
)

PUBLIC = {
    "GET /login",
    "POST /login",
    "GET /login/oidc",
    "GET /login/oidc/callback",
    "GET /n/{link}",
    "POST /n/{link}",
    "GET /offline",
    "GET /invitation/{token}",
    "POST /invitation/{token}",
    "GET /setup/{token}",
    "POST /setup/{token}",
}
"""Everything that anybody at all may ask for."""

WITHOUT_CSRF: set[str] = set()
"""Forms in which something else stands for the person, each with a test of its own."""

SEEN_BY_ALL: set[str] = set()
"""What every user of the organisation may see, whosever it is."""

_MOST_BYTES = 100_000


def each(screens: Sequence[Screen]) -> pytest.MarkDecorator:
    return pytest.mark.parametrize("screen", screens, ids=name_of)


def readable(screens: Sequence[Screen]) -> list[Screen]:
    return [screen for screen in screens if screen.path not in UNREADABLE]


def with_parameters(screens: Sequence[Screen]) -> list[Screen]:
    return [screen for screen in screens if parameters(screen) and screen.access != "public"]


def test_only_these_screens_are_public() -> None:
    assert {name_of(screen) for screen in TABLE if screen.access == "public"} == PUBLIC


def test_only_these_forms_need_no_csrf_token() -> None:
    assert {name_of(screen) for screen in POSTS if not screen.expects_csrf} == WITHOUT_CSRF


def test_every_parameter_of_a_path_has_an_example_here() -> None:
    assert {one for screen in TABLE for one in parameters(screen)} <= set(EXAMPLES)


def test_no_address_is_in_the_table_twice() -> None:
    assert len({name_of(screen) for screen in TABLE}) == len(TABLE)


@each([screen for screen in POSTS if screen.expects_csrf])
def test_a_form_without_its_csrf_token_changes_nothing(estate: Estate, screen: Screen) -> None:
    before = estate.snapshot()
    mine = estate.stranger() if screen.access == "public" else estate.alice
    mine.get("/login")
    other = estate.stranger()
    other.get("/login")
    for csrf in ("", "0" * 64, other.csrf, estate.bob.csrf, "\N{SNOWMAN}"):
        answer = mine.post(address(screen, estate), csrf=csrf)
        assert answer.status_code == 403, (csrf, answer.text)
        assert "This form is too old, or not ours" in answer.text
    assert estate.snapshot() == before


@each([screen for screen in TABLE if screen.access != "public"])
def test_a_stranger_is_sent_to_the_log_in(estate: Estate, screen: Screen) -> None:
    before = estate.snapshot()
    answer = visit(estate.stranger(), screen, estate)
    assert answer.status_code == 303
    assert answer.headers["location"].split("?")[0] == "/login"
    partial = visit(estate.stranger(), screen, estate, **{"HX-Request": "true"})
    assert partial.status_code in (303, 401)
    assert not answer.content + partial.content
    assert estate.snapshot() == before


@each([screen for screen in TABLE if screen.access == "admin"])
def test_a_user_is_refused_what_is_for_admins(estate: Estate, screen: Screen) -> None:
    before = estate.snapshot()
    assert visit(estate.bob, screen, estate).status_code == 403
    assert estate.snapshot() == before


@each(with_parameters(TABLE))
def test_somebody_of_another_organisation_is_told_that_it_does_not_exist(
    estate: Estate, screen: Screen
) -> None:
    before = estate.snapshot()
    answer = visit(estate.charlie, screen, estate)
    assert answer.status_code == 404, answer.text
    assert estate.snapshot() == before


@each([screen for screen in with_parameters(TABLE) if screen.access == "user"])
def test_a_user_is_told_that_what_is_anothers_does_not_exist(estate: Estate, screen: Screen) -> None:
    if name_of(screen) in SEEN_BY_ALL:
        assert visit(estate.bob, screen, estate).status_code == 200
        return
    before = estate.snapshot()
    answer = visit(estate.bob, screen, estate)
    assert answer.status_code == 404, answer.text
    assert estate.snapshot() == before


@each(with_parameters(TABLE))
def test_an_id_that_never_was_is_told_not_to_exist(estate: Estate, screen: Screen) -> None:
    for value in ("0", "999999", "-1", "x", "%00", "9" * 30, "1%0A", "٣"):
        path = re.sub(r"\{[^}]*\}", value, screen.path)
        answer = estate.alice.get(path) if screen.method == "GET" else estate.alice.post(path)
        assert answer.status_code == 404, (value, answer.text)


@each(readable(GETS))
def test_a_screen_runs_nothing_inline_and_loads_nothing_of_others(estate: Estate, screen: Screen) -> None:
    answer = visit(estate.alice, screen, estate)
    assert answer.status_code in (200, 303), answer.text
    if answer.headers.get("content-disposition", "").startswith("attachment"):
        return  # a browser keeps it, and does not show it
    document = Document(answer.text)
    assert document.inline == []
    assert [one for one in document.loads if not re.match(r"/(?!/)|[?#]|$", one)] == []
    assert [one for one in document.follows if not re.match(r"/(?!/)|https?://|[?#]", one)] == []


@each(TABLE)
def test_every_answer_has_the_full_set_of_headers(estate: Estate, screen: Screen) -> None:
    method = "HEAD" if screen.method == "GET" else screen.method
    for who in (estate.alice, estate.bob, estate.stranger()):
        answer = who.client.request(method, address(screen, estate))
        assert {name: answer.headers.get(name) for name in HEADERS} == HEADERS, answer.status_code


def test_the_policy_lets_a_browser_run_and_load_only_what_is_ours() -> None:
    policy = HEADERS["Content-Security-Policy"]
    assert "default-src 'none'" in policy
    assert re.search(r"unsafe|\*|https?:|blob:", policy) is None


@each(readable(GETS))
def test_a_screen_is_the_same_for_head_without_its_body(estate: Estate, screen: Screen) -> None:
    path = address(screen, estate)
    shown, headed = estate.alice.client.get(path), estate.alice.client.head(path)
    assert headed.status_code == shown.status_code
    assert headed.headers == shown.headers


@each(TABLE)
def test_strange_methods_are_told_which_are_right(estate: Estate, screen: Screen) -> None:
    for method in ("PUT", "DELETE", "PATCH", "OPTIONS", "PROPFIND"):
        answer = estate.alice.client.request(method, address(screen, estate))
        assert answer.status_code == 405
        assert screen.method in answer.headers["allow"]


def test_looking_changes_nothing(estate: Estate) -> None:
    before = estate.snapshot()
    for browser in (estate.alice, estate.bob, estate.charlie, estate.stranger()):
        for screen in readable(GETS):
            visit(browser, screen, estate)
            visit(browser, screen, estate, **{"HX-Request": "true"})
            browser.client.head(address(screen, estate))
    assert estate.snapshot() == before


def test_a_screen_is_small_even_when_there_is_much(estate: Estate) -> None:
    fill_list(estate.house, 60)
    sizes = {name_of(one): len(visit(estate.alice, one, estate).content) for one in readable(GETS)}
    assert {name: size for name, size in sizes.items() if size >= _MOST_BYTES} == {}


def test_a_session_that_is_over_is_a_strangers(estate: Estate) -> None:
    dave = logged_in(estate.house, "bob")
    kept = dave.client.cookies["pp_session"]
    dave.post("/logout")
    back = Browser(estate.house)
    back.client.cookies["pp_session"] = kept
    for screen in readable(GETS):
        if screen.access != "public":
            assert visit(back, screen, estate).status_code == 303, name_of(screen)


def test_logging_in_gives_a_new_csrf_token(estate: Estate) -> None:
    browser = Browser(estate.house)
    browser.get("/login")
    before = browser.csrf
    browser.post("/login", email="bob@example.com", password=PASSWORD)
    browser.get("/")
    assert browser.csrf != before
    assert browser.post("/logout", csrf=before).status_code == 403
