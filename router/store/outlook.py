"""What lies ahead of a page, as its row and the roster are now."""

from __future__ import annotations

from sqlalchemy import Connection

from router.lifecycle.ahead import Ahead, ahead
from router.store import pages
from router.store.reach import reaching


def ahead_of(connection: Connection, org_id: int, page_id: int) -> tuple[Ahead, ...]:
    """Return what lies ahead of a page of an organisation; nothing for one that does not exist."""
    found = pages.load(connection, [page_id], org_id=org_id)
    return ahead(found[page_id], reaching(connection, org_id)) if page_id in found else ()
