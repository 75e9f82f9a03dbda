"""How the calls went: for everybody by team and route, for admins by person and alert too."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from urllib.parse import urlencode

from sqlalchemy import Connection
from starlette.responses import Response

from router.api import insight as tables
from router.api.insight import Figure, PeriodQuery, period_asked
from router.api.validation import checked
from router.commands.refusals import Invalid
from router.insight import figures
from router.insight.figures import Alert, Day, Load, Times
from router.insight.period import Period
from router.store import insight
from router.store.names import NotAcceptedError
from router.web import charts
from router.web.charts import Bar
from router.web.forms import FRESH, Form
from router.web.render import render, span
from router.web.screen import Access, Screen, Visit

CHOICES = (7, 30, 90)
_MOST_BARS = 12
_MOST_ROWS = 50
_FIELDS = {"days": "days", "from": "first", "to": "last", "time_zone": "time_zone"}


@dataclass(frozen=True, slots=True)
class Insight:
    """All figures of one screen; `alerts` is None for whoever may not see those of others."""

    days: list[Day]
    teams: list[Times]
    routes: list[Times]
    load: list[Load]
    alerts: list[Alert] | None


def show_insight(visit: Visit) -> Response:
    """Show charts and tables of a period; without a good one, of the usual."""
    form = FRESH
    try:
        period = _period(visit)
        found = _read(visit, period)
    except (Invalid, NotAcceptedError) as refused:
        faults = refused.faults if isinstance(refused, Invalid) else {refused.field: [str(refused)]}
        typed = {name: [visit.asked(name)] for name in _FIELDS}
        form = Form("period", typed, faults)
        period = period_asked(PeriodQuery(days=CHOICES[0]), visit.services.settings.time_zone, visit.now)
        found = _read(visit, period)
    return render(
        visit,
        "insight.html",
        form.status,
        form=form,
        period=period,
        asked=urlencode({"from": period.first, "to": period.last, "time_zone": period.zone.key}),
        choices=CHOICES,
        most_rows=_MOST_ROWS,
        found=found,
        days_chart=_days_chart(found.days),
        teams_chart=_teams_chart(found.teams),
        load_chart=_load_chart(found.load) if visit.user.is_admin else None,
        alerts_chart=_alerts_chart(found.alerts) if found.alerts else None,
    )


def _period(visit: Visit) -> Period:
    given = {name: visit.asked(name) for name in _FIELDS if visit.asked(name)}
    return period_asked(checked(PeriodQuery, given), visit.services.settings.time_zone, visit.now)


def _read(visit: Visit, period: Period) -> Insight:
    org_id = visit.user.org_id
    with visit.services.database.read() as connection:
        pages = list(insight.called(connection, org_id, period))
        return Insight(
            days=figures.pages_a_day(pages, period),
            teams=figures.times(pages, figures.team_of),
            routes=figures.times(pages, str),
            load=tables.load(connection, org_id, period, _own(visit)),
            alerts=insight.noisiest(connection, org_id, period) if visit.user.is_admin else None,
        )


def _own(visit: Visit) -> int | None:
    """Return whose load is shown: one's own, None for everybody's to an admin."""
    return None if visit.user.is_admin else visit.user.id


def _days_chart(days: Sequence[Day]) -> str:
    busiest = max(days, key=lambda each: each.pages)
    total = sum(each.pages for each in days)
    said = f"{total} in {len(days)} days; most on {busiest.day}: {busiest.pages}."
    return charts.line("days", "Pages a day", said, [(str(each.day), each.pages) for each in days])


def _teams_chart(teams: Sequence[Times]) -> str | None:
    rows = [
        Bar(
            each.name or "sent by hand",
            each.acknowledge_p90_s or 0,
            each.acknowledge_median_s or 0,
            f"{span(each.acknowledge_median_s or 0)}, p90 {span(each.acknowledge_p90_s or 0)}",
        )
        for each in teams
        if each.acknowledged
    ]
    return _bars(
        "teams", "Time to acknowledge by team", "The darker part is the median, the whole the p90", rows
    )


def _load_chart(load: Sequence[Load]) -> str | None:
    rows = [
        Bar(each.name, each.rung, each.at_night, f"{each.rung}, at night {each.at_night}") for each in load
    ]
    return _bars("load", "How often people were rung", "The darker part is at night", rows)


def _alerts_chart(alerts: Sequence[Alert]) -> str | None:
    rows = [
        Bar(
            each.alertname or "no alertname",
            each.pages,
            each.unacknowledged,
            f"{each.pages}, left {each.unacknowledged}",
        )
        for each in alerts
    ]
    return _bars("alerts", "Noisiest alerts by pages", "The darker part is what nobody acknowledged", rows)


def _bars(name: str, title: str, said: str, rows: Sequence[Bar]) -> str | None:
    if not rows:
        return None
    first = rows[0]
    return charts.bars(name, title, f"{said}. First: {first.label}, {first.shown}.", rows[:_MOST_BARS])


def download_load(visit: Visit) -> Response:
    """Hand over who was rung, as CSV: oneself alone, or everybody to an admin."""
    period = _period(visit)
    with visit.services.database.read() as connection:
        rows = tables.load(connection, visit.user.org_id, period, _own(visit))
    return tables.sheet("load", Load, rows, period)


def _file(
    name: str, kind: type[Figure], read: Callable[[Connection, int, Period], Sequence[Figure]], access: Access
) -> Screen:
    """Return the screen that hands a table over as CSV."""

    def download(visit: Visit) -> Response:
        period = _period(visit)
        with visit.services.database.read() as connection:
            rows = read(connection, visit.user.org_id, period)
        return tables.sheet(name, kind, rows, period)

    return Screen("GET", f"/insight/{name}.csv", download, access)


SCREENS = (
    Screen("GET", "/insight", show_insight, "user"),
    Screen("GET", "/insight/load.csv", download_load, "user"),
    _file("days", Day, tables.days, "user"),
    _file("teams", Times, tables.teams, "user"),
    _file("routes", Times, tables.routes, "user"),
    _file("alerts", Alert, insight.noisiest, "admin"),
)
