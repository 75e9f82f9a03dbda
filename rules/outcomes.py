"""How cases went: as text, and as a JUnit report, which every CI system shows."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from xml.sax.saxutils import escape, quoteattr

from rules.cases import Outcome
from rules.explain import labelled, trace_lines
from rules.model import Finding
from rules.report import GREEN, RED, count, painter

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
        lines.append(f"{mark}  {path_of(place.file)}:{place.line}  {outcome.case.name}")
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


def as_junit(outcomes: Sequence[Outcome], findings: Sequence[Finding] = ()) -> str:
    """Return a `testsuites` document with a suite for each case file, in order.

    Parameters:
      findings: faults that kept cases from being run; each is an erroneous test case.
    """
    by_file: dict[str, tuple[list[Outcome], list[Finding]]] = {}
    for outcome in outcomes:
        by_file.setdefault(outcome.case.place.file, ([], []))[0].append(outcome)
    for finding in findings:
        by_file.setdefault(finding.place.file, ([], []))[1].append(finding)
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
    cases = "".join([*map(_error, findings), *map(_case, outcomes)])
    return f"  <testsuite name={_attribute(file)}{_totals(outcomes, findings)}>\n{cases}  </testsuite>\n"


def _error(finding: Finding) -> str:
    return (
        f"    <testcase classname={_attribute(finding.place.file)} name={_attribute(str(finding.place))}>\n"
        f"      <error message={_attribute(finding.message)} type={_attribute(finding.code)}/>\n"
        "    </testcase>\n"
    )


def _case(outcome: Outcome) -> str:
    place = outcome.case.place
    head = (
        f"    <testcase classname={_attribute(place.file)} name={_attribute(outcome.case.name)}"
        f' file={_attribute(place.file)} line="{place.line}"'
    )
    if outcome.passed:
        return f"{head}/>\n"
    fields = ", ".join(mismatch.field for mismatch in outcome.mismatches)
    return (
        f'{head}>\n      <failure message={_attribute(f"not as expected: {fields}")} type="expectation">'
        f"{escape(_legal(failure_text(outcome)))}</failure>\n    </testcase>\n"
    )


def _attribute(text: str) -> str:
    return quoteattr(_legal(text))


def _legal(text: str) -> str:
    return _ILLEGAL.sub("\ufffd", text)
