from __future__ import annotations

from datetime import timedelta

import pytest
import sqlalchemy as sa
from hypothesis import given
from hypothesis import strategies as st

from router.delivery.link import LASTS, Link, open_link, sign
from router.store.secrets import Secrets
from router.store.tables import NOTIFICATIONS
from tests.api.house import START, House
from tests.web.browser import Browser

SECRETS = Secrets("a secret key for tests only, long enough")
LINKS = st.builds(
    Link,
    st.sampled_from(("page", "digest")),
    st.integers(1, 2**63),
    st.integers(1, 2**63),
    st.integers(1, 10**6).map(lambda seconds: START + timedelta(seconds=seconds)),
)


def link_to(house: House, page_id: int, user_id: int) -> str:
    return "/n/" + sign(house.services.secrets, Link("page", page_id, user_id, house.watch.at + LASTS))


@given(link=LINKS)
def test_a_link_says_again_what_was_signed(link: Link) -> None:
    assert open_link(SECRETS, sign(SECRETS, link), START) == link


@given(link=LINKS, at=st.integers(0, 80), character=st.sampled_from("AZaz09-_"))
def test_a_link_that_was_changed_opens_nothing(link: Link, at: int, character: str) -> None:
    text = sign(SECRETS, link)
    at %= len(text) - 1  # the last character has bits that mean nothing
    changed = text[:at] + character + text[at + 1 :]
    assert changed == text or open_link(SECRETS, changed, START) is None


@given(text=st.text(max_size=120))
def test_nothing_else_is_a_link(text: str) -> None:
    assert open_link(SECRETS, text, START) is None


def test_a_link_of_an_older_secret_key_still_opens() -> None:
    link = Link("page", 7, 3, START + LASTS)
    assert open_link(Secrets("new", ("old",)), sign(Secrets("old"), link), START) == link


def test_opening_a_link_shows_the_page_and_does_nothing(house: House) -> None:
    page_id = house.page(subject="Disk full")
    stranger = Browser(house)
    shown = stranger.text(link_to(house, page_id, house.bob))
    assert "Disk full" in shown
    assert "Acknowledge as Bob" in shown
    assert house.get(f"/api/pages/{page_id}", "alice").json()["status"] == "active"


def test_its_button_acknowledges_as_its_reader_without_a_log_in(house: House) -> None:
    page_id = house.page()
    stranger = Browser(house)
    link = link_to(house, page_id, house.bob)
    stranger.get(link)
    assert stranger.post(link).status_code == 303
    assert "You have it. Nobody is called again for this." in stranger.text(link)
    (recipient,) = house.get(f"/api/pages/{page_id}", "alice").json()["recipients"]
    assert (recipient["status"], recipient["method"]) == ("acknowledged", "web")
    assert stranger.get("/").status_code == 303


def test_its_button_needs_the_csrf_token_of_its_screen(house: House) -> None:
    page_id = house.page()
    link = link_to(house, page_id, house.bob)
    assert Browser(house).post(link).status_code == 403


def test_a_link_opens_nothing_but_its_readers_own_page(house: House) -> None:
    page_id = house.page(target_user_id=house.alice)
    for reader in (house.bob, house.charlie, house.carol, 999):
        assert Browser(house).get(link_to(house, page_id, reader)).status_code == 404


def test_an_admins_link_makes_nobody_a_recipient(house: House) -> None:
    page_id = house.page()
    assert Browser(house).get(link_to(house, page_id, house.alice)).status_code == 404


def test_a_link_is_dead_after_three_days(house: House) -> None:
    link = link_to(house, house.page(), house.bob)
    house.later(days=3)
    assert Browser(house).get(link).status_code == 404


def test_the_link_of_a_digest_takes_all_its_pages(house: House) -> None:
    pages = [house.page() for _ in range(3)]
    told = sa.update(NOTIFICATIONS).where(NOTIFICATIONS.c.page_id.in_(pages)).values(digest_id=77)
    house.write(lambda connection: connection.execute(told))
    link = "/n/" + sign(house.services.secrets, Link("digest", 77, house.bob, house.watch.at + LASTS))
    stranger = Browser(house)
    assert "Acknowledge all 3" in stranger.text(link)
    stranger.post(link)
    assert {house.get(f"/api/pages/{one}", "alice").json()["status"] for one in pages} == {"acknowledged"}


@pytest.mark.parametrize("path", ["/n/x", "/n/" + "A" * 200, "/n/%00"])
def test_a_link_that_never_was_one_says_so(sqlite_house: House, path: str) -> None:
    answer = Browser(sqlite_house).get(path)
    assert answer.status_code == 404
    assert "This link is too old, or not whole." in answer.text
