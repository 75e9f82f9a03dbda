"""What the rules do with one alert, and when who is paged: as JSON and as text."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from rules.changes import Changes, change_json, change_text
from rules.heartbeats import Stop, missing_subject, taken_by
from rules.loading.reading import spell_duration
from rules.match import match
from rules.model import Decision, Heartbeat, RuleSet, Target, Terminal
from rules.places import Place
from rules.report import printable
from rules.subjects import finished
from rules.templates import TemplateFault, render

JSON = dict[str, object]

OURS = ("__integration__", "__adapter__", "__receiver__", "__group_key__")
"""What rules see beside an alert's own labels: where it came from."""


@dataclass(frozen=True, slots=True)
class Paged:
    """One target that a page reaches if nobody acknowledges before.

    Parameters:
      at_s: seconds from the moment that the page opens: the alert's, or for a held alert `held_until`.
    """

    at_s: int
    target: Target


@dataclass(frozen=True, slots=True)
class Explained:
    """A decision and what follows from it.

    Parameters:
      opens_at: UTC, when the page opens; None when the route pages nobody.
      timeline: whom it pages, earliest first, until the page expires.
      subject: as the first notification would have it.
      heartbeat: the one that takes the alert, or that stops; None for a route's decision.
      resolve_hold_s: seconds that the end of its alerts must hold: the route's, or its integration's.
    """

    decision: Decision
    opens_at: datetime | None
    timeline: tuple[Paged, ...]
    subject: str
    heartbeat: Heartbeat | None = None
    resolve_hold_s: int = 0


def explain(
    ruleset: RuleSet, labels: Mapping[str, str], now: datetime, annotations: Mapping[str, str] | None = None
) -> tuple[Explained, ...]:
    """Return what the rules do with one alert, a route that takes it each, in order.

    Parameters:
      labels: the alert's own, and `__integration__`, `__adapter__`, `__receiver__`, `__group_key__` where
        the rules look at them.
      now: UTC, when the alert fires.
      annotations: for the subject.
    """
    heartbeat = taken_by(ruleset, labels)
    if heartbeat is not None:
        return (_beat(heartbeat),)
    return tuple(
        Explained(
            decision,
            opens_at := opening(decision, now),
            () if opens_at is None else timeline(decision.terminal),
            _subject(decision.terminal, labels, annotations or {}),
            resolve_hold_s=ruleset.resolve_hold_s(decision.terminal, labels.get("__integration__", "")),
        )
        for decision in match(ruleset, labels, now)
    )


def _beat(heartbeat: Heartbeat) -> Explained:
    """Return what a beat does: it pages nobody."""
    return Explained(_of_heartbeat(heartbeat), None, (), missing_subject(heartbeat, "silent"), heartbeat)


def explain_stop(heartbeat: Heartbeat, stop: Stop, now: datetime) -> Explained:
    """Return what follows when a heartbeat stops.

    Parameters:
      now: UTC: its last beat when it falls silent, else when it resolves or reports a failure.
    """
    late = timedelta(seconds=heartbeat.within_s) if stop == "silent" else timedelta()
    decision, subject = _of_heartbeat(heartbeat), missing_subject(heartbeat, stop)
    return Explained(decision, now + late, timeline(heartbeat.terminal), subject, heartbeat)


def _of_heartbeat(heartbeat: Heartbeat) -> Decision:
    return Decision(heartbeat.terminal, heartbeat.terminal.priority.of({}))


def _subject(terminal: Terminal, labels: Mapping[str, str], annotations: Mapping[str, str]) -> str:
    """Return the subject of a page that holds this alert alone, plain where the template fails on it."""
    own = {name: value for name, value in labels.items() if name not in OURS}
    context = {
        "alerts": [{"labels": own, "annotations": annotations}],
        "common_labels": own,
        "common_annotations": annotations,
        "receiver": labels.get("__receiver__", ""),
        "integration": labels.get("__integration__", ""),
        "route": terminal.name,
    }
    try:
        text = render(terminal.subject, context).strip()
    except TemplateFault:
        text = ""
    return finished(text or _plain_subject(own), [own])


def _plain_subject(labels: Mapping[str, str]) -> str:
    name = labels.get("alertname") or "Alert"
    return f"{name} on {labels['instance']}" if labels.get("instance") else name


def opening(decision: Decision, now: datetime) -> datetime | None:
    """Return when a decision's page opens, UTC; None when it is suppressed or its hours never come."""
    if decision.terminal.suppress is not None:
        return None
    return decision.held_until if decision.held else now


def timeline(terminal: Terminal) -> tuple[Paged, ...]:
    """Return whom a route pages while nobody acknowledges, earliest first, until the page expires."""
    if terminal.chain is None:
        return ()
    return tuple(
        Paged(step.after_s, target)
        for step in terminal.chain.steps
        if terminal.expires_s is None or step.after_s < terminal.expires_s
        for target in step.targets
    )


def as_json(explained: Iterable[Explained], changes: Changes | None = None) -> JSON:
    """Return the object that `rules explain --format json` prints (docs/rules-tools.md).

    Parameters:
      changes: who last changed the routes; `last_change` is left out where that is not known.
    """
    return {"decisions": [decision_json(each, changes) for each in explained]}


