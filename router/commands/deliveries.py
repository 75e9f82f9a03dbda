"""Sends a notification again that was given up, because an admin asks for it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from router.commands.acknowledge import load_page
from router.commands.refusals import Missing, invalid
from router.lifecycle.model import Contact, Event, Notify, Person
from router.lifecycle.sending import not_wanted
from router.lifecycle.transitions import Actor
from router.store import audit, failed_deliveries, outbox, pages
from router.store.failed_deliveries import Stored
from router.store.writer import Transaction


@dataclass(frozen=True, slots=True)
class SentAgain:
    """What a person will be told by; `already` when that was on its way before."""

    notification_id: int
    destination: str
    already: bool = False


def send_again(tx: Transaction, org_id: int, actor: Actor, notification_id: int, now: datetime) -> SentAgain:
    """Order one more notification in place of one that failed: by its contact, or the person's first.

    Parameters:
      actor: an admin of the organisation.
      now: UTC.
    Raises Missing; Invalid where nobody needs it, or the person has no contact.
    """
    failed = failed_deliveries.find(tx.connection, org_id, notification_id)
    if failed is None:
        raise Missing("Delivery")
    page = load_page(tx, org_id, failed.page_id)
    if page.status != "active":
        raise invalid("page", f"The page is {page.status}: nobody needs to be told of it.")
    unneeded = not_wanted(failed.kind, failed.standing)
    if unneeded is not None:
        raise invalid("delivery", f"It is not needed: {unneeded}.")
    if failed.state in ("sent", "dropped"):
        raise invalid("delivery", f"It was {failed.state}, and did not fail.")
    contact, place = _contact(tx, failed)
    on_its_way = failed_deliveries.on_its_way(tx.connection, page.id, failed.user_id, contact.id)
    if on_its_way is not None:
        return SentAgain(on_its_way, contact.destination, already=True)
    order = outbox.Order(page.id, page.priority, Notify(Person(failed.user_id, failed.user), failed.kind))
    row_id = outbox.add_next_contact(tx, order, contact, place, now, together=False)
    said = f"{actor.name} had it sent to {failed.user} by {contact.destination} again."
    pages.add_event(tx, page.id, Event("sent_again", said, failed.user_id), now)
    about, detail = f"page {page.id}", f"to {failed.user} by {contact.destination}"
    audit.record(tx.connection, org_id, actor.user_id, "delivery.sent_again", about, detail, now)
    return SentAgain(row_id, contact.destination)


def _contact(tx: Transaction, failed: Stored) -> tuple[Contact, int]:
    contacts = outbox.contacts_of(tx.connection, {failed.user_id}).get(failed.user_id, ())
    if not contacts:
        raise invalid("contact", f"{failed.user} is inactive or has no contact: mend that first.")
    same = (place for place, contact in enumerate(contacts) if contact.id == failed.contact_id)
    place = next(same, 0)
    return contacts[place], place
