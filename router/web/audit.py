"""The audit log, for admins: what was done to people, senders, pages and rules, by whom; log-ins, too."""

from __future__ import annotations

from typing import get_args

from sqlalchemy import Connection
from starlette.responses import Response

from router.api.audit import AuditQuery
from router.api.pagination import offset
from router.api.schemas import utc
from router.store import audit, people
from router.store.audit import Act, Entry, Tool, Wanted
from router.web.lists import show_list
from router.web.screen import Screen, Visit


def show_audit(visit: Visit) -> Response:
    """List what admins and tools did, and who logged in, newest first."""
    org_id = visit.user.org_id

    def find(connection: Connection, query: AuditQuery) -> tuple[list[Entry], int]:
        wanted = Wanted(query.who, query.act, utc(query.since, "from"), utc(query.until, "to"))
        return audit.entries(connection, org_id, wanted, limit=query.per_page, offset=offset(query))

    with visit.services.database.read() as connection:
        users, _ = people.list_users(connection, org_id)
    doers = (*sorted(user.email for user in users), *get_args(Tool))
    return show_list(visit, "audit.html", AuditQuery, find, acts=get_args(Act), doers=doers)


SCREENS = (Screen("GET", "/admin/audit", show_audit, "admin"),)
