"""How cases went: as text, and as a JUnit report, which every CI system shows."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from rules.cases import Outcome
from rules.explain import labelled, trace_lines
from rules.findings import Finding
from rules.junit import Entry, document
from rules.report import GREEN, RED, count, painter, printable


def as_text(outcomes: Sequence[Outcome], path_of: Callable[[str], str], *, color: bool = False) -> str:
    """Return a line for each case, what a failing one expected and got below it, and a summary.

    Parameters:
      path_of: makes of a case's file the path as seen from the working directory.
    """
    paint = painter(color)
    lines = []
    for outcome in outcomes:
        mark = paint("ok  ", GREEN) if outcome.passed else paint("FAIL", RED)
        place = outcome.case.place
        lines.append(f"{mark}  {path_of(place.file)}:{place.line}  {printable(outcome.case.name)}")
        if not outcome.passed:
            lines.append(failure_text(outcome))
    failed = sum(not outcome.passed for outcome in outcomes)
    summary = f"{count(len(outcomes), 'case')}: "
    summary += paint(f"{failed} failed", RED) if failed else "all as expected"
    return "".join(f"{line}\n" for line in [*lines, summary])


def failure_text(outcome: Outcome) -> str:
    """Return what a failing case expected, what it got, and the trace."""
    lines = []
    for mismatch in outcome.mismatches:
        lines += labelled(mismatch.field, [f"expected {mismatch.expected}", f"got      {mismatch.got}"])
    trace = [line for each in outcome.explained for line in trace_lines(each.decision.terminal)]
    return "\n".join([*lines, *labelled("trace", trace)])


def as_junit(outcomes: Sequence[Outcome], findings: Sequence[Finding], path_of: Callable[[str], str]) -> str:
    """Return a JUnit report with a suite for each case file, in order.

    Parameters:
      findings: faults that kept cases from being run; each is an erroneous test case.
      path_of: makes of a file's name the path as seen from the working directory.
    """
    by_file: dict[str, tuple[list[Entry], list[Entry]]] = {}
    for outcome in outcomes:
        by_file.setdefault(path_of(outcome.case.place.file), ([], []))[1].append(_entry(outcome))
    for finding in findings:
        file = path_of(finding.place.file)
        name = f"{file}:{finding.place.line}:{finding.place.column}"
        fault = Entry(name, outcome="error", message=finding.message, kind=finding.code)
        by_file.setdefault(file, ([], []))[0].append(fault)
    return document({file: [*faults, *cases] for file, (faults, cases) in by_file.items()})


def _entry(outcome: Outcome) -> Entry:
    case = outcome.case
    if outcome.passed:
        return Entry(case.name, case.place.line)
    fields = ", ".join(mismatch.field for mismatch in outcome.mismatches)
    message = f"not as expected: {fields}"
    return Entry(case.name, case.place.line, "failure", message, "expectation", failure_text(outcome))
