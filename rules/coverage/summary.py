"""All rules covered, and what that says of ours."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from rules.coverage.reach import Covered
from rules.coverage.wording import PathOf, consequence_of
from rules.document import printed
from rules.findings import Finding
from rules.loading.faults import Faults
from rules.matchers import Matcher
from rules.model import Heartbeat, Route, RuleSet

KINDS: Mapping[str, str] = {
    "nobody": "nobody",
    "swallowed": "swallowed before they get here",
    "undecided": "undecided",
    "default": "only the default chain",
    "mixed": "depend on labels",
    "heartbeat": "beat a heartbeat",
    "people": "reach people",
}
"""What a rule's alerts come to, the worst first, as the summary calls it."""


@dataclass(frozen=True, slots=True)
class Summary:
    """What `rules coverage` found.

    Parameters:
      covered: every alerting rule, the worst first.
      idle_routes: our routes that none of them reaches, outermost only; None when that is not known, since
        some rules are undecided.
      idle_heartbeats: those that wait for an alert that none of them is.
      findings: faults of files and what rules and senders make of each other.
      files: how many files of others were read.
      inhibitions: how many inhibit rules a sender has, which may hold back any of it.
    """

    covered: tuple[Covered, ...]
    idle_routes: tuple[Route, ...] | None
    idle_heartbeats: tuple[Heartbeat, ...] | None
    findings: tuple[Finding, ...]
    files: int
    inhibitions: int

    @property
    def counts(self) -> Mapping[str, int]:
        """How many rules there are of each kind that there are some of, the worst first."""
        counted = Counter(each.kind for each in self.covered)
        return {kind: counted[kind] for kind in KINDS if counted[kind]}


def summed_up(
    ruleset: RuleSet, covered: Sequence[Covered], findings: Sequence[Finding], files: int, inhibitions: int
) -> Summary:
    """Return the summary of all covered rules."""
    order = list(KINDS)
    ordered = tuple(
        sorted(covered, key=lambda each: (order.index(each.kind), each.rule.place.file, each.rule.place.line))
    )
    routes: tuple[Route, ...] | None = None
    heartbeats: tuple[Heartbeat, ...] | None = None
    if not any(each.undecided for each in covered):
        shared = {id(each.outcomes): each.outcomes for each in covered}
        reached = {name for outcomes in shared.values() for each in outcomes for name in each.entered}
        routes = tuple(_idle(ruleset.routes, reached))
        heartbeats = tuple(
            each
            for each in ruleset.heartbeats.values()
            if each.matchers is not None and f"heartbeat {each.name}" not in reached
        )
    return Summary(ordered, routes, heartbeats, tuple(findings), files, inhibitions)


def _idle(routes: Sequence[Route], reached: set[str]) -> Iterator[Route]:
    for route in routes:
        if route.name in reached:
            yield from _idle(route.routes, reached)
        else:
            yield route


def unheard(
    covered: Sequence[Covered], matchers: Sequence[Matcher] | None, path_of: PathOf
) -> tuple[Finding, ...]:
    """Return an error for each rule that must reach somebody and reaches nobody, whatever its labels are.

    Parameters:
      matchers: which rules must; None for none of them.
    """
    findings: list[Finding] = []
    for each in covered if matchers is not None else ():
        kinds = {outcome.kind for outcome in each.outcomes}
        if each.undecided or not kinds <= {"nobody", "swallowed"} or not each.rule.counts_for(matchers or ()):
            continue
        why = "; ".join(dict.fromkeys(consequence_of(outcome, each, path_of) for outcome in each.outcomes))
        Faults(findings).error(
            "rule-reaches-nobody",
            each.rule.place,
            f"alerts of {printed(each.rule.name)} page nobody here: {why}. Let a route page somebody "
            "for them.",
        )
    return tuple(findings)
