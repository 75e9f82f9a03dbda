"""Why me, on the screens: who last changed the rule, as text whatever a name says."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from router.delivery.link import LASTS, Link, sign
from router.store.engine import Database
from router.store.writer import Writer
from tests.api.house import PAGERS, House, build_house, webhook
from tests.operations.house import eventually
from tests.rules.repository import Repository
from tests.web.browser import Browser, logged_in

RULES = """\
defaults: {chain: triage}
chains: {triage: {steps: [{page: {group: All}}]}}
routes: [{name: web, matchers: [team="web"]}]
"""
HOSTILE = "</code><script>alert(1)</script>"


@pytest.fixture
def ruled(sqlite: Database, tmp_path: Path) -> Iterator[House]:
    repository = Repository(tmp_path / "checkout")
    repository.commit(
        {"r.yml": RULES}, at="2026-03-01T12:00:00Z", author="Jane </code><script>alert(1)</script>"
    )
    writer = Writer(sqlite)
    writer.start()
    house = build_house(sqlite, writer, repository.root)
    assert eventually(lambda: bool(house.rulebook.current.changes))
    yield house
    house.rulebook.stop()
    writer.close()


def paged(house: House) -> int:
    sent = house.post(PAGERS, "generic", webhook({"alertname": "Down", "team": "web"})).json()
    return int(sent["page_id"])


def test_the_screen_of_a_page_says_who_changed_its_route(ruled: House) -> None:
    shown = logged_in(ruled, "alice").text(f"/pages/{paged(ruled)}")

    assert "the route was last changed by Jane" in shown
    assert "group All, step 1 of chain triage" in shown
    assert HOSTILE not in shown


def test_a_signed_link_says_why_its_reader_was_paged(ruled: House) -> None:
    link = sign(ruled.services.secrets, Link("page", paged(ruled), ruled.bob, ruled.watch.at + LASTS))

    shown = Browser(ruled).text(f"/n/{link}")

    assert "Why you: group All, step 1 of chain triage, by r.yml:3 @" in shown
    assert "last changed by Jane" in shown
    assert HOSTILE not in shown


def test_the_screen_of_the_rules_says_who_changed_a_route(ruled: House) -> None:
    admin = logged_in(ruled, "alice")

    for shown in (admin.text("/admin/rules"), admin.text("/admin/rules/explain?labels=team%3Dweb")):
        assert "last changed by Jane" in shown
        assert HOSTILE not in shown
