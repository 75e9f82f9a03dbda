"""The trace that a page belongs to: kept on its row, so that whoever delivers it later goes on with it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import sqlalchemy as sa

from router import tracing
from router.lifecycle.model import Page
from router.store.tables import PAGES
from router.store.writer import Transaction


@dataclass(frozen=True, slots=True)
class Opened:
    """A page that was opened in this transaction, and the `traceparent` of the request that opened it."""

    page: Page
    parent: str


def keep(tx: Transaction, opened: Sequence[Opened]) -> None:
    """Begin a span for each page, to end with the commit, and write it on the page's row."""
    rows = []
    for one in opened:
        page = one.page
        about = {"pingparrot.page_id": page.id, "pingparrot.priority": page.priority}
        span = tracing.begin(
            "page", "internal", about | {"pingparrot.route": page.plan.route}, parent=one.parent
        )
        if span is not None:
            rows.append({"of_page": page.id, "to_trace": span.traceparent})
            tx.after_commit(span.end)
    if rows:
        tx.connection.execute(_KEEP, rows)


_KEEP = sa.update(PAGES).where(PAGES.c.id == sa.bindparam("of_page")).values(trace=sa.bindparam("to_trace"))
