"""Whether what a sender points to exists in its organisation."""

from __future__ import annotations

from collections.abc import Collection

import sqlalchemy as sa
from sqlalchemy import Connection

from router.lifecycle.model import Target
from router.store.tables import GROUPS, USERS


def known_targets(connection: Connection, org_id: int, targets: Collection[Target]) -> set[Target]:
    """Return those targets, given by id, that an organisation has: users of any state, active groups."""
    users = [target.id for target in targets if target.kind == "user"]
    groups = [target.id for target in targets if target.kind == "group"]
    known: set[Target] = set()
    if users:
        query = sa.select(USERS.c.id).where(USERS.c.org_id == org_id, USERS.c.id.in_(users))
        known |= {Target("user", found) for found in connection.execute(query).scalars()}
    if groups:
        query = sa.select(GROUPS.c.id).where(
            GROUPS.c.org_id == org_id, GROUPS.c.id.in_(groups), GROUPS.c.is_active
        )
        known |= {Target("group", found) for found in connection.execute(query).scalars()}
    return known
