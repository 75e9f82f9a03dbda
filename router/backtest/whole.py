"""All that a backtest found, as JSON: every figure, and every page."""

from __future__ import annotations

from router.backtest.news import assumptions, differences
from router.backtest.run import Backtest
from router.backtest.tally import Load, Paged, Tally
from rules.report import dump


def as_json(found: Backtest) -> str:
    """Return all figures, and every page."""
    terms, ruleset = found.terms, found.ruleset
    return dump(
        {
            "revision": ruleset.revision,
            "since": found.since.isoformat(),
            "until": found.until.isoformat(),
            "time_zone": terms.zone.key,
            "night": str(terms.night),
            "webhooks": found.webhooks,
            "alerts": found.alerts,
            "integrations": sorted(found.integrations),
            "quarantined": found.quarantined,
            "differences": differences(found),
            "assumes": assumptions(found),
            "simulated": _side(found.simulated),
            "happened": None if found.happened is None else _side(found.happened),
        }
    )


def _side(tally: Tally) -> dict[str, object]:
    return {
        "pages_opened": tally.opened,
        "reached_nobody": [page.number for page in tally.unreached()],
        "total": _load(tally.total),
        "people": [{"person": name, **_load(load)} for name, load in sorted(tally.people.items())],
        "routes": [
            {"route": name, "opened": tally.opened_by(name), **_load(load)}
            for name, load in sorted(tally.routes.items())
        ],
        "alerts": [
            {"alertname": name, "route": route, **_load(load)}
            for (name, route), load in sorted(tally.alerts.items())
        ],
        "days": [{"day": str(day), "pages": pages} for day, pages in sorted(tally.opened_on.items())],
        "pages": [_page(page) for page in tally.pages.values()],
    }


def _load(load: Load) -> dict[str, object]:
    return {
        "messages": load.messages,
        "at_night": load.at_night,
        "at_weekends": load.at_weekends,
        "nights": len(load.nights),
        "pages": len(load.pages),
    }


def _page(page: Paged) -> dict[str, object]:
    return {
        "number": page.number,
        "route": page.route,
        "alertname": page.name,
        "priority": page.priority,
        "opened": page.opened.isoformat(),
        "acknowledged": page.acknowledged.isoformat() if page.acknowledged else None,
        "closed": page.closed.isoformat() if page.closed else None,
        "reason": page.reason or None,
        "told": [
            {
                "person": person,
                "times": told.times,
                "first": told.first.isoformat(),
                "last": told.last.isoformat(),
            }
            for person, told in page.told.items()
        ],
    }
