"""Time intervals that never or always hold, or that nobody uses, and routes whose hours never come."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import datetime

from rules.document import printed
from rules.findings import Finding
from rules.intervals import Interval, holds_always, next_active
from rules.loading.faults import Faults
from rules.model import Route, RuleSet, TimeIntervals


def lint_hours(ruleset: RuleSet, now: datetime, findings: list[Finding]) -> None:
    """Remark on intervals that are dead, always on or unused, and on routes that never page."""
    used: set[str] = set()
    for route in _routes_of(ruleset.routes):
        used |= {intervals.name for intervals in (*route.active, *route.mute)}
        if _never_pages(route, now):
            Faults(findings, route.namespace).warning(
                "never-pages",
                route.place,
                f"route {printed(route.name)} pages nobody: its active_time_intervals and "
                "mute_time_intervals leave no hour. Change them, or say suppress when that is meant.",
            )
    for name, intervals in ruleset.time_intervals.items():
        faults = Faults(findings, name.rpartition("/")[0])
        dead = [number for number, each in enumerate(intervals.intervals, 1) if _never_holds(each, now)]
        if dead:
            faults.warning("dead-interval", intervals.place, _dead(intervals, dead))
        if holds_always(intervals.intervals):
            faults.warning(
                "always-on-interval",
                intervals.place,
                f"time interval {printed(name)} always holds: a route that is active in it is so without it, "
                "and one that is mute in it never pages. Restrict its times, days or months, or remove it.",
            )
        if name not in used:
            faults.warning(
                "unused-interval",
                intervals.place,
                f"time interval {printed(name)} is used by no route: name it in one, or remove it.",
            )


def _routes_of(routes: Iterable[Route]) -> Iterator[Route]:
    for route in routes:
        yield route
        yield from _routes_of(route.routes)


def _never_pages(route: Route, now: datetime) -> bool:
    if route.terminal.suppress is not None or not (route.active or route.mute):
        return False
    active = tuple(interval for intervals in route.active for interval in intervals.intervals)
    mute = tuple(interval for intervals in route.mute for interval in intervals.intervals)
    return next_active(active if route.active else None, mute, now) is None


def _dead(intervals: TimeIntervals, dead: list[int]) -> str:
    if len(dead) == len(intervals.intervals):
        return (
            f"time interval {printed(intervals.name)} never holds (again): no such day or hour comes. "
            "Correct its years, months, days or times."
        )
    entries = ", ".join(map(str, dead))
    return (
        f"time interval {printed(intervals.name)}: entry {entries} never holds (again): no such day or hour "
        "comes. Correct its years, months, days or times."
    )


def _never_holds(interval: Interval, now: datetime) -> bool:
    # The search goes on for more than 40 years of months, within which every date meets every weekday.
    return next_active((interval,), (), now) is None
