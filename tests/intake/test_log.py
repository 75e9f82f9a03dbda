"""What intake says in the log: why a body was kept aside, and which pages were opened for whom."""

from __future__ import annotations

import json
from typing import Any

from structlog.testing import capture_logs

from tests.intake.desk import Desk, body, firing


def _lines(logs: Any, event: str) -> list[dict[str, Any]]:
    return [line for line in logs if line["event"] == event]


def test_a_body_that_is_kept_aside_says_why(desk: Desk) -> None:
    with capture_logs() as logs:
        desk.post(b"not json")

    (line,) = _lines(logs, "webhook quarantined")
    assert line["reason"] == desk.quarantined()[0].reason
    assert (line["integration"], line["count"]) == ("prometheus-eu", 1)


def test_one_alert_that_is_kept_aside_says_why(desk: Desk) -> None:
    whole = json.loads(body(firing("Disk")))
    whole["alerts"].append({"status": "firing", "labels": "no map"})

    with capture_logs() as logs:
        desk.post(json.dumps(whole).encode())

    (line,) = _lines(logs, "webhook quarantined")
    assert line["reason"] == desk.quarantined()[0].reason


def test_a_page_that_is_opened_says_its_priority_route_and_sender(desk: Desk) -> None:
    with capture_logs() as logs:
        desk.post(body(firing("Login", severity="critical")))

    (line,) = _lines(logs, "pages opened")
    assert line["page_ids"] == [1]
    assert line["pages"] == ["1 critical login of prometheus-eu"]


def test_a_storm_is_one_line_that_describes_ten_pages(desk: Desk) -> None:
    with capture_logs() as logs:
        desk.post(body(*(firing("Zone", zone=str(n)) for n in range(25))))

    (line,) = _lines(logs, "pages opened")
    assert (len(line["page_ids"]), len(line["pages"])) == (25, 10)
