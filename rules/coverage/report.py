"""What `rules coverage` found, as text, Markdown and JSON."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence

from rules.coverage.landings import Landing
from rules.coverage.reach import Covered, Outcome
from rules.coverage.summary import KINDS, Summary
from rules.coverage.wording import PathOf, condition_of, consequence_of
from rules.findings import Finding
from rules.model import Heartbeat, Route
from rules.places import Place
from rules.report import BOLD, GREEN, RED, YELLOW, count, dump, painter, printable

MAX_SHOWN = 6
"""Outcomes of one rule that text and Markdown show."""

MAX_JSON = 100
"""Outcomes of one rule that JSON has."""

_COLORS = {
    "nobody": RED,
    "swallowed": RED,
    "undecided": YELLOW,
    "default": YELLOW,
    "mixed": "",
    "people": GREEN,
}

Paint = Callable[[str, str], str]


def headline(summary: Summary) -> str:
    """Return the summary in one line."""
    total = count(len(summary.covered), "alerting rule")
    counts = ", ".join(f"{number} {KINDS[kind]}" for kind, number in reversed(list(summary.counts.items())))
    return f"{total}: {counts}" if counts else f"{total} in {count(summary.files, 'file')}"


def as_text(summary: Summary, path_of: PathOf, *, color: bool = False) -> str:
    """Return it for people: the summary, all rules with what becomes of them, what is idle, the findings."""
    paint = painter(color)
    lines = [paint(headline(summary), BOLD)]
    for kind, title in KINDS.items():
        alike: dict[tuple[str, ...], list[Covered]] = {}
        for each in summary.covered:
            if each.kind == kind:
                alike.setdefault(tuple(_becomes(each, path_of)), []).append(each)
        if alike:
            lines += ["", paint(title, _COLORS.get(kind) or BOLD)]
        for becomes, rules in alike.items():
            lines += [
                printable(f"  {path_of(each.rule.place.file)}:{each.rule.place.line}  {each.rule.name}")
                for each in rules
            ]
            lines += [f"      {line}" for line in becomes]
    lines += _idle(summary, path_of)
    if summary.inhibitions:
        rules_held = count(summary.inhibitions, "inhibit rule")
        lines += ["", f"{rules_held} of the sender may hold back alerts while others fire."]
    if summary.findings:
        lines.append("")
    lines += [_finding(finding, path_of, paint) for finding in summary.findings]
    return "".join(f"{line}\n" for line in lines)


def _becomes(covered: Covered, path_of: PathOf) -> Iterator[str]:
    """Yield what becomes of a rule's alerts, a line for each outcome."""
    shown = [
        (condition_of(outcome, covered), consequence_of(outcome, covered, path_of))
        for outcome in covered.outcomes[:MAX_SHOWN]
    ]
    width = min(40, max((len(condition) for condition, _ in shown), default=0))
    for condition, consequence in shown:
        yield printable(f"{condition:<{width}}  {consequence}")
    if len(covered.outcomes) > MAX_SHOWN:
        yield f"and {len(covered.outcomes) - MAX_SHOWN} more (--format json)"
    if not covered.outcomes or covered.undecided:
        yield printable(f"undecided: {covered.undecided or 'its expression can have no result.'}")


def _idle(summary: Summary, path_of: PathOf) -> Iterator[str]:
    if summary.idle_routes:
        yield ""
        yield "no alerting rule given here reaches these routes"
        for route in summary.idle_routes:
            yield printable(f"  {path_of(route.place.file)}:{route.place.line}  {route.name}")
    if summary.idle_heartbeats:
        yield ""
        yield "no alerting rule given here beats these heartbeats"
        for heartbeat in summary.idle_heartbeats:
            yield printable(f"  {path_of(heartbeat.place.file)}:{heartbeat.place.line}  {heartbeat.name}")


def _finding(finding: Finding, path_of: PathOf, paint: Paint) -> str:
    place = finding.place
    where = paint(f"{path_of(place.file)}:{place.line}:{place.column}", BOLD)
    severity = paint(finding.severity, RED if finding.severity == "error" else YELLOW)
    return f"{where}: {severity}: {printable(finding.message)} [{finding.code}]"


