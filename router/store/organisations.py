"""Organisations, each with its reserved group `All`."""

from __future__ import annotations

from datetime import datetime

import sqlalchemy as sa
from sqlalchemy import Connection

from router.store.tables import GROUPS, ORGANISATIONS

DEFAULT = "default"
"""The organisation that rules and roster serve."""


def find_organisation(connection: Connection, name: str) -> int | None:
    """Return an organisation's id by its name, or None."""
    return connection.execute(
        sa.select(ORGANISATIONS.c.id).where(ORGANISATIONS.c.name == name)
    ).scalar_one_or_none()


def ensure_organisation(connection: Connection, name: str, now: datetime) -> int:
    """Return an organisation's id, making it and its group `All` if it is new.

    Parameters:
      now: UTC.
    """
    found = find_organisation(connection, name)
    if found is not None:
        return found
    org_id: int = connection.execute(
        sa.insert(ORGANISATIONS).values(name=name, created_at=now).returning(ORGANISATIONS.c.id)
    ).scalar_one()
    connection.execute(
        sa.insert(GROUPS).values(
            org_id=org_id,
            name="All",
            description="All pagers in your organization",
            is_all=True,
            is_active=True,
            managed_by="",
            created_at=now,
        )
    )
    return org_id
