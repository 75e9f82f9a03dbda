"""Recipients of pages as rows."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Sequence

import sqlalchemy as sa
from sqlalchemy import Connection

from router.lifecycle.model import Page, Recipient
from router.store import bulk
from router.store.tables import RECIPIENTS, USERS
from router.store.writer import Transaction


def of_pages(connection: Connection, page_ids: Collection[int]) -> dict[int, tuple[Recipient, ...]]:
    """Return the recipients of pages in the order in which they were brought in."""
    query = (
        sa.select(RECIPIENTS, USERS.c.name)
        .join(USERS, USERS.c.id == RECIPIENTS.c.user_id)
        .where(RECIPIENTS.c.page_id.in_(page_ids))
        .order_by(RECIPIENTS.c.page_id, RECIPIENTS.c.id)
    )
    found: dict[int, list[Recipient]] = defaultdict(list)
    for row in connection.execute(query):
        found[row.page_id].append(
            Recipient(
                user_id=row.user_id,
                id=row.id,
                name=row.name,
                first_sent_at=row.first_sent_at,
                acknowledged_at=row.acknowledged_at,
                note=row.response_note,
                method=row.method,
                why=row.why,
            )
        )
    return {page_id: tuple(recipients) for page_id, recipients in found.items()}


def add(tx: Transaction, changed: Sequence[Page]) -> None:
    """Store those recipients of pages that are new."""
    rows = [
        {
            "page_id": page.id,
            "user_id": recipient.user_id,
            "first_sent_at": recipient.first_sent_at,
            "acknowledged_at": recipient.acknowledged_at,
            "response_note": recipient.note,
            "method": recipient.method,
            "why": recipient.why,
        }
        for page in changed
        for recipient in page.recipients
        if recipient.id == 0
    ]
    bulk.insert(tx.connection, RECIPIENTS, rows)


def update(tx: Transaction, changed: Sequence[tuple[Page, Page]]) -> None:
    """Store what changed about recipients, given pages before and after."""
    for before, after in changed:
        known = {recipient.id: recipient for recipient in before.recipients}
        for recipient in after.recipients:
            if recipient.id and recipient != known[recipient.id]:
                values = {  # first_sent_at is delivery's to write, at any moment
                    "acknowledged_at": recipient.acknowledged_at,
                    "response_note": recipient.note,
                    "method": recipient.method,
                }
                tx.connection.execute(
                    sa.update(RECIPIENTS).where(RECIPIENTS.c.id == recipient.id).values(values)
                )
