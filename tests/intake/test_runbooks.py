"""The runbook stands below a page's text, whatever the template says."""

from __future__ import annotations

from typing import Any

import pytest

from router.particulars import with_runbooks
from tests.intake.desk import RULES, Desk, body, firing


def _with_runbook(url: str, **labels: str) -> dict[str, Any]:
    alert = firing("Disk", **labels)
    return {**alert, "annotations": {**alert["annotations"], "runbook_url": url}}


def _message(desk: Desk, *alerts: dict[str, Any]) -> str:
    desk.post(body(*alerts))
    (page,) = desk.pages()
    message: str = page.message
    return message


def test_a_runbook_stands_below_a_text_that_does_not_name_it(desk: Desk) -> None:
    message = _message(desk, _with_runbook("https://runbooks.example/disk"))

    assert message == "Disk is not well\n\nRunbook: https://runbooks.example/disk"


def test_an_alert_without_a_runbook_adds_nothing(desk: Desk) -> None:
    assert _message(desk, firing("Disk")) == "Disk is not well"


def test_each_runbook_is_named_once_and_five_at_most(desk: Desk) -> None:
    alerts = [_with_runbook(f"https://r.example/{n // 2}", instance=str(n)) for n in range(20)]

    message = _message(desk, *alerts)

    lines = [line for line in message.splitlines() if line.startswith("Runbook: ")]
    assert lines == [f"Runbook: https://r.example/{n}" for n in range(5)]


@pytest.mark.parametrize(
    ("template", "lines"),
    [
        ("see {{ annotations.runbook_url }}.", 0),
        ("({{ annotations.runbook_url }})", 0),
        ("{{ annotations.runbook_url }}/more", 1),
        ("{{ annotations.runbook_url }}-2", 1),
    ],
)
def test_a_runbook_that_the_text_names_is_not_named_again(desk: Desk, template: str, lines: int) -> None:
    desk.change_rules(RULES.replace("stale_after: 48h", f"stale_after: 48h\n  message: '{template}'"))

    message = _message(desk, _with_runbook("https://r.example/disk"))

    assert message.count("\n\nRunbook: https://r.example/disk") == lines


@pytest.mark.parametrize(
    "url",
    [
        "javascript:alert(1)",
        "ftp://r.example/disk",
        "runbooks/disk.md",
        "https://r.example/a b",
        "https://r.example/\nAcknowledged",
        "https://r.example/\u202edisk",
        "https://" + "r" * 2000,
        "",
    ],
)
def test_what_is_no_web_address_is_no_runbook(desk: Desk, url: str) -> None:
    assert "Runbook" not in _message(desk, _with_runbook(url))


def test_a_text_that_is_too_long_keeps_its_runbook() -> None:
    message = with_runbooks("long " * 10_000, ["https://r.example/disk"], 20_000)

    assert len(message) == 20_000
    assert message.endswith("…\n\nRunbook: https://r.example/disk")