def decision_json(explained: Explained, changes: Changes | None = None) -> JSON:
    """Return one decision with the names that `explain --format json` and the cases use."""
    place = explained.decision.terminal.place
    changed = {}
    if changes and place in changes:
        change = changes[place]
        changed = {"last_change": None if change is None else change_json(change)}
    decision, terminal = explained.decision, explained.decision.terminal
    taken = {} if explained.heartbeat is None else {"heartbeat": explained.heartbeat.name}
    return {
        **taken,
        "route": terminal.name,
        "file": terminal.place.file,
        "line": terminal.place.line,
        "suppressed": terminal.suppress,
        "held_until": None if decision.held_until is None else zulu(decision.held_until),
        "chain": None if terminal.chain is None else terminal.chain.name,
        "priority": decision.priority,
        "acknowledge": terminal.acknowledge,
        "repeat_interval_s": terminal.repeat_interval_s,
        "expires_minutes": minutes(terminal.expires_s),
        "resolve_hold_s": explained.resolve_hold_s,
        "reopen_within_s": terminal.reopen_within_s,
        "flap_limit": terminal.flap_limit,
        "subject": explained.subject,
        "timeline": [
            {"at_s": paged.at_s, paged.target.kind: paged.target.name} for paged in explained.timeline
        ],
        "trace": [
            {
                "route": traced.route,
                "file": traced.place.file,
                "line": traced.place.line,
                "why": traced.why,
                "revision": terminal.revision,
            }
            for traced in terminal.trace
        ],
        **changed,
    }


def as_text(explained: Sequence[Explained], now: datetime, changes: Changes | None = None) -> str:
    """Return the decisions for people to read, a paragraph each; `changes` as of `as_json`."""
    return "\n\n".join("\n".join(_paragraph(each, now, changes or {})) for each in explained) + "\n"


def _paragraph(explained: Explained, now: datetime, changes: Changes) -> list[str]:
    terminal = explained.decision.terminal
    lines = [f"{terminal.name}  ({_where(terminal.place)} @{terminal.revision})"]
    lines += labelled("because", trace_lines(terminal))
    if terminal.place in changes:
        lines += labelled("changed", [change_text(changes[terminal.place])])
    if explained.heartbeat is not None:
        within = spell_duration(explained.heartbeat.within_s)
        lines += labelled(
            "taken", [f"by heartbeat {explained.heartbeat.name}: nobody is paged while it comes"]
        )
        lines += labelled("missing", [f"after {within} without it, or at once when it resolves; then:"])
    if terminal.suppress is not None:
        return [*lines, *labelled("suppressed", [f"nobody is paged: {terminal.suppress}"])]
    if explained.decision.held:
        lines += labelled("held", [_held(explained.opens_at, now)])
    chain = "none" if terminal.chain is None else terminal.chain.name
    lines += labelled("subject", [explained.subject])
    lines += labelled("priority", [explained.decision.priority])
    lines += labelled(
        "repeats", [f"every {spell_duration(terminal.repeat_interval_s)} until {_until(terminal)}"]
    )
    lines += labelled("chain", [chain])
    if explained.resolve_hold_s:
        hold = spell_duration(explained.resolve_hold_s)
        lines += labelled("resolves", [f"close the page once they have held for {hold}"])
    lines += labelled("again", [_again(terminal)])
    return lines + labelled("pages", _pages(explained))


def trace_lines(terminal: Terminal) -> list[str]:
    """Return the routes that were entered, outermost first, a line each: where, which, why."""
    places = [_where(traced.place) for traced in terminal.trace]
    width = max(map(len, places), default=0)
    return [
        f"{place:<{width}}  {traced.route}: {traced.why}"
        for place, traced in zip(places, terminal.trace, strict=True)
    ]


def _where(place: Place) -> str:
    # What is built in stands in no file, and has no line.
    return place.file.strip("()") if place.file.startswith("(") else f"{place.file}:{place.line}"


def labelled(label: str, lines: Iterable[str]) -> list[str]:
    """Return lines beside a label that stands before the first of them."""
    return [
        f"  {label if index == 0 else '':<12}{printable(line)}".rstrip() for index, line in enumerate(lines)
    ]


def _held(opens_at: datetime | None, now: datetime) -> str:
    if opens_at is None:
        return "nobody is paged: its hours never come"
    wait = int((opens_at - now).total_seconds())
    return f"until {zulu(opens_at)}, in {spell_duration(wait)}; nobody is paged if it ends before"


def _until(terminal: Terminal) -> str:
    who = "somebody acknowledges" if terminal.acknowledge == "any" else "everybody has acknowledged"
    if terminal.expires_s is None:
        return who
    return f"{who}, or {spell_duration(terminal.expires_s)} have passed"


def _again(terminal: Terminal) -> str:
    if terminal.reopen_within_s == 0:
        return "each firing stands alone"
    within = spell_duration(terminal.reopen_within_s)
    return (
        f"linked and counted for {within} after it ends; beyond {terminal.flap_limit} times in 1h one page "
        f"until {within} of quiet"
    )


def _pages(explained: Explained) -> list[str]:
    terminal = explained.decision.terminal
    paged_when_missing = explained.heartbeat is not None
    if terminal.chain is None or (explained.opens_at is None and not paged_when_missing):
        return []
    quiet = {step.after_s for step in terminal.chain.steps if not step.repeat}
    happens = timeline(terminal) if paged_when_missing else explained.timeline
    lines = []
    for at_s in sorted({paged.at_s for paged in happens}):
        names = ", ".join(str_of(paged.target) for paged in happens if paged.at_s == at_s)
        when = "at once" if at_s == 0 else f"after {spell_duration(at_s)}"
        lines.append(f"{when:<10}  {names}{'; then no repeats' if at_s in quiet else ''}")
    return lines


def str_of(target: Target) -> str:
    """Return a target for people to read: `group payments`."""
    return f"{target.kind} {target.name}"


def minutes(seconds: int | None) -> int | float | None:
    """Return seconds as minutes, whole where they are; None stays None."""
    if seconds is None:
        return None
    return seconds // 60 if seconds % 60 == 0 else seconds / 60


def zulu(moment: datetime) -> str:
    """Return a moment as the API writes it: `2026-03-02T09:00:00Z`."""
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
