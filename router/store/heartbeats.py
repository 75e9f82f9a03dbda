"""Heartbeats as rows: few, each written by its beats and by whoever looks at it."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy import Connection

from router.lifecycle.doubting import Pulse
from router.lifecycle.heartbeats import Heart, begin
from router.lifecycle.model import ClosedReason
from router.store.tables import HEARTBEATS, INCIDENTS, INTEGRATIONS, PAGES
from router.store.writer import Transaction


@dataclass(frozen=True, slots=True)
class StoredHeart:
    """A heartbeat's row.

    Parameters:
      integration_id: whose beat was the last, None when it never came.
      integration: its name.
      page_id: of its last outage.
      page_closed: how that page ended, None while it is open or when there is none.
    """

    id: int
    name: str
    heart: Heart
    integration_id: int | None = None
    integration: str = ""
    page_id: int | None = None
    page_closed: ClosedReason | None = None


def load(
    connection: Connection, org_id: int, names: Collection[str] | None = None, *, lock: bool = False
) -> dict[str, StoredHeart]:
    """Return an organisation's heartbeats by name.

    Parameters:
      names: only these; None for all.
      lock: hold their rows until the transaction ends, in the order of their names.
    """
    query = _ROWS.where(HEARTBEATS.c.org_id == org_id).order_by(HEARTBEATS.c.name)
    if names is not None:
        query = query.where(HEARTBEATS.c.name.in_(names))
    if lock:
        query = query.with_for_update(of=HEARTBEATS)
    return {row.name: _stored(row) for row in connection.execute(query)}


def ensure(tx: Transaction, org_id: int, names: Collection[str], now: datetime) -> dict[str, StoredHeart]:
    """Return heartbeats by name, holding their rows; one that is new is waited for from now on."""
    found = load(tx.connection, org_id, names, lock=True)
    missing = sorted(set(names) - found.keys())
    if missing:
        fresh = _state(begin(now))
        rows = [{"org_id": org_id, "name": name, **fresh} for name in missing]
        tx.connection.execute(_insert_unless_there(tx), rows)
        found |= load(tx.connection, org_id, missing, lock=True)
    return found


def save(tx: Transaction, hearts: Iterable[StoredHeart]) -> None:
    """Store what has become of heartbeats whose rows are held."""
    rows = [
        {
            "of_id": stored.id,
            "to_integration_id": stored.integration_id,
            "to_page_id": stored.page_id,
            **_state(stored.heart, "to_"),
        }
        for stored in hearts
    ]
    if rows:
        tx.connection.execute(_SAVE, rows)


def watched(tx: Transaction, ids: Sequence[int], now: datetime) -> None:
    """Note that somebody looked at heartbeats of which nothing else changed."""
    if ids:
        tx.connection.execute(sa.update(HEARTBEATS).where(HEARTBEATS.c.id.in_(ids)).values(watched_at=now))


def forget(tx: Transaction, ids: Sequence[int]) -> None:
    """Delete heartbeats that the rules no longer have."""
    if ids:
        tx.connection.execute(sa.delete(HEARTBEATS).where(HEARTBEATS.c.id.in_(ids)))


def move(tx: Transaction, from_page: int, to_page: int) -> None:
    """Let the heartbeat of a page, if it has one, be on another."""
    where = HEARTBEATS.c.page_id == from_page
    tx.connection.execute(sa.update(HEARTBEATS).where(where).values(page_id=to_page))


def heard_from(
    connection: Connection, integration_ids: Collection[int], names: Collection[str]
) -> dict[int, str]:
    """Return integrations from which one of these heartbeats has come, each with the one that came last."""
    if not names:
        return {}
    query = (
        sa.select(HEARTBEATS.c.integration_id, HEARTBEATS.c.name)
        .where(
            HEARTBEATS.c.integration_id.in_(integration_ids),
            HEARTBEATS.c.name.in_(names),
            HEARTBEATS.c.has_beaten,
        )
        .order_by(HEARTBEATS.c.heard_at)
    )
    return {row.integration_id: row.name for row in connection.execute(query)}


def unsure_senders(connection: Connection, org_id: int, names: Collection[str], since: datetime) -> set[int]:
    """Return integrations one of whose heartbeats is missing, or has come back only since a moment.

    Parameters:
      names: of the heartbeats that count.
    """
    query = sa.select(HEARTBEATS.c.integration_id).where(
        HEARTBEATS.c.org_id == org_id,
        HEARTBEATS.c.name.in_(names),
        HEARTBEATS.c.missing_since.is_not(None) | (HEARTBEATS.c.up_since > since),
        HEARTBEATS.c.integration_id.is_not(None),
    )
    return set(connection.execute(query).scalars()) if names else set()


def pulse(connection: Connection, org_id: int, name: str) -> Pulse | None:
    """Return how a heartbeat stands, None when there is none of that name."""
    found = load(connection, org_id, [name]).get(name)
    return None if found is None else Pulse(name, found.heart.heard_at, found.heart.missing_since is not None)


def still_beating(connection: Connection, org_id: int, route: str, heard_after: datetime) -> bool:
    """Return whether an alert of a heartbeat still fires, and was heard since a moment.

    Parameters:
      route: under which its incidents stand (`heartbeat NAME`).
    """
    query = sa.select(INCIDENTS.c.id).where(
        INCIDENTS.c.ended_at.is_(None),
        INCIDENTS.c.last_heard_at > heard_after,
        INCIDENTS.c.route == route,
        INCIDENTS.c.outcome == "heartbeat",
        INCIDENTS.c.org_id == org_id,
    )
    return connection.execute(query.limit(1)).first() is not None


_STATE = tuple(Heart.__dataclass_fields__)
"""Its columns are named as they are."""

_ROWS = sa.select(
    HEARTBEATS, INTEGRATIONS.c.name.label("integration"), PAGES.c.closed_reason.label("page_closed")
).select_from(
    HEARTBEATS.outerjoin(INTEGRATIONS, INTEGRATIONS.c.id == HEARTBEATS.c.integration_id).outerjoin(
        PAGES, PAGES.c.id == HEARTBEATS.c.page_id
    )
)
_SAVE = (
    sa.update(HEARTBEATS)
    .where(HEARTBEATS.c.id == sa.bindparam("of_id"))
    .values({name: sa.bindparam(f"to_{name}") for name in ("integration_id", "page_id", *_STATE)})
)


def _state(heart: Heart, prefix: str = "") -> dict[str, Any]:
    return {prefix + name: getattr(heart, name) for name in _STATE}


def _stored(row: Any) -> StoredHeart:
    return StoredHeart(
        id=row.id,
        name=row.name,
        heart=Heart(**{name: getattr(row, name) for name in _STATE}),
        integration_id=row.integration_id,
        integration=row.integration or "",
        page_id=row.page_id,
        page_closed=row.page_closed,
    )


def _insert_unless_there(tx: Transaction) -> sa.Insert:
    if tx.connection.dialect.name == "sqlite":
        from sqlalchemy.dialects.sqlite import insert as sqlite_insert

        return sqlite_insert(HEARTBEATS).on_conflict_do_nothing()
    from sqlalchemy.dialects.postgresql import insert as postgresql_insert

    return postgresql_insert(HEARTBEATS).on_conflict_do_nothing()
