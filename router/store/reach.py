"""Who targets are, asked once for each within a transaction."""

from __future__ import annotations

from sqlalchemy import Connection

from router.lifecycle.model import Person, Reach, Target
from router.store import people


def reaching(connection: Connection, org_id: int) -> Reach:
    """Return a look-up of an organisation's targets that remembers what it was told."""
    known: dict[Target, tuple[Person, ...]] = {}

    def reach(target: Target) -> tuple[Person, ...]:
        if target not in known:
            known[target] = people.reach(connection, target, org_id)
        return known[target]

    return reach
