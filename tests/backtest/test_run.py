"""What a backtest makes of a history as a whole."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from router.backtest.nights import Night
from router.backtest.run import Terms, backtest
from rules.history import Alert, End, Header, People, User, Webhook
from tests.rules.writing import ruled

SINCE = datetime(2026, 3, 1, tzinfo=UTC)
FIRST = SINCE + timedelta(days=9)
UNTIL = SINCE + timedelta(days=10)
RULES = """\
chains: {triage: {steps: [{page: {user: jane@example.com}}]}}
defaults: {chain: triage, expires: 1h}
heartbeats:
  eu-1: {matchers: [alertname="Watchdog"], within: 1h}
"""


def test_no_heartbeat_is_missed_before_the_first_webhook() -> None:
    beat = Alert(status="firing", labels={"alertname": "Watchdog"}, starts_at=FIRST, fingerprint="f")
    records = [
        Header(1, SINCE, UNTIL),
        People([User("jane@example.com")]),
        Webhook(FIRST, "eu", "alertmanager", [beat], "pager"),
        End(1, 1, 0),
    ]
    found = backtest(records, ruled(a=RULES), Terms(ZoneInfo("UTC"), Night(0, 6 * 60), SINCE, UNTIL))
    assert found.simulated.pages[1].opened == FIRST + timedelta(hours=1)
