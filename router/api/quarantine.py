"""What could not be read: shown with its reason, replayed, dismissed (docs/api.md)."""

from __future__ import annotations

from typing import Any

import msgspec
from pydantic import BaseModel
from starlette.responses import JSONResponse, Response

from router.api.ledger import body_text
from router.api.operation import Call, Operation
from router.api.pagination import offset, paginated
from router.api.responses import Instant, ListAnswer, instant, optional_instant
from router.api.schemas import PageQuery
from router.commands.quarantine import dismiss, get_quarantined
from router.store import ledger, quarantine
from router.store.quarantine import QuarantineView, State

SECTION = "Ledger"
_WHAT = "Quarantine entry"


class QuarantineQuery(PageQuery):
    """Which entries of the quarantine."""

    state: State | None = None


class QuarantineAnswer(BaseModel):
    """Something that could not be read; `alert_index` is null when it was the whole body."""

    id: int
    integration: str
    webhook_id: int
    received_at: Instant
    alert_index: int | None
    reason: str
    excerpt: str
    state: State
    settled_at: Instant | None
    settled_by: str | None
    replay_webhook_id: int | None


class QuarantineBodyAnswer(QuarantineAnswer):
    """With the body of its webhook; null once that was deleted in time."""

    body: str | None


class TakenAlertAnswer(BaseModel):
    """What was done about one alert, on one route that took it; what does not apply is missing."""

    fingerprint: str
    outcome: str
    route: str | None = None
    page_id: int | None = None
    reason: str | None = None
    held_until: Instant | None = None
    recipients: int | None = None


class ReplayAnswer(BaseModel):
    """What a replay came to; `alerts` is empty when it was replayed before."""

    message: str
    entry: QuarantineAnswer
    outcomes: dict[str, int]
    alerts: list[TakenAlertAnswer]


def list_quarantine(call: Call) -> Response:
    """List the bodies and alerts that could not be read, newest first."""
    query = call.query(QuarantineQuery)
    with call.services.database.read() as connection:
        found, total = quarantine.quarantined(
            connection, call.account.org_id, state=query.state, limit=query.per_page, offset=offset(query)
        )
    rows = [_shown(one) for one in found]
    return JSONResponse(paginated(call.request, query, rows, total, call.services.settings.public_url))


def show_quarantine(call: Call) -> Response:
    """Show something that could not be read, with the whole body that it came in."""
    quarantine_id = call.number(_WHAT)
    org_id = call.account.org_id
    with call.services.database.read() as connection:
        one = get_quarantined(connection, org_id, quarantine_id)
        webhook = ledger.find_webhook(connection, org_id, one.webhook_id)
    return JSONResponse({**_shown(one), "body": None if webhook is None else body_text(webhook)})


async def replay_quarantine(call: Call) -> Response:
    """Take a body that could not be read again, as if its sender had posted it now."""
    quarantine_id = call.number(_WHAT)
    replayed = await call.services.replays.replay(call.account.org_id, call.account.id, quarantine_id)
    message = "It was replayed already: nothing was done." if replayed.again else "Replayed successfully"
    said = {"message": message, "entry": _shown(replayed.entry), "outcomes": replayed.outcomes}
    return JSONResponse({**said, "alerts": msgspec.to_builtins(replayed.alerts)})


def dismiss_quarantine(call: Call) -> Response:
    """Say that something which could not be read needs no more looking at."""
    quarantine_id = call.number(_WHAT)
    account = call.account
    one = call.services.writer.run(
        lambda tx: dismiss(tx, account.org_id, account.id, quarantine_id, call.now)
    )
    return JSONResponse(_shown(one))


def _shown(one: QuarantineView) -> dict[str, Any]:
    return {
        "id": one.id,
        "integration": one.integration,
        "webhook_id": one.webhook_id,
        "received_at": instant(one.received_at),
        "alert_index": one.alert_index,
        "reason": one.reason,
        "excerpt": one.excerpt,
        "state": one.state,
        "settled_at": optional_instant(one.settled_at),
        "settled_by": one.settled_by,
        "replay_webhook_id": one.replay_webhook_id,
    }


_ALL = "/api/quarantine"
_ONE = f"{_ALL}/{{id}}"

OPERATIONS = (
    Operation(
        "GET",
        _ALL,
        list_quarantine,
        "admin",
        SECTION,
        query=QuarantineQuery,
        returns=ListAnswer[QuarantineAnswer],
    ),
    Operation("GET", _ONE, show_quarantine, "admin", SECTION, returns=QuarantineBodyAnswer),
    Operation("POST", f"{_ONE}/replay", replay_quarantine, "admin", SECTION, returns=ReplayAnswer),
    Operation("POST", f"{_ONE}/dismiss", dismiss_quarantine, "admin", SECTION, returns=QuarantineAnswer),
)
