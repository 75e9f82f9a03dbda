"""The message that tells of many pages: what it says, in which order, and that hostile text stays text."""

from __future__ import annotations

from datetime import UTC, datetime

from hypothesis import given
from hypothesis import strategies as st

from router.delivery.channel import Message
from router.delivery.channels.webhook import document
from router.delivery.digest import MOST_NAMED, Part, compose_digest
from router.delivery.message import Told

NOON = datetime(2026, 3, 3, 12, 0, tzinfo=UTC)


def part(page_id: int, priority: str = "high", kind: str = "page", **more: str) -> Part:
    subject, route = more.get("subject", f"Disk {page_id}"), more.get("route", "payments/stripe")
    return Part(Told(page_id, subject, "", priority, "active", NOON, route), kind)


def digest(*parts: Part, rung: int = 5, url: str = "") -> Message:
    return compose_digest(parts, notification_id=7, recipient="Alice", rung=rung, page_url=url)


def test_the_headline_counts_pages_by_team_and_names_the_worst() -> None:
    told = digest(
        part(1), part(2, route="network"), part(3, "critical", subject="Core router down", route="network")
    )
    assert told.subject == "and 3 more pages: 2 network, 1 payments; the worst: [critical] Core router down"
    assert (told.priority, told.page_id, told.kind) == ("critical", 3, "digest")


def test_it_is_not_more_pages_when_none_rang_before() -> None:
    assert digest(part(1), part(2), rung=0).subject.startswith("2 pages: 2 payments;")


def test_repeats_alone_say_that_they_are() -> None:
    told = digest(part(1, kind="repeat"), part(2, kind="repeat"))
    assert told.subject.startswith("still unacknowledged: 2 pages:")
    assert told.kind == "repeat"


def test_what_is_over_is_not_counted_among_what_is_not() -> None:
    told = digest(part(1), part(2, kind="resolved"), part(3, "critical", kind="resolved"))
    assert told.subject == "and 1 more page: 1 payments; the worst: [high] Disk 1"
    assert told.text.splitlines()[:3] == [
        "[high] Disk 1 (page 1, payments/stripe)",
        "[critical] Disk 3 (page 3, payments/stripe, resolved)",
        "[high] Disk 2 (page 2, payments/stripe, resolved)",
    ]


def test_good_news_alone_asks_for_nothing() -> None:
    told = digest(part(1, kind="resolved"), part(2, kind="resolved"))
    assert (told.kind, told.subject) == ("resolved", "[RESOLVED] 2 pages: 2 payments")
    assert told.text.endswith("There is nothing to acknowledge.")


def test_a_page_that_is_told_twice_is_named_once_by_its_latest_occasion() -> None:
    told = digest(part(1), part(1, kind="resolved"), part(2))
    assert [(page.page_id, page.kind) for page in told.pages] == [(2, "page"), (1, "resolved")]


def test_it_has_the_link_that_takes_them_all_or_names_the_call() -> None:
    link = "https://pager.example/n/ZAAAAAAA"
    assert digest(part(1), url=link).text.endswith(f"To acknowledge all of them: {link}")
    assert 'POST /api/pages/acknowledge with {"digest": 7}' in digest(part(1)).text


def test_the_rest_of_a_long_list_is_counted() -> None:
    told = digest(*(part(number) for number in range(1, MOST_NAMED + 13)))
    assert "… and 12 more" in told.text
    assert len(document(told)["pages"]) == MOST_NAMED + 12


def test_two_tries_with_different_pages_are_told_apart_by_their_receivers() -> None:
    assert digest(part(1), part(2)).key != digest(part(1), part(2), part(3)).key
    assert digest(part(1), part(2)).key == digest(part(2), part(1)).key


HOSTILE = st.text(st.characters(codec="utf-8"), max_size=300)


@given(subjects=st.lists(HOSTILE, min_size=1, max_size=8), route=HOSTILE)
def test_hostile_text_stays_one_line_for_each_page(subjects: list[str], route: str) -> None:
    parts = [part(number, subject=text, route=route) for number, text in enumerate(subjects, 1)]
    told = digest(*parts)
    assert len(told.subject) <= 200
    assert len(told.text.split("\n\n")[0].split("\n")) == len(subjects)
