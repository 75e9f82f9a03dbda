"""Acknowledges a page on behalf of a person (reference, "Acknowledge a Page")."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from router.commands.refusals import Missing, Refusal, invalid
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
    save = _saved(tx, load_page(tx, org_id, page_id), actor, now, method, note)
    pages.save(tx, [save], now)
    return save.change.page


def acknowledge_each(
    tx: Transaction,
    org_id: int,
    actor: Actor,
    page_ids: Sequence[int],
    now: datetime,
    method: AcknowledgeMethod = "app",
    note: str | None = None,
) -> dict[int, str]:
    """Record that a person has many pages in hand, as `acknowledge` does for each.

    Parameters:
      page_ids: each once; few enough for one transaction.
    Returns why not, by page, for those that cannot be acknowledged; the others are.
    """
    found = pages.load(tx.connection, page_ids, lock=True, org_id=org_id)
    refused: dict[int, str] = {}
    saves = []
    for page_id in page_ids:
        try:
            if page_id not in found:
                raise Missing("Page")
            saves.append(_saved(tx, found[page_id], actor, now, method, note))
        except Refusal as refusal:
            refused[page_id] = str(refusal)
    pages.save(tx, saves, now)
    return refused


def load_page(tx: Transaction, org_id: int, page_id: int) -> Page:
    """Return a page of an organisation, its row held. Raises Missing."""
    page = pages.load(tx.connection, [page_id], lock=True, org_id=org_id).get(page_id)
    if page is None:
        raise Missing("Page")
    return page


def _saved(
    tx: Transaction, page: Page, actor: Actor, now: datetime, method: AcknowledgeMethod, note: str | None
) -> pages.Save:
    unheard = outbox.has_unheard(tx.connection, page.id, actor.user_id)
    try:
        change = transitions.acknowledge(page, actor, now, method, note, unheard=unheard)
    except NotARecipient:
        raise Missing("Page") from None
    except PageClosed as closed:
        raise invalid("page", f"{str(closed).capitalize()}.") from None
    return pages.Save(page, change)
