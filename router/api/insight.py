"""How the calls went, in figures and as CSV: GET /api/insight/… (docs/api.md)."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import asdict, fields
from datetime import date, datetime
from typing import Annotated, Any, Generic, Literal, TypeVar
from zoneinfo import ZoneInfo

from pydantic import BaseModel, Field
from sqlalchemy import Connection
from starlette.responses import JSONResponse, Response

from router.api.operation import Call, Operation
from router.api.validation import Query
from router.commands.refusals import invalid
from router.insight import figures
from router.insight.figures import Alert, Day, Load, Times
from router.insight.period import MOST_DAYS, Period, PeriodError, period_of
from router.insight.sheet import csv_text
from router.setting_values import time_zone
from router.store import insight

SECTION = "Insight"
MOST_ROWS = 1_000
"""Of routes and teams; there are as many as the rules have."""

Figure = Day | Times | Load | Alert
Row = TypeVar("Row")
_Date = Annotated[str, Field(json_schema_extra={"format": "date"})]


class PeriodQuery(Query):
    """Whole days in a time zone, both ends included; without dates those that end today."""

    days: Annotated[int, Field(ge=1, le=MOST_DAYS, description="How many, where there is no `from`.")] = 30
    first: Annotated[date | None, Field(alias="from", description="2026-06-01")] = None
    last: Annotated[date | None, Field(alias="to", description="2026-06-30; today without it.")] = None
    time_zone: Annotated[str, Field(max_length=100, description="Europe/Berlin")] | None = None


class InsightQuery(PeriodQuery):
    """Which days, and in which form."""

    format: Literal["json", "csv"] = "json"


class FiguresAnswer(BaseModel, Generic[Row]):
    """Figures of a period."""

    from_: _Date = Field(alias="from")
    to: _Date
    time_zone: str
    data: list[Row]


def period_asked(query: PeriodQuery, zone: ZoneInfo, now: datetime) -> Period:
    """Return the period that somebody asks for.

    Parameters:
      zone: where the days are counted unless the query says otherwise.
      now: UTC.
    Raises Invalid for a zone that is none, and for days that make no period.
    """
    if query.time_zone is not None:
        try:
            zone = time_zone(query.time_zone)
        except ValueError:
            sentence = "The time zone field must be the IANA name of a time zone, such as Europe/Berlin."
            raise invalid("time_zone", sentence) from None
    try:
        return period_of(now, zone, query.days, query.first, query.last)
    except PeriodError as error:
        raise invalid(error.field, str(error)) from None


def sheet(name: str, kind: type[Figure], rows: Sequence[Figure], period: Period) -> Response:
    """Return a table as a CSV file, which is called after its name and its days."""
    header = [column.name for column in fields(kind)]
    text = csv_text(header, (list(asdict(row).values()) for row in rows))
    file = f"pingparrot-{name}-{period.first}-{period.last}.csv"
    disposition = {"Content-Disposition": f'attachment; filename="{file}"'}
    return Response(text, media_type="text/csv", headers=disposition)


def days(connection: Connection, org_id: int, period: Period) -> list[Day]:
    """Return the pages of every day."""
    return figures.pages_a_day(insight.called(connection, org_id, period), period)


def teams(connection: Connection, org_id: int, period: Period) -> list[Times]:
    """Return how long pages took, by team."""
    return figures.times(insight.called(connection, org_id, period), figures.team_of)[:MOST_ROWS]


def routes(connection: Connection, org_id: int, period: Period) -> list[Times]:
    """Return how long pages took, by route."""
    return figures.times(insight.called(connection, org_id, period), str)[:MOST_ROWS]


def load(connection: Connection, org_id: int, period: Period, user_id: int | None = None) -> list[Load]:
    """Return how often people were rung, or one person alone."""
    names = insight.names(connection, org_id)
    return figures.load(insight.rung(connection, org_id, period, user_id), names, period)


def show_days(call: Call) -> Response:
    """Count the pages of every day."""
    return _answer(call, "days", Day, days)


def show_teams(call: Call) -> Response:
    """Tell how long pages took to be acknowledged and resolved, by team: the first part of their route."""
    return _answer(call, "teams", Times, teams)


def show_routes(call: Call) -> Response:
    """Tell how long pages took to be acknowledged and resolved, by route."""
    return _answer(call, "routes", Times, routes)


def show_load(call: Call) -> Response:
    """Tell how often people were rung, at night and at weekends too."""
    return _answer(call, "load", Load, load)


def show_alerts(call: Call) -> Response:
    """Name the alerts that had the most pages, how often they fired, and how much of that nobody took."""
    return _answer(call, "alerts", Alert, insight.noisiest)


def _answer(
    call: Call,
    name: str,
    kind: type[Figure],
    read: Callable[[Connection, int, Period], Sequence[Figure]],
) -> Response:
    query = call.query(InsightQuery)
    period = period_asked(query, call.services.settings.time_zone, call.now)
    with call.services.database.read() as connection:
        rows = read(connection, call.account.org_id, period)
    if query.format == "csv":
        return sheet(name, kind, rows, period)
    return JSONResponse(
        {
            "from": str(period.first),
            "to": str(period.last),
            "time_zone": period.zone.key,
            "data": [_json(row) for row in rows],
        }
    )


def _json(row: Figure) -> dict[str, Any]:
    return {name: str(value) if isinstance(value, date) else value for name, value in asdict(row).items()}


OPERATIONS = tuple(
    Operation(
        "GET",
        f"/api/insight/{name}",
        handler,
        "admin",
        SECTION,
        query=InsightQuery,
        returns=returns,
        as_csv=True,
    )
    for name, handler, returns in (
        ("days", show_days, FiguresAnswer[Day]),
        ("teams", show_teams, FiguresAnswer[Times]),
        ("routes", show_routes, FiguresAnswer[Times]),
        ("load", show_load, FiguresAnswer[Load]),
        ("alerts", show_alerts, FiguresAnswer[Alert]),
    )
)
