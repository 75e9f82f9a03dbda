"""docs/cli.md is what the commands say of themselves."""

from __future__ import annotations

from tests.docs.cli_page import PAGE, page


def test_the_page_is_the_help_of_every_command() -> None:
    assert PAGE.read_text(encoding="utf-8") == page(), "write it anew: python -m tests.docs.cli_page"
