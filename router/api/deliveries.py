"""Notifications that could not be delivered, and sending one again (docs/api.md)."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import BaseModel, Field
from starlette.responses import JSONResponse, Response

from router.api.operation import Call, Operation
from router.api.pagination import offset, paginated
from router.api.responses import Instant, ListAnswer, instant, optional_instant
from router.api.schemas import RangeQuery, utc
from router.api.validation import MAX_ID
from router.commands.deliveries import send_again
from router.lifecycle.transitions import Actor
from router.store import failed_deliveries
from router.store.failed_deliveries import FailedDelivery, State, Wanted

SECTION = "Deliveries"


class DeliveriesQuery(RangeQuery):
    """Which deliveries."""

    state: State = "failed"
    channel: Annotated[str, Field(max_length=40)] | None = None
    user: Annotated[int, Field(ge=1, le=MAX_ID)] | None = None


class DeliveryFailedAnswer(BaseModel):
    """A notification that could not be delivered; `channel` and `contact` are null once it was removed."""

    id: int
    page_id: int
    subject: str
    priority: str
    page_status: str
    user_id: int
    user: str
    channel: str | None
    contact: str | None
    destination: str
    kind: str
    attempts: int
    detail: str
    at: Instant
    next_attempt_at: Instant | None
    told_at: Instant | None


class SentAgainAnswer(BaseModel):
    """By which delivery the person will be told, and where."""

    message: str
    delivery_id: int
    destination: str


def list_deliveries(call: Call) -> Response:
    """List the notifications that could not be delivered, the latest first."""
    query = call.query(DeliveriesQuery)
    wanted = Wanted(query.state, query.channel, query.user, utc(query.since, "from"), utc(query.until, "to"))
    with call.services.database.read() as connection:
        found, total = failed_deliveries.failed(
            connection, call.account.org_id, wanted, limit=query.per_page, offset=offset(query)
        )
    rows = [_shown(one) for one in found]
    return JSONResponse(paginated(call.request, query, rows, total, call.services.settings.public_url))


def retry_delivery(call: Call) -> Response:
    """Send a notification of an active page again that was given up."""
    delivery_id = call.number("Delivery")
    account = call.account
    actor = Actor(account.id, account.name, account.is_admin)
    sent = call.services.writer.run(lambda tx: send_again(tx, account.org_id, actor, delivery_id, call.now))
    message = "It is on its way already" if sent.already else "Sent again"
    said = {"message": message, "delivery_id": sent.notification_id, "destination": sent.destination}
    return JSONResponse(said)


def _shown(one: FailedDelivery) -> dict[str, Any]:
    plain = (
        "id",
        "page_id",
        "subject",
        "priority",
        "page_status",
        "user_id",
        "user",
        "channel",
        "contact",
        "destination",
        "kind",
        "attempts",
        "detail",
    )
    return {
        **{name: getattr(one, name) for name in plain},
        "at": instant(one.at),
        "next_attempt_at": optional_instant(one.next_attempt_at),
        "told_at": optional_instant(one.told_at),
    }


OPERATIONS = (
    Operation(
        "GET",
        "/api/deliveries",
        list_deliveries,
        "admin",
        SECTION,
        query=DeliveriesQuery,
        returns=ListAnswer[DeliveryFailedAnswer],
    ),
    Operation(
        "POST", "/api/deliveries/{id}/retry", retry_delivery, "admin", SECTION, returns=SentAgainAnswer
    ),
)
