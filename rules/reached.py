"""What reaches each route, as `rules check` prints it."""

from __future__ import annotations

from collections.abc import Mapping

from rules.checked import Checked
from rules.matchers import Matcher
from rules.model import Heartbeat
from rules.places import Place
from rules.reach import Reach, Tried


def reached_json(checked: Checked) -> list[dict[str, object]]:
    """Return what is known of each route and heartbeat (docs/rules-tools.md)."""
    return [
        {
            **_named(reach.of, checked),
            "verdict": reach.verdict,
            "witness": reach.witness,
            "takers": [_named(taker, checked) for taker in reach.takers],
            "clash": [{"matcher": str(matcher), **_named(owner, checked)} for matcher, owner in reach.clash],
            "idle": reach.idle,
            "reason": reach.reason,
        }
        for reach in checked.reached
    ]


def _named(tried: Tried, checked: Checked) -> dict[str, object]:
    kind = "heartbeat" if isinstance(tried, Heartbeat) else "route"
    return {kind: tried.name, "file": checked.path_of(tried.place.file), "line": tried.place.line}


def reached_text(checked: Checked) -> str:
    """Return a line for each route and heartbeat: its place, its name, and what reaches it."""
    rows = [
        (_where(each.of.place, checked), _title(each.of), _said(each, checked)) for each in checked.reached
    ]
    wheres = max((len(where) for where, _, _ in rows), default=0)
    titles = max((len(title) for _, title, _ in rows), default=0)
    return "".join(f"{where:{wheres}}  {title:{titles}}  {said}\n" for where, title, said in rows)


def _where(place: Place, checked: Checked) -> str:
    return f"{checked.path_of(place.file)}:{place.line}"


def _title(tried: Tried) -> str:
    return f"heartbeat {tried.name}" if isinstance(tried, Heartbeat) else tried.name


def _said(reach: Reach, checked: Checked) -> str:
    if reach.verdict == "reached":
        return labels_text(reach.witness or {}) + (", whose children take everything" if reach.idle else "")
    if reach.verdict == "taken":
        takers = ", ".join(f"{_title(taker)} ({_where(taker.place, checked)})" for taker in reach.takers)
        return f"nothing: taken by {takers}"
    if reach.verdict == "impossible":
        return f"nothing: {', '.join(str(matcher) for matcher, _ in reach.clash)} exclude each other"
    if reach.verdict == "undecided":
        return f"undecided: {reach.reason}"
    return "nothing: no alert enters the route around it"


def labels_text(labels: Mapping[str, str]) -> str:
    """Return an alert's labels as matchers that it meets."""
    return ", ".join(str(Matcher(name, "=", value)) for name, value in labels.items()) or "without labels"
