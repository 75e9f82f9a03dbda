"""What ended lately: the last firing of alerts that fire again, resolves in masses, targets that are down.

All of it reads the index on what has ended, by integration and time, so that it costs what happened lately.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import msgspec
import sqlalchemy as sa
from sqlalchemy import Connection

from router.lifecycle.flapping import Past, Streak
from router.lifecycle.model import Priority
from router.store.prepared import Among, Query
from router.store.tables import INCIDENTS, PAGES

_MOST_ENDED = 2_000
_encode = msgspec.json.Encoder().encode
_decode_streak = msgspec.json.Decoder(Streak).decode

AlertKey = tuple[int, str, str, str]
"""Integration, receiver, fingerprint, route."""


@dataclass(frozen=True, slots=True)
class LastFiring:
    """How an alert last fired, and the page that it was on.

    Parameters:
      waits: the page is not closed, and waits whether the end of its alerts holds, or stays since one flaps.
    """

    past: Past
    waits: bool
    acknowledged: bool
    page_priority: Priority


@dataclass(frozen=True, slots=True)
class Ended:
    """An alert that ended on a page."""

    incident_id: int
    page_id: int
    labels: dict[str, str]


@dataclass(frozen=True, slots=True)
class DownTarget:
    """A target that does not answer, and the labels of the alert that says so."""

    integration_id: int
    instance: str
    labels: dict[str, str]


def encode_streak(streak: Streak | None) -> str | None:
    """Return a streak as its column has it."""
    return None if streak is None else _encode(streak).decode()


def decode_streak(text: str | None) -> Streak | None:
    """Return the streak that a row holds."""
    return None if text is None else _decode_streak(text)


def last_firings(
    connection: Connection, integration_ids: Collection[int], fingerprints: Collection[str], since: datetime
) -> dict[AlertKey, LastFiring]:
    """Return how alerts last fired that were on a page and ended since a moment."""
    rows = _LATELY.rows(
        connection, integrations=list(integration_ids), since=since, fingerprints=list(fingerprints)
    )
    return _firings(rows)


def waited_for(connection: Connection, fingerprints: Collection[str]) -> dict[AlertKey, LastFiring]:
    """Return how alerts last fired on pages that wait whether they do again, however long ago that was."""
    return _firings(_WAITED_FOR.rows(connection, fingerprints=list(fingerprints)))


def _firings(rows: list[Any]) -> dict[AlertKey, LastFiring]:
    rows.sort(key=lambda row: row.id)
    return {
        (row.integration_id, row.receiver, row.fingerprint, row.route): LastFiring(
            Past(row.first_heard_at, row.ended_at, row.page_id, decode_streak(row.streak)),
            waits=row.closed_at is None and (row.closes_at is not None or row.flapping),
            acknowledged=row.status == "acknowledged",
            page_priority=row.priority,
        )
        for row in rows
    }


def waiting_pages(connection: Connection, integration_id: int, since: datetime) -> list[int]:
    """Return pages that wait, undoubted, with an alert of an integration that ended since a moment."""
    query = (
        sa.select(PAGES.c.id)
        .join(INCIDENTS, INCIDENTS.c.page_id == PAGES.c.id)
        .where(
            INCIDENTS.c.integration_id == integration_id,
            INCIDENTS.c.ended_at.is_not(None),
            INCIDENTS.c.ended_at >= since,
            PAGES.c.closes_at.is_not(None),
            PAGES.c.closed_at.is_(None),
            PAGES.c.doubted_at.is_(None),
        )
        .distinct()
    )
    return list(connection.execute(query).scalars())


def count_resolved(connection: Connection, integration_id: int, since: datetime) -> int:
    """Return how many alerts of an integration have resolved since a moment."""
    return int(
        connection.execute(_COUNT_RESOLVED, {"integration": integration_id, "since": since}).scalar_one()
    )


def count_firing(connection: Connection, integration_id: int) -> int:
    """Return how many alerts of an integration fire."""
    return int(connection.execute(_COUNT_FIRING, {"integration": integration_id}).scalar_one())


def down_targets(
    connection: Connection, integration_ids: Collection[int], instances: Iterable[str]
) -> list[DownTarget]:
    """Return those of these instances that an open alert says are down."""
    query = sa.select(INCIDENTS.c.integration_id, INCIDENTS.c.down_target, INCIDENTS.c.labels).where(
        INCIDENTS.c.down_target.in_(sorted(instances)),
        INCIDENTS.c.down_target.is_not(None),
        INCIDENTS.c.ended_at.is_(None),
        INCIDENTS.c.integration_id.in_(integration_ids),
    )
    return [
        DownTarget(row.integration_id, row.down_target, _labels(row.labels))
        for row in connection.execute(query)
    ]


def resolved_since(connection: Connection, integration_id: int, since: datetime) -> list[Ended]:
    """Return the alerts of an integration that resolved since a moment, the latest first, so many at most."""
    query = (
        sa.select(INCIDENTS.c.id, INCIDENTS.c.page_id, INCIDENTS.c.labels)
        .where(
            INCIDENTS.c.integration_id == integration_id,
            INCIDENTS.c.ended_at >= since,
            INCIDENTS.c.ended_reason.in_(_ENDED),
            INCIDENTS.c.page_id.is_not(None),
        )
        .order_by(INCIDENTS.c.ended_at.desc())
        .limit(_MOST_ENDED)
    )
    return [Ended(row.id, row.page_id, _labels(row.labels)) for row in connection.execute(query)]


def _labels(text: str) -> dict[str, str]:
    return msgspec.json.decode(text, type=dict[str, str])


_ENDED = ("resolved", "vanished")
_FIRINGS = (
    sa.select(
        INCIDENTS.c.id,
        INCIDENTS.c.integration_id,
        INCIDENTS.c.receiver,
        INCIDENTS.c.fingerprint,
        INCIDENTS.c.route,
        INCIDENTS.c.first_heard_at,
        INCIDENTS.c.ended_at,
        INCIDENTS.c.page_id,
        INCIDENTS.c.streak,
        PAGES.c.closed_at,
        PAGES.c.closes_at,
        PAGES.c.flapping,
        PAGES.c.status,
        PAGES.c.priority,
    )
    .select_from(INCIDENTS.join(PAGES, PAGES.c.id == INCIDENTS.c.page_id))
    .where(INCIDENTS.c.ended_at.is_not(None), Among(INCIDENTS.c.fingerprint, "fingerprints"))
)
_LATELY = Query(
    _FIRINGS.where(
        Among(INCIDENTS.c.integration_id, "integrations"), INCIDENTS.c.ended_at >= sa.bindparam("since")
    )
)
_WAITED_FOR = Query(_FIRINGS.where(PAGES.c.closes_at.is_not(None)))
_COUNT_RESOLVED = sa.select(sa.func.count(sa.distinct(INCIDENTS.c.fingerprint))).where(
    INCIDENTS.c.integration_id == sa.bindparam("integration"),
    INCIDENTS.c.ended_at.is_not(None),
    INCIDENTS.c.ended_at >= sa.bindparam("since"),
    INCIDENTS.c.ended_reason.in_(_ENDED),
    INCIDENTS.c.outcome != "heartbeat",
)
_COUNT_FIRING = sa.select(sa.func.count(sa.distinct(INCIDENTS.c.fingerprint))).where(
    INCIDENTS.c.integration_id == sa.bindparam("integration"),
    INCIDENTS.c.ended_at.is_(None),
    INCIDENTS.c.outcome != "heartbeat",
)
