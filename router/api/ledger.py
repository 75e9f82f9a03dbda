"""The ledger and its webhooks: why somebody was paged, and why nobody was (docs/api.md)."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Annotated, Any

from pydantic import BaseModel, Field
from starlette.responses import JSONResponse, Response

from router.api.operation import Call, Operation
from router.api.pagination import offset, paginated
from router.api.responses import Instant, ListAnswer, instant, optional_instant
from router.api.schemas import RangeQuery, utc
from router.commands.refusals import Missing, invalid
from router.store import ledger
from router.store.ledger import Entry, Outcome, WebhookView

SECTION = "Ledger"
MAX_LABELS = 20
LONGEST_SEARCH = timedelta(days=31)
"""Labels and fingerprints are looked for in so many days at a time."""
_FIRST = datetime.min.replace(tzinfo=UTC)


class LedgerQuery(RangeQuery):
    """Which entries of the ledger."""

    label: Annotated[
        list[str],
        Field(max_length=MAX_LABELS, description="`name=value`; may be given several times: all must hold."),
    ] = Field([])
    integration: Annotated[str, Field(max_length=200, description="By its name.")] | None = None
    fingerprint: Annotated[str, Field(max_length=64)] | None = None
    route: Annotated[str, Field(max_length=400)] | None = None
    outcome: Outcome | None = None
    page_id: Annotated[int, Field(ge=1, le=2**63 - 1)] | None = None


class ToldAnswer(BaseModel):
    """A recipient of its page: when they first heard of it, and acknowledged it."""

    user: str
    told_at: Instant | None
    acknowledged_at: Instant | None


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
    told: list[ToldAnswer]
    held_until: Instant | None
    starts_at: Instant | None
    first_heard_at: Instant
    last_heard_at: Instant
    ended_at: Instant | None
    ended_reason: str | None
    webhook_id: int


class LedgerAnswer(ListAnswer[EntryAnswer]):
    """A page of the ledger, and the moments between which it was searched; null for no bound."""

    searched_from: Instant | None
    searched_to: Instant | None


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
    wanted = sought(query, call.now)
    with call.services.database.read() as connection:
        found, total = ledger.entries(
            connection, call.account.org_id, wanted, limit=query.per_page, offset=offset(query)
        )
    rows = [entry_json(entry) for entry in found]
    said = paginated(call.request, query, rows, total, call.services.settings.public_url)
    return JSONResponse(
        {
            **said,
            "searched_from": optional_instant(wanted.since),
            "searched_to": optional_instant(wanted.until),
        }
    )


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


def sought(query: LedgerQuery, now: datetime) -> ledger.Wanted:
    """Return which entries a query asks for. Raises Invalid.

    Parameters:
      now: UTC.
    """
    since, until = _window(query, now)
    return ledger.Wanted(
        labels=tuple(_label(index, text) for index, text in enumerate(query.label)),
        since=since,
        until=until,
        integration=query.integration,
        fingerprint=query.fingerprint,
        route=query.route,
        outcome=query.outcome,
        page_id=query.page_id,
    )


def _window(query: LedgerQuery, now: datetime) -> tuple[datetime | None, datetime | None]:
    """Return the bounds of a search: what stands in no index is looked for in few days at a time."""
    since, until = utc(query.since, "from"), utc(query.until, "to")
    if not (query.label or query.fingerprint) or query.page_id is not None:
        return since, until
    until = until or max(filter(None, (now, since)))
    since = since or max(until, _FIRST + LONGEST_SEARCH) - LONGEST_SEARCH
    if until - since > LONGEST_SEARCH:
        days = LONGEST_SEARCH.days
        raise invalid("from", f"Labels are searched for in {days} days at most: bring from and to closer.")
    return since, until


def _label(index: int, text: str) -> tuple[str, str]:
    name, sign, value = text.partition("=")
    if not sign or not name:
        raise invalid(f"label.{index}", f"The label.{index} field must be name=value, such as team=payments.")
    return name, value


def body_text(webhook: WebhookView) -> str:
    """Return a body for people to read; bytes that are no UTF-8 show as U+FFFD."""
    return (webhook.body or b"").decode("utf-8", "replace")


def entry_json(entry: Entry) -> dict[str, Any]:
    """Return an entry of the ledger."""
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
        "told": [
            {
                "user": one.user,
                "told_at": optional_instant(one.told_at),
                "acknowledged_at": optional_instant(one.acknowledged_at),
            }
            for one in entry.told
        ],
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
        returns=LedgerAnswer,
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
