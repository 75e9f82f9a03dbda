"""What figures are made of: the pages, rings and alerts of a period (`router.insight`)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import sqlalchemy as sa
from sqlalchemy import ColumnElement, Connection
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.compiler import SQLCompiler

from router.insight.figures import Alert, Called, Rung, alert
from router.insight.period import Period
from router.store.names import NotAcceptedError
from router.store.tables import INCIDENTS, NOTIFICATIONS, PAGES, USERS

MOST_PAGES = 300_000
"""Pages of one period: more would keep a thread busy for many seconds."""

MOST_ALERTS = 100

_BATCH = 5_000


def called(connection: Connection, org_id: int, period: Period) -> Iterator[Called]:
    """Yield the pages that were opened within a period, a batch at a time.

    Raises NotAcceptedError for a period with more than 300,000 of them.
    """
    resolved_at = sa.case((PAGES.c.closed_reason == "resolved", PAGES.c.closed_at))
    query = (
        sa.select(PAGES.c.route, PAGES.c.created_at, PAGES.c.acknowledged_at, resolved_at)
        .where(
            PAGES.c.org_id == org_id, PAGES.c.created_at >= period.since, PAGES.c.created_at < period.until
        )
        .limit(MOST_PAGES + 1)
    )
    rows = connection.execute(query, execution_options={"yield_per": _BATCH})
    for number, row in enumerate(rows):
        if number == MOST_PAGES:
            rows.close()
            raise NotAcceptedError("from", f"There are more than {MOST_PAGES} pages: ask for fewer days.")
        yield Called(*row)


def rung(connection: Connection, org_id: int, period: Period, user_id: int | None = None) -> list[Rung]:
    """Return how often people were rung within a period, by quarters of an hour.

    What counts is a message that arrived: one that failed did not ring, and a digest rings once.

    Parameters:
      user_id: one person alone; None for everybody.
    """
    people = sa.select(USERS.c.id).where(USERS.c.org_id == org_id)
    if user_id is not None:
        people = people.where(USERS.c.id == user_id)
    query = (
        sa.select(NOTIFICATIONS.c.user_id, sa.func.min(NOTIFICATIONS.c.rung_at), sa.func.count())
        .where(
            NOTIFICATIONS.c.user_id.in_(people),
            NOTIFICATIONS.c.rung_at >= period.since,
            NOTIFICATIONS.c.rung_at < period.until,
            NOTIFICATIONS.c.state == "sent",
            NOTIFICATIONS.c.digest_id.is_(None) | (NOTIFICATIONS.c.digest_id == NOTIFICATIONS.c.id),
        )
        .group_by(NOTIFICATIONS.c.user_id, _Quarter(NOTIFICATIONS.c.rung_at))
    )
    return [Rung(*row) for row in connection.execute(query)]


def names(connection: Connection, org_id: int) -> dict[int, str]:
    """Return the name of everybody in an organisation, those who have left too, by id."""
    query = sa.select(USERS.c.id, USERS.c.name).where(USERS.c.org_id == org_id)
    return {row.id: row.name for row in connection.execute(query)}


def noisiest(connection: Connection, org_id: int, period: Period) -> list[Alert]:
    """Return the 100 alerts, by name and route, that had the most pages of those that fired in a period."""
    alertname = sa.func.coalesce(_AlertName(INCIDENTS.c.labels), "").label("alertname")
    pages = sa.func.count(PAGES.c.id.distinct()).label("pages")
    fired = sa.func.count().label("fired")
    acknowledged = sa.func.count(sa.case((PAGES.c.acknowledged_at.is_not(None), PAGES.c.id)).distinct())
    query = (
        sa.select(alertname, INCIDENTS.c.route, pages, fired, acknowledged)
        .join_from(INCIDENTS, PAGES, PAGES.c.id == INCIDENTS.c.page_id)
        .where(
            INCIDENTS.c.org_id == org_id,
            INCIDENTS.c.first_heard_at >= period.since,
            INCIDENTS.c.first_heard_at < period.until,
        )
        .group_by(alertname, INCIDENTS.c.route)
        .order_by(pages.desc(), fired.desc(), alertname, INCIDENTS.c.route)
        .limit(MOST_ALERTS)
    )
    return [alert(*row) for row in connection.execute(query)]


class _Quarter(ColumnElement[Any]):
    """The quarter of an hour that a moment lies in; no zone's clock differs from UTC by less than that."""

    inherit_cache = False

    def __init__(self, moment: ColumnElement[Any]) -> None:
        self.moment = moment


@compiles(_Quarter)
def _compile_quarter(element: _Quarter, compiler: SQLCompiler, **kw: Any) -> str:
    moment = compiler.process(element.moment, **kw)
    if compiler.dialect.name == "sqlite":  # text: 2026-06-23 14:00:05.000000
        return f"substr({moment}, 1, 14) || (substr({moment}, 15, 2) / 15)"
    return f"date_bin('15 minutes', {moment}, TIMESTAMPTZ '2000-01-01 00:00:00+00')"


class _AlertName(ColumnElement[str]):
    """The label `alertname` of JSON text; NULL where there is none."""

    inherit_cache = False
    type = sa.Text()

    def __init__(self, labels: ColumnElement[Any]) -> None:
        self.labels = labels


@compiles(_AlertName)
def _compile_alert_name(element: _AlertName, compiler: SQLCompiler, **kw: Any) -> str:
    labels = compiler.process(element.labels, **kw)
    if compiler.dialect.name == "sqlite":
        return f"json_extract({labels}, '$.alertname')"
    return f"CAST({labels} AS json) ->> 'alertname'"
