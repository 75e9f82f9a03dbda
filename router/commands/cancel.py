"""Cancels a page (reference, "Cancel a Page"); who may is the caller's to check."""

from __future__ import annotations

from datetime import datetime

from router.commands.acknowledge import load_page
from router.commands.refusals import invalid
from router.lifecycle import transitions
from router.lifecycle.model import Page
from router.lifecycle.transitions import Actor, PageClosed
from router.store import audit, pages
from router.store.writer import Transaction


def cancel(tx: Transaction, org_id: int, actor: Actor, page_id: int, now: datetime) -> Page:
    """End a page for good and return it; cancelling again changes nothing.

    Parameters:
      org_id: the actor's organisation; pages of others do not exist for it.
      now: UTC.
    Raises Missing for a page that does not exist, Invalid for one that ended in another way.
    """
    page = load_page(tx, org_id, page_id)
    try:
        change = transitions.cancel(page, actor, now)
    except PageClosed as closed:
        raise invalid("page", f"{str(closed).capitalize()}.") from None
    pages.save(tx, [pages.Save(page, change)], now)
    if page.closed_at is None:
        audit.record(tx.connection, org_id, actor.user_id, "page.cancelled", f"page {page_id}", "", now)
    return change.page