def as_markdown(summary: Summary, path_of: PathOf) -> str:
    """Return it for a comment on a pull request: a table of the rules that not simply reach people."""
    lines = [f"**{headline(summary)}**", ""]
    wanting = [each for each in summary.covered if each.kind not in ("people", "heartbeat")]
    if wanting:
        lines += ["| rule | where | what becomes of it |", "|---|---|---|"]
    for each in wanting:
        becomes = "<br>".join(
            _cell(f"{condition_of(outcome, each)}: {consequence_of(outcome, each, path_of)}")
            for outcome in each.outcomes[:MAX_SHOWN]
        )
        more = len(each.outcomes) - MAX_SHOWN
        becomes += f"<br>and {more} more" if more > 0 else ""
        where = f"{path_of(each.rule.place.file)}:{each.rule.place.line}"
        lines.append(f"| {_cell(each.rule.name)} | {_cell(where)} | {becomes or 'undecided'} |")
    if summary.idle_routes:
        names = ", ".join(_cell(route.name) for route in summary.idle_routes)
        lines += ["", f"No alerting rule given here reaches these routes: {names}."]
    if summary.idle_heartbeats:
        names = ", ".join(_cell(heartbeat.name) for heartbeat in summary.idle_heartbeats)
        lines += ["", f"No alerting rule given here beats these heartbeats: {names}."]
    if summary.findings:
        lines.append("")
    for finding in summary.findings:
        where = _cell(f"{path_of(finding.place.file)}:{finding.place.line}")
        lines.append(f"- {finding.severity} `{finding.code}` {where}: {_cell(finding.message)}")
    return "".join(f"{line}\n" for line in lines)


def _cell(text: str) -> str:
    """Return text that Markdown shows as it is."""
    plain = printable(text).replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    return "".join(f"\\{sign}" if sign in "\\`*_{}[]|#!~@" else sign for sign in plain)


def as_json(summary: Summary, path_of: PathOf) -> str:
    """Return the object that `rules coverage --format json` prints (docs/rules-coverage.md)."""
    routes: dict[str, Mapping[str, object]] = {}

    def place(at: Place) -> Mapping[str, object]:
        return {"file": path_of(at.file), "line": at.line}

    def route(each: Landing) -> Mapping[str, object]:
        hours = each.route
        return {
            **place(each.terminal.place),
            "chain": each.terminal.chain.name if each.terminal.chain is not None else None,
            "active_time_intervals": [named.name for named in hours.active] if hours else [],
            "mute_time_intervals": [named.name for named in hours.mute] if hours else [],
            "default_chain": each.rescued,
            "timeline": [{"at_s": paged.at_s, paged.target.kind: paged.target.name} for paged in each.pages],
        }

    def landing(each: Landing, example: Mapping[str, str]) -> Mapping[str, object]:
        routes[each.terminal.name] = route(each)
        return {
            "receiver": each.post.receiver or None,
            "route": each.terminal.name,
            "kind": each.kind,
            "priority": each.terminal.priority.of(example),
            "why": each.why or None,
        }

    def outcome(each: Outcome, example: Mapping[str, str]) -> Mapping[str, object]:
        return {
            "kind": each.kind,
            "fires": [when or "firing" for when in each.whens],
            "conditions": list(each.conditions),
            "example": dict(sorted(example.items())),
            "lands": [landing(one, example) for one in each.landings],
            "taken_by": [{"receiver": route.receiver, **place(route.place)} for route in each.taken_by],
        }

    def rule(each: Covered) -> Mapping[str, object]:
        return {
            "name": each.rule.name,
            "sender": each.rule.sender,
            "group": each.rule.group,
            **place(each.rule.place),
            "kind": each.kind,
            "labels": dict(each.rule.labels),
            "undecided": each.undecided or None,
            "outcomes": [outcome(one, each.witness(one)) for one in each.outcomes[:MAX_JSON]],
            "more_outcomes": max(0, len(each.outcomes) - MAX_JSON),
        }

    def finding(each: Finding) -> Mapping[str, object]:
        return {"code": each.code, "severity": each.severity, "message": each.message, **place(each.place)}

    def idle(those: Sequence[Route] | Sequence[Heartbeat] | None) -> object:
        return None if those is None else [{"name": each.name, **place(each.place)} for each in those]

    return dump(
        {
            "counts": {"rules": len(summary.covered), **summary.counts},
            "rules": [rule(each) for each in summary.covered],
            "routes": routes,
            "idle_routes": idle(summary.idle_routes),
            "idle_heartbeats": idle(summary.idle_heartbeats),
            "inhibit_rules": summary.inhibitions,
            "findings": [finding(each) for each in summary.findings],
        }
    )
