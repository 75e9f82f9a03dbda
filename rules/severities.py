"""What a code's findings count as, where `lint` in the rules or the command line says something else."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace

from rules.codes import every_code
from rules.document import printed
from rules.findings import ChosenLevel, Finding, Level
from rules.loading.faults import Faults, hint


def refusal(name: str) -> str | None:
    """Return why no severity can be chosen for a code, None when one can."""
    code = every_code().get(name)
    if code is None:
        known = hint(name, (each for each, about in every_code().items() if about.adjustable))
        return f"there is no code {printed(name)}.{known}"
    if not code.adjustable:
        return f"{name} keeps rules from loading, and so is always an error: correct what it finds instead."
    return None


def lint_chosen(chosen: Mapping[str, ChosenLevel], findings: list[Finding]) -> None:
    """Note what `lint` names that has no severity to choose.

    No server asks for this: one that does not know a code yet loads the rules all the same.
    """
    for name, level in chosen.items():
        reason = refusal(name)
        if reason is not None:
            Faults(findings).error("unknown-code", level.place, f"lint: {reason}")


def weighed(findings: Iterable[Finding], levels: Mapping[str, Level]) -> list[Finding]:
    """Return the findings with the severities chosen, without those that are `off`."""
    if not levels:
        return list(findings)
    kept = []
    for finding in findings:
        level = levels.get(finding.code)
        if level is None or refusal(finding.code):
            kept.append(finding)
        elif level != "off":
            kept.append(replace(finding, severity=level))
    return kept
