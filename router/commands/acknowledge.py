"""Acknowledges a page on behalf of a person (reference, "Acknowledge a Page")."""

from __future__ import annotations

from datetime import datetime

from router.commands.refusals import Missing, invalid
from router.lifecycle import transitions
from router.lifecycle.model import AcknowledgeMethod, Page
from router.lifecycle.transitions import Actor, NotARecipient, PageClosed
from router.store import outbox, pages
from router.store.writer import Transaction


def acknowledge(
    tx: Transaction,
    org_id: int,
    actor: Actor,
    page_id: int,
    now: datetime,
    method: AcknowledgeMethod = "app",
    note: str | None = None,
) -> Page:
    """Record that a person has the page in hand, and return the page as it is then.

    Parameters:
      org_id: the person's organisation; pages of others do not exist for it.
      now: UTC.
      note: at most 500 characters.
    Raises Missing for a page that the person cannot see, Invalid for one that is over.
    """
    page = load_page(tx, org_id, page_id)
    unheard = outbox.has_unheard(tx.connection, page_id, actor.user_id)
    try:
        change = transitions.acknowledge(page, actor, now, method, note, unheard=unheard)
    except NotARecipient:
        raise Missing("Page") from None
    except PageClosed as closed:
        raise invalid("page", f"{str(closed).capitalize()}.") from None
    pages.save(tx, [pages.Save(page, change)], now)
    return change.page


def load_page(tx: Transaction, org_id: int, page_id: int) -> Page:
    """Return a page of an organisation, its row held. Raises Missing."""
    page = pages.load(tx.connection, [page_id], lock=True, org_id=org_id).get(page_id)
    if page is None:
        raise Missing("Page")
    return page
