"""Good rule sets, with the days on which they were in force."""

from __future__ import annotations

import zlib
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy import ColumnElement, Connection

from router.store import audit
from router.store.tables import RULE_REVISIONS
from router.store.writer import Transaction


def put_in_force(tx: Transaction, org_id: int, revision: str, sources: str, now: datetime) -> None:
    """Note that a rule set is in force from now on; nothing changes when it was already.

    Parameters:
      sources: its texts as JSON (`rules.sources.Sources.to_json`).
    """
    mine = (RULE_REVISIONS.c.org_id == org_id) & RULE_REVISIONS.c.in_force_until.is_(None)
    latest = tx.connection.execute(sa.select(RULE_REVISIONS.c.revision).where(mine)).scalars().all()
    if latest == [revision]:
        return
    tx.connection.execute(sa.update(RULE_REVISIONS).where(mine).values(in_force_until=now))
    row = {
        "org_id": org_id,
        "revision": revision,
        "sources": zlib.compress(sources.encode("utf-8", "surrogatepass")),
        "in_force_from": now,
    }
    tx.connection.execute(sa.insert(RULE_REVISIONS), [row])
    audit.record(tx.connection, org_id, audit.BY_GIT, "revision.in_force", f"revision {revision}", "", now)


def in_force(connection: Connection, org_id: int) -> str | None:
    """Return the texts of the set that was put in force last, as JSON; None when there never was one."""
    query = (
        sa.select(RULE_REVISIONS.c.sources)
        .where(RULE_REVISIONS.c.org_id == org_id)
        .order_by(RULE_REVISIONS.c.id.desc())
        .limit(1)
    )
    packed = connection.execute(query).scalar()
    return None if packed is None else _unpacked(packed)


@dataclass(frozen=True, slots=True)
class Kept:
    """A rule set that was in force; `until` is None while it is. Times are UTC.

    Parameters:
      sources: its texts as JSON.
    """

    revision: str
    sources: str
    since: datetime
    until: datetime | None


def at(connection: Connection, org_id: int, moment: datetime) -> Kept | None:
    """Return the rule set that was in force at a moment, UTC; None when there was none."""
    return _newest(
        connection,
        RULE_REVISIONS.c.org_id == org_id,
        RULE_REVISIONS.c.in_force_from <= moment,
        RULE_REVISIONS.c.in_force_until.is_(None) | (RULE_REVISIONS.c.in_force_until > moment),
    )


def named(connection: Connection, org_id: int, revision: str) -> Kept | None:
    """Return the rule set of a name that was in force last; None when it is not kept."""
    mine = RULE_REVISIONS.c.org_id == org_id
    return _newest(connection, mine, RULE_REVISIONS.c.revision == revision)


def has_any(connection: Connection, org_id: int) -> bool:
    """Return whether rules of an organisation were ever in force, beside those that are built in."""
    query = sa.select(RULE_REVISIONS.c.id).where(RULE_REVISIONS.c.org_id == org_id).limit(1)
    return connection.execute(query).first() is not None


def _newest(connection: Connection, *where: ColumnElement[bool]) -> Kept | None:
    row = connection.execute(
        sa.select(RULE_REVISIONS).where(*where).order_by(RULE_REVISIONS.c.id.desc()).limit(1)
    ).one_or_none()
    if row is None:
        return None
    return Kept(row.revision, _unpacked(row.sources), row.in_force_from, row.in_force_until)


def _unpacked(packed: bytes) -> str:
    return zlib.decompress(packed).decode("utf-8", "surrogatepass")
