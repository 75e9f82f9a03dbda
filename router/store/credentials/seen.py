"""When senders were last heard of, and what is to be said of their silence."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

import sqlalchemy as sa
from sqlalchemy import Connection

from router.store.credentials.integrations import Kind
from router.store.tables import API_KEYS, INTEGRATIONS

SILENT = timedelta(days=7)
"""After which a sender is asked about; one that has nothing to say is as silent as one that is dead."""


@dataclass(frozen=True, slots=True)
class Seen:
    """When an integration was last heard of.

    Parameters:
      keys: how many of its keys are in force.
      at: the last use of any key, to about a minute; None when there was none. A sender that still uses its
        revoked key is as silent as one that is dead.
      address: where that use came from, None when it cannot be told.
    """

    id: int
    name: str
    kind: Kind
    keys: int
    at: datetime | None
    address: str | None

    @property
    def monitors(self) -> bool:
        """Whether monitoring should be heard from it; scripts and integrations without a key may be quiet."""
        return self.kind != "generic" and self.keys > 0

    def silent_days(self, now: datetime) -> int | None:
        """Return for how many days it has been silent, None for one that was heard of lately, or never."""
        if self.at is None or self.at >= now - SILENT:
            return None
        return (now - self.at).days

    def warning(self, now: datetime) -> str | None:
        """Return what is wrong with it and what to do, in a sentence; None when all is well."""
        if not self.keys:
            return "It has no key in force, so nothing can come from it: make one."
        if not self.monitors:
            return None
        if self.at is None:
            return "Its keys were never used: check address and key there, and send a test alert."
        days = self.silent_days(now)
        return None if days is None else f"Not heard of for {days} days: check that it still sends here."


def seen(connection: Connection, org_id: int | None = None) -> tuple[Seen, ...]:
    """Return when the integrations of an organisation, or of all, were last heard of, by name."""
    in_force = API_KEYS.c.id.is_not(None) & API_KEYS.c.revoked_at.is_(None)
    latest = API_KEYS.alias("latest")
    address = (
        sa.select(latest.c.last_used_from)
        .where(latest.c.integration_id == INTEGRATIONS.c.id, latest.c.last_used_at.is_not(None))
        .order_by(latest.c.last_used_at.desc())
        .limit(1)
        .scalar_subquery()
    )
    query = (
        sa.select(
            INTEGRATIONS.c.id,
            INTEGRATIONS.c.name,
            INTEGRATIONS.c.kind,
            sa.func.sum(sa.case((in_force, 1), else_=0)).label("keys"),
            sa.func.max(API_KEYS.c.last_used_at).label("at"),
            address.label("address"),
        )
        .outerjoin_from(INTEGRATIONS, API_KEYS, API_KEYS.c.integration_id == INTEGRATIONS.c.id)
        .group_by(INTEGRATIONS.c.id, INTEGRATIONS.c.name, INTEGRATIONS.c.kind)
        .order_by(INTEGRATIONS.c.name, INTEGRATIONS.c.id)
    )
    if org_id is not None:
        query = query.where(INTEGRATIONS.c.org_id == org_id)
    return tuple(Seen(**row) for row in connection.execute(query).mappings())


def last_seen(connection: Connection) -> dict[str, datetime | None]:
    """Return when each integration that has a key in force last used any key, by name.

    One whose keys are all revoked is gone for good, and missing. Integrations of one name in several
    organisations are told as one, as everywhere in the metrics.
    """
    found: dict[str, datetime | None] = {}
    for one in seen(connection):
        if one.keys:
            found[one.name] = max(filter(None, (one.at, found.get(one.name))), default=None)
    return found
