"""Outcomes in words."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from rules.coverage.landings import Landing
from rules.coverage.reach import Covered, Outcome
from rules.document import printed
from rules.explain import Paged, str_of
from rules.loading.reading import spell_duration
from rules.places import Place

PathOf = Callable[[str], str]

MAX_CONDITIONS = 4


def condition_of(outcome: Outcome, covered: Covered) -> str:
    """Return when an outcome comes about: `always`, `team="payments"`, `otherwise`, `on no data: …`."""
    ways = {way.when for way in covered.rule.ways}
    said = [f"on {when}" for when in outcome.whens if when]
    if len(outcome.whens) == len(ways):
        said = []
    elif "" in outcome.whens:
        said.insert(0, "when it fires")
    if len(covered.outcomes) == 1 and not covered.undecided:
        return "always"
    shown = list(outcome.conditions[:MAX_CONDITIONS])
    if len(outcome.conditions) > MAX_CONDITIONS:
        shown.append("…")
    labels = ", ".join(shown)
    if not labels:
        labels = "" if said else "otherwise"
    return ": ".join(filter(None, (" and ".join(said), labels)))


def consequence_of(outcome: Outcome, covered: Covered, path_of: PathOf) -> str:
    """Return what becomes of an alert."""
    if outcome.landings:
        several = len({landing.post.receiver for landing in outcome.landings}) > 1
        return "; ".join(_landing(landing, path_of, named=several) for landing in outcome.landings)
    if covered.rule.receiver:
        return f"goes to contact point {printed(covered.rule.receiver)}, not here"
    takers = " and ".join(
        f"{printed(route.receiver)} ({_where(route.place, path_of)})" for route in outcome.taken_by
    )
    return f"goes to {takers}, not here"


def _landing(landing: Landing, path_of: PathOf, *, named: bool) -> str:
    where = _where(landing.terminal.place, path_of)
    by = f"by {landing.post.receiver}: " if named else ""
    if landing.heartbeat is not None:
        return f"{by}beats {landing.heartbeat.name} ({where})"
    if landing.why:
        return f"{by}{landing.why} ({landing.terminal.name}, {where})"
    name = "the default chain" if landing.route is None else landing.terminal.name
    empty = " its groups are empty, so the default chain:" if landing.rescued else ""
    return f"{by}{name} ({where}):{empty} {_pages(landing.pages)}{_hours(landing)}"


def _pages(pages: Iterable[Paged]) -> str:
    moments: dict[int, list[str]] = {}
    for paged in pages:
        moments.setdefault(paged.at_s, []).append(str_of(paged.target))
    return ", ".join(
        f"{' and '.join(dict.fromkeys(names))} {'at once' if at_s == 0 else f'after {spell_duration(at_s)}'}"
        for at_s, names in moments.items()
    )


def _hours(landing: Landing) -> str:
    route = landing.route
    if route is None or not (route.active or route.mute):
        return ""
    inside = [f"only in {each.name}" for each in route.active]
    outside = [f"not in {each.name}" for each in route.mute]
    return f" ({', '.join((*inside, *outside))}; held until then)"


def _where(place: Place, path_of: PathOf) -> str:
    return place.file.strip("()") if place.file.startswith("(") else f"{path_of(place.file)}:{place.line}"
