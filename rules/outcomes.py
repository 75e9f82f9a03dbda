"""How cases went: as text, and as a JUnit report, which every CI system shows."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from html import escape

from rules.cases import Outcome
from rules.explain import labelled, trace_lines
from rules.model import Finding
from rules.report import GREEN, RED, count, painter, printable

# XML 1.0, section 2.2: no other control characters, escaped or not.
_ILLEGAL = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


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
    """Return a `testsuites` document with a suite for each case file, in order.

    Parameters:
      findings: faults that kept cases from being run; each is an erroneous test case.
      path_of: makes of a file's name the path as seen from the working directory.
    """
    by_file: dict[str, tuple[list[Outcome], list[Finding]]] = {}
    for outcome in outcomes:
        by_file.setdefault(path_of(outcome.case.place.file), ([], []))[0].append(outcome)
    for finding in findings:
        by_file.setdefault(path_of(finding.place.file), ([], []))[1].append(finding)
    suites = "".join(_suite(file, *of_file) for file, of_file in by_file.items())
    totals = _totals(outcomes, findings)
    return (
        f'<?xml version="1.0" encoding="utf-8"?>\n<testsuites name="pingparrot rules"{totals}>\n'
        f"{suites}</testsuites>\n"
    )


def _totals(outcomes: Sequence[Outcome], findings: Sequence[Finding]) -> str:
    failed = sum(not outcome.passed for outcome in outcomes)
    tests = len(outcomes) + len(findings)
    return f' tests="{tests}" failures="{failed}" errors="{len(findings)}"'


def _suite(file: str, outcomes: Sequence[Outcome], findings: Sequence[Finding]) -> str:
    errors = "".join(_error(finding, file) for finding in findings)
    cases = "".join(_case(outcome, file) for outcome in outcomes)
    return (
        f"  <testsuite name={_attribute(file)}{_totals(outcomes, findings)}>\n{errors}{cases}  </testsuite>\n"
    )


def _error(finding: Finding, file: str) -> str:
    place = _attribute(f"{file}:{finding.place.line}:{finding.place.column}")
    return (
        f"    <testcase classname={_attribute(file)} name={place}>\n"
        f"      <error message={_attribute(finding.message)} type={_attribute(finding.code)}/>\n"
        "    </testcase>\n"
    )


def _case(outcome: Outcome, file: str) -> str:
    case = outcome.case
    head = (
        f"    <testcase classname={_attribute(file)} name={_attribute(case.name)}"
        f' file={_attribute(file)} line="{case.place.line}"'
    )
    if outcome.passed:
        return f"{head}/>\n"
    fields = ", ".join(mismatch.field for mismatch in outcome.mismatches)
    return (
        f'{head}>\n      <failure message={_attribute(f"not as expected: {fields}")} type="expectation">'
        f"{escape(_legal(failure_text(outcome)), quote=False)}</failure>\n    </testcase>\n"
    )


def _attribute(text: str) -> str:
    return '"' + escape(_legal(text)).replace("\n", "&#10;") + '"'


def _legal(text: str) -> str:
    return _ILLEGAL.sub("\ufffd", text)
