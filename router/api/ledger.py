"""The ledger and its webhooks: why somebody was paged, and why nobody was (docs/api.md)."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BaseModel, Field
from starlette.responses import JSONResponse, Response

from router.api.operation import Call, Operation
from router.api.pagination import offset, paginated
from router.api.responses import Instant, ListAnswer, instant, optional_instant
from router.api.schemas import RangeQuery, utc
from router.commands.refusals import Missing, invalid
from router.store import ledger
from router.store.ledger import Entry, WebhookView

SECTION = "Ledger"
MAX_LABELS = 20


class LedgerQuery(RangeQuery):
    """Which entries of the ledger."""

    label: Annotated[
        list[str],
        Field(max_length=MAX_LABELS, description="`name=value`; may be given several times: all must hold."),
    ] = Field([])
    route: Annotated[str, Field(max_length=400)] | None = None
    outcome: Literal["paged", "joined", "held", "suppressed", "heartbeat"] | None = None
    page_id: Annotated[int, Field(ge=1, le=2**63 - 1)] | None = None


class EntryAnswer(BaseModel):
    """One alert firing once, on one route that took it."""

    id: int
    integration: str
    receiver: str
    fingerprint: str
    labels: dict[str, str]
    detail: dict[str, Any]
    route: str
    trace: list[str]
    revision: str
    priority: str
    outcome: str
    reason: str | None
    page_id: int | None
    page_status: str | None
    held_until: Instant | None
    starts_at: Instant | None
    first_heard_at: Instant
    last_heard_at: Instant
    ended_at: Instant | None
    ended_reason: str | None
    webhook_id: int


class WebhookAnswer(BaseModel):
    """A webhook as it came; `outcomes` counts its alerts by what was done about them."""

    id: int
    integration: str
    adapter: str
    received_at: Instant
    outcomes: dict[str, int]


class WebhookBodyAnswer(WebhookAnswer):
    """A webhook with its body as text; bytes that are no UTF-8 show as U+FFFD."""

    body: str


def list_ledger(call: Call) -> Response:
    """List what came and what was done about it, under which rules, newest first."""
    query = call.query(LedgerQuery)
    wanted = ledger.Wanted(
        labels=tuple(_label(index, text) for index, text in enumerate(query.label)),
        since=utc(query.since, "from"),
        until=utc(query.until, "to"),
        route=query.route,
        outcome=query.outcome,
        page_id=query.page_id,
    )
    with call.services.database.read() as connection:
        found, total = ledger.entries(
            connection, call.account.org_id, wanted, limit=query.per_page, offset=offset(query)
        )
    rows = [_entry_json(entry) for entry in found]
    return JSONResponse(paginated(call.request, query, rows, total, call.services.settings.public_url))


def list_webhooks(call: Call) -> Response:
    """List the webhooks that came, newest first, without their bodies."""
    query = call.query(RangeQuery)
    with call.services.database.read() as connection:
        found, total = ledger.webhooks(
            connection,
            call.account.org_id,
            since=utc(query.since, "from"),
            until=utc(query.until, "to"),
            limit=query.per_page,
            offset=offset(query),
        )
    rows = [_webhook_json(webhook) for webhook in found]
    return JSONResponse(paginated(call.request, query, rows, total, call.services.settings.public_url))


def show_webhook(call: Call) -> Response:
    """Show a webhook with its body as received."""
    webhook_id = call.number("Webhook")
    with call.services.database.read() as connection:
        webhook = ledger.find_webhook(connection, call.account.org_id, webhook_id)
    if webhook is None:
        raise Missing("Webhook")
    return JSONResponse({**_webhook_json(webhook), "body": body_text(webhook)})


def _label(index: int, text: str) -> tuple[str, str]:
    name, sign, value = text.partition("=")
    if not sign or not name:
        raise invalid(f"label.{index}", f"The label.{index} field must be name=value, such as team=payments.")
    return name, value


def body_text(webhook: WebhookView) -> str:
    """Return a body for people to read; bytes that are no UTF-8 show as U+FFFD."""
    return (webhook.body or b"").decode("utf-8", "replace")


def _entry_json(entry: Entry) -> dict[str, Any]:
    row = entry.row
    plain = (
        "id",
        "receiver",
        "fingerprint",
        "route",
        "revision",
        "priority",
        "outcome",
        "page_id",
        "ended_reason",
        "webhook_id",
    )
    moments = ("held_until", "starts_at", "first_heard_at", "last_heard_at", "ended_at")
    return {
        **{name: row[name] for name in plain},
        **{name: optional_instant(row[name]) for name in moments},
        "integration": entry.integration,
        "labels": entry.labels,
        "detail": entry.detail,
        "trace": [] if entry.plan is None else list(entry.plan.trace),
        "reason": row["reason"] or None,
        "page_status": entry.page_status,
    }


def _webhook_json(webhook: WebhookView) -> dict[str, Any]:
    return {
        "id": webhook.id,
        "integration": webhook.integration,
        "adapter": webhook.adapter,
        "received_at": instant(webhook.received_at),
        "outcomes": webhook.outcomes,
    }


OPERATIONS = (
    Operation(
        "GET",
        "/api/ledger",
        list_ledger,
        "admin",
        SECTION,
        query=LedgerQuery,
        returns=ListAnswer[EntryAnswer],
    ),
    Operation(
        "GET",
        "/api/webhooks",
        list_webhooks,
        "admin",
        SECTION,
        query=RangeQuery,
        returns=ListAnswer[WebhookAnswer],
    ),
    Operation("GET", "/api/webhooks/{id}", show_webhook, "admin", SECTION, returns=WebhookBodyAnswer),
)
