"""Deliveries that failed, for admins: to whom, what the provider said, and sending one again."""

from __future__ import annotations

from sqlalchemy import Connection
from starlette.responses import Response

from router.api.deliveries import DeliveriesQuery
from router.api.pagination import offset
from router.api.schemas import utc
from router.commands.deliveries import send_again
from router.store import failed_deliveries, people
from router.store.failed_deliveries import FailedDelivery, Wanted
from router.web.forms import FRESH, Form, asks_again
from router.web.lists import show_list
from router.web.screen import Screen, Visit, back_to


def show_deliveries(visit: Visit, refused: Form = FRESH) -> Response:
    """List the notifications that could not be delivered, the latest first."""
    org_id = visit.user.org_id

    def find(connection: Connection, query: DeliveriesQuery) -> tuple[list[FailedDelivery], int]:
        wanted = Wanted(
            query.state, query.channel, query.user, utc(query.since, "from"), utc(query.until, "to")
        )
        return failed_deliveries.failed(
            connection, org_id, wanted, limit=query.per_page, offset=offset(query)
        )

    with visit.services.database.read() as connection:
        users, _ = people.list_users(connection, org_id)
    return show_list(
        visit,
        "deliveries.html",
        DeliveriesQuery,
        find,
        refused=refused,
        users=sorted(users, key=lambda user: user.name.lower()),
    )


@asks_again("again", show_deliveries)
def retry_delivery(visit: Visit) -> Response:
    """Send one again that was given up."""
    delivery_id, user = visit.number("Delivery"), visit.user
    sent = visit.services.writer.run(
        lambda tx: send_again(tx, user.org_id, visit.actor, delivery_id, visit.now)
    )
    said = "It is on its way already" if sent.already else "Sent again"
    return back_to("/admin/deliveries", f"{said}: by {sent.destination}.")


SCREENS = (
    Screen("GET", "/admin/deliveries", show_deliveries, "admin"),
    Screen("POST", "/admin/deliveries/{id}/retry", retry_delivery, "admin"),
)
