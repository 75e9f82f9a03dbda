"""What loads but cannot be meant: remarks on a loaded rule set, each sound as far as it claims."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from types import MappingProxyType

from rules.document import printed
from rules.findings import Finding, Level
from rules.linting.chains import lint_chains
from rules.linting.heartbeats import lint_heartbeats
from rules.linting.hours import lint_hours
from rules.linting.matchers import lint_matchers
from rules.linting.overlaps import lint_overlaps
from rules.linting.people import lint_people
from rules.linting.priorities import lint_priorities
from rules.linting.roster import lint_roster
from rules.linting.routes import lint_routes
from rules.linting.tree import lint_tree
from rules.loading.behaviour import BUILT_IN_BEHAVIOUR, EVERYBODY
from rules.loading.faults import Faults
from rules.loading.reading import spell_duration
from rules.model import Chain, RuleSet, Step, Terminal
from rules.reach import Reach, reaches
from rules.severities import lint_chosen, weighed

NOTHING_CHOSEN: Mapping[str, Level] = MappingProxyType({})


def with_lint(
    findings: Sequence[Finding],
    ruleset: RuleSet | None,
    now: datetime,
    levels: Mapping[str, Level] = NOTHING_CHOSEN,
    reached: Sequence[Reach] | None = None,
) -> tuple[Finding, ...]:
    """Return the findings of loading and those of lint, in the order of the files.

    While a namespace does not load only errors are added: what is idle may be used there.

    Parameters:
      ruleset: what loads, None when nothing does.
      now: UTC; years that have passed by then never come again.
      levels: by code, what findings count as; this wins over what the rules say of it.
      reached: as for `lint`.
    """
    if ruleset is None:
        return tuple(weighed(findings, levels))
    faulty = any(finding.severity == "error" for finding in findings)
    remarks = [
        found
        for found in lint(ruleset, now, () if faulty else reached)
        if found.severity == "error" or not faulty
    ]
    of_rules = {name: chosen.level for name, chosen in ruleset.lint.items()}
    return tuple(sorted(weighed([*findings, *remarks], {**of_rules, **levels}), key=_in_files))


def lint(ruleset: RuleSet, now: datetime, reached: Sequence[Reach] | None = None) -> tuple[Finding, ...]:
    """Return what is wrong or idle in rules that load.

    Parameters:
      now: UTC; years that have passed by then never come again.
      reached: what `rules.reach.reaches` says of the rules; without it, that is found out here.
    """
    findings: list[Finding] = []
    reaches_known = tuple(reaches(ruleset)) if reached is None else reached
    lint_roster(ruleset, findings)
    lint_routes(ruleset, reaches_known, findings)
    lint_heartbeats(ruleset, reaches_known, findings)
    lint_overlaps(ruleset, reaches_known, findings)
    lint_hours(ruleset, now, findings)
    _lint_late_steps(ruleset, findings)
    _lint_flap_limits(ruleset, findings)
    lint_priorities(ruleset, findings)
    lint_chains(ruleset, _all_terminals(ruleset), findings)
    _lint_unused_chains(ruleset, findings)
    lint_chosen(ruleset.lint, findings)
    lint_people(ruleset, _all_terminals(ruleset), findings)
    lint_tree(ruleset, findings)
    lint_matchers(ruleset, findings)
    return tuple(findings)


def _in_files(finding: Finding) -> tuple[str, int, int]:
    return finding.place.file, finding.place.line, finding.place.column


def _lint_late_steps(ruleset: RuleSet, findings: list[Finding]) -> None:
    late: dict[tuple[str, int], tuple[Chain, Step, list[Terminal]]] = {}
    for terminal in _all_terminals(ruleset):
        chain, expires_s = terminal.chain, terminal.expires_s
        if chain is None or expires_s is None:
            continue
        for step in chain.steps:
            if step.after_s >= expires_s:
                late.setdefault((chain.name, step.after_s), (chain, step, []))[2].append(terminal)
    for chain, step, terminals in late.values():
        first, others = terminals[0], len(terminals) - 1
        also = f" (and so on {others} more)" if others else ""
        Faults(findings, namespace_of(chain.name)).warning(
            "late-step",
            step.place or chain.place,
            f"the step after {spell_duration(step.after_s)} comes too late on {printed(first.name)}{also}: "
            f"its pages expire after {spell_duration(first.expires_s or 0)}, unless more alerts join them. "
            "Let them expire later, or escalate earlier.",
        )


def _lint_flap_limits(ruleset: RuleSet, findings: list[Finding]) -> None:
    for terminal in ruleset.terminals.values():
        given = terminal.flap_limit != BUILT_IN_BEHAVIOUR.flap_limit
        if given and terminal.reopen_within_s == 0 and terminal.suppress is None:
            Faults(findings, namespace_of(terminal.name)).warning(
                "idle-flap-limit",
                terminal.place,
                f"flap_limit {terminal.flap_limit} has no effect on {printed(terminal.name)}: with "
                "reopen_within 0s no alert counts as firing again. Give it a reopen_within, or remove the "
                "limit.",
            )


def _lint_unused_chains(ruleset: RuleSet, findings: list[Finding]) -> None:
    used = _used_chains(_all_terminals(ruleset))
    for name, chain in ruleset.chains.items():
        if name not in used and chain is not EVERYBODY:
            Faults(findings, namespace_of(name)).warning(
                "unused-chain",
                chain.place,
                f"chain {printed(name)} is used by no route or heartbeat: name it in one, or remove it.",
            )


def _all_terminals(ruleset: RuleSet) -> list[Terminal]:
    """Return everything that pages: routes and heartbeats."""
    return [*ruleset.terminals.values(), *(each.terminal for each in ruleset.heartbeats.values())]


def _used_chains(terminals: Iterable[Terminal]) -> set[str]:
    chains = [chain for each in terminals for chain in (each.chain, each.fallback)]
    return {chain.name for chain in chains if chain is not None}


def namespace_of(name: str) -> str:
    """Return the namespace of a qualified name, empty for a shared one."""
    return name.rpartition("/")[0]
