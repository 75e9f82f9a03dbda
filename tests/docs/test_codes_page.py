"""docs/rules-codes.md is what `rules explain-code` says."""

from __future__ import annotations

from tests.docs.codes_page import PAGE, page


def test_the_page_is_what_the_codes_say() -> None:
    assert PAGE.read_text(encoding="utf-8") == page(), "write it anew: python -m tests.docs.codes_page"
