"""Plans: stored once for all pages that were given the same one."""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Iterable
from functools import lru_cache

import msgspec
import sqlalchemy as sa
from sqlalchemy import Connection

from router.lifecycle.model import Plan
from router.store.tables import PLANS
from router.store.writer import Transaction


@lru_cache(maxsize=4096)
def encode(plan: Plan) -> tuple[str, str]:
    """Return a plan as (digest, JSON)."""
    body = msgspec.json.encode(plan)
    return hashlib.sha256(body).hexdigest(), body.decode()


@lru_cache(maxsize=4096)
def decode(body: str) -> Plan:
    """Return the plan that a row holds."""
    return msgspec.json.decode(body, type=Plan)


def keep(tx: Transaction, plans: Iterable[Plan]) -> dict[Plan, int]:
    """Store the plans that are new and return the id of each."""
    digests = {encode(plan)[0]: plan for plan in plans}
    ids = {digest: tx.plan_ids[digest] for digest in digests if digest in tx.plan_ids}
    missing = [digest for digest in digests if digest not in ids]
    if missing:
        rows = [{"digest": digest, "body": encode(digests[digest])[1]} for digest in sorted(missing)]
        tx.connection.execute(_insert_unless_there(tx), rows)
        found = _find(tx, missing)
        ids |= found
        tx.after_commit(lambda: tx.plan_ids.update(found))
    return {plan: ids[digest] for digest, plan in digests.items()}


def load(tx: Transaction, plan_ids: Collection[int]) -> dict[int, Plan]:
    """Return plans by id."""
    if not plan_ids:
        return {}
    query = sa.select(PLANS.c.id, PLANS.c.body).where(PLANS.c.id.in_(plan_ids))
    return {row.id: decode(row.body) for row in tx.connection.execute(query)}


def of_id(connection: Connection, plan_id: int) -> Plan:
    """Return a plan that a page has."""
    body: str = connection.execute(sa.select(PLANS.c.body).where(PLANS.c.id == plan_id)).scalar_one()
    return decode(body)


def _find(tx: Transaction, digests: list[str]) -> dict[str, int]:
    query = sa.select(PLANS.c.digest, PLANS.c.id).where(PLANS.c.digest.in_(digests))
    return dict(tx.connection.execute(query).all())


def _insert_unless_there(tx: Transaction) -> sa.Insert:
    if tx.connection.dialect.name == "sqlite":
        from sqlalchemy.dialects.sqlite import insert as sqlite_insert

        return sqlite_insert(PLANS).on_conflict_do_nothing()
    from sqlalchemy.dialects.postgresql import insert as postgresql_insert

    return postgresql_insert(PLANS).on_conflict_do_nothing()
