"""What a person is told."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from router.delivery.wording import cut_bytes, line, paragraphs
from tests.delivery.conftest import MakeMessage


@pytest.mark.parametrize(
    ("kind", "subject"),
    [
        ("page", "StripeDown on web-01"),
        ("repeat", "still unacknowledged: StripeDown on web-01"),
        ("escalation", "escalated to you: StripeDown on web-01"),
        ("fallback", "nobody else was reached: StripeDown on web-01"),
        ("joined", "more alerts on your page: StripeDown on web-01"),
        ("resolved", "[RESOLVED] StripeDown on web-01"),
    ],
)
def test_a_subject_says_the_occasion(message: MakeMessage, kind: str, subject: str) -> None:
    assert message(kind).subject == subject


def test_a_page_that_went_stale_is_not_called_resolved(message: MakeMessage) -> None:
    told = message("resolved", closed_reason="stale")

    assert told.subject == "[NO LONGER HEARD OF] StripeDown on web-01"
    assert "check that they ended" in told.text


def test_a_text_says_what_fires_since_when_and_how_to_acknowledge(message: MakeMessage) -> None:
    assert message().text == (
        "Payments fail.\nSince five minutes.\n\n"
        "Page 42 · critical priority · since 2026-06-23 14:00 UTC · 2 alerts · route payments/stripe\n\n"
        "To acknowledge: https://pager.example/n/cAAAAAAAAAAqAAAA"
    )


def test_without_a_public_url_the_call_is_named(message: MakeMessage) -> None:
    told = message(page_url="")

    assert told.page_url == ""
    assert told.text.endswith("To acknowledge: POST /api/pages/42/acknowledge with your bearer token.")


def test_what_is_over_or_acknowledged_asks_for_nothing(message: MakeMessage) -> None:
    assert "To acknowledge" not in message("resolved", status="cancelled").text
    assert "To acknowledge" not in message("joined", status="acknowledged").text


def test_a_page_without_words_still_says_something(message: MakeMessage) -> None:
    told = message(subject=" \n", message="", route="", alert_count=0, alerts=())

    assert told.subject == "Page 42"
    assert told.text.startswith("Page 42 · critical priority · since")


def test_a_long_page_is_cut_and_keeps_how_to_acknowledge(message: MakeMessage) -> None:
    told = message("repeat", subject="s" * 500, message="m" * 500_000, alerts=({"a": "b" * 5000},) * 500)

    assert len(told.subject) == 200
    assert told.subject.startswith("still unacknowledged: s")
    assert len(told.text) < 21_000
    assert "To acknowledge" in told.text
    assert len(told.alerts) == 20
    assert len(told.alerts[0]["a"]) == 400


@pytest.mark.parametrize(
    "evil", ["\u202e", "\u2066", "\u200f", "\x00", "\x1b[31m", "\r\n", "\u2028", "\x85", "\ufeff", "\ud800"]
)
def test_single_lines_hold_no_control_or_bidi_character(message: MakeMessage, evil: str) -> None:
    told = message(
        subject=f"a{evil}b",
        recipient=f"a{evil}b",
        route=f"a{evil}b",
        alerts=({f"a{evil}b": f"a{evil}b"},),
    )

    (labels,) = told.alerts
    for text in (told.subject, told.recipient, told.route, *labels, *labels.values()):
        assert text.encode()
        assert not set(text) & set("\u202e\u2066\u200f\x00\x1b\r\n\u2028\x85\ufeff\ud800")


@given(st.text(st.characters(), max_size=300), st.integers(1, 100))
def test_a_line_is_one_short_clean_line(text: str, longest: int) -> None:
    cleaned = line(text, longest)

    assert len(cleaned) <= longest
    assert all(unicodedata.category(char) not in ("Cc", "Cs", "Zl", "Zp") for char in cleaned)
    assert line(cleaned, longest) == cleaned


@given(st.text(st.characters(), max_size=300))
def test_paragraphs_keep_line_feeds_and_tabs_only(text: str) -> None:
    controls = {char for char in paragraphs(text, 1000) if unicodedata.category(char) in ("Cc", "Cs")}

    assert controls <= {"\n", "\t"}


@given(st.text(max_size=300), st.integers(3, 100))
def test_a_text_cut_by_bytes_is_whole_characters(text: str, most: int) -> None:
    assert len(cut_bytes(text, most).encode()) <= most
