"""What `rules check` found, as text, JSON, GitHub annotations, SARIF and JUnit."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from typing import Literal

from rules.checked import Checked
from rules.codes import address
from rules.findings import Finding, Severity
from rules.junit import Entry, Outcome, document
from rules.loading.faults import MOST_OF_A_SEVERITY
from rules.places import Place
from rules.reached import labels_text, reached_json
from rules.sarif import log

FORMATS = ("text", "json", "github", "sarif", "junit")
Format = Literal["text", "json", "github", "sarif", "junit"]

RED, GREEN, YELLOW, BLUE, BOLD, DIM = "\x1b[31m", "\x1b[32m", "\x1b[33m", "\x1b[34m", "\x1b[1m", "\x1b[2m"
_RESET = "\x1b[0m"

_COLOURS: Mapping[Severity, str] = {"error": RED, "warning": YELLOW, "info": BLUE}
_COMMANDS: Mapping[Severity, str] = {"error": "error", "warning": "warning", "info": "notice"}

# A contact's URL is a secret, and what a log of CI shows many can read.
_SECRET = frozenset(("bad-contact", "plain-secret", "unset-secret"))
_URL = re.compile("(?<=://)[^\\s\"',\\]}]+")


def render(checked: Checked, form: Format, *, color: bool = False) -> str:
    """Return the report in one of FORMATS, with a final newline unless it is empty."""
    if form == "sarif":
        return dump(log(checked))
    if form == "text":
        return as_text(checked, color=color)
    return {"json": as_json, "github": as_github, "junit": as_junit}[form](checked)


def as_text(checked: Checked, *, color: bool = False) -> str:
    """Return the findings as a compiler prints them, with source line and caret, and a summary."""
    paint = painter(color)
    blocks = [_block(finding, checked, paint) for finding in checked.findings]
    lines = [*blocks, _summary(checked, paint)]
    if checked.findings:
        worst = min(checked.findings, key=lambda finding: list(_COLOURS).index(finding.severity))
        lines.append(f"What a code means: pingparrot rules explain-code {worst.code}")
    return "".join(f"{line}\n" for line in lines)


def _block(finding: Finding, checked: Checked, paint: Callable[[str, str], str]) -> str:
    where = _place_text(finding.place, checked)
    severity = paint(finding.severity, _COLOURS[finding.severity])
    head = f"{paint(where, BOLD)}: {severity}: {printable(finding.message)} {paint(f'[{finding.code}]', DIM)}"
    return "\n".join([head, *_below(finding, checked, paint)])


def _below(finding: Finding, checked: Checked, paint: Callable[[str, str], str]) -> list[str]:
    """Return what is shown below a finding: its line, those that it speaks of, and an alert that shows it."""
    lines = [] if finding.code in _SECRET else _source(finding.place, checked, paint)
    for place in finding.related:
        lines += [f"  see {_place_text(place, checked)}", *_source(place, checked, paint)]
    example = _example(finding)
    return [*lines, f"  for example {printable(example)}"] if example else lines


def _example(finding: Finding) -> str:
    """Return the labels of an alert that shows a finding, unless its message has them."""
    labels = "" if finding.witness is None else labels_text(finding.witness)
    return labels if labels not in finding.message else ""


def _place_text(place: Place, checked: Checked) -> str:
    return f"{checked.path_of(place.file)}:{place.line}:{place.column}"


def _source(place: Place, checked: Checked, paint: Callable[[str, str], str]) -> list[str]:
    """Return the source line at a place and a caret below it; nothing where it may hold a secret."""
    source = checked.source_line(place)
    if source is None or "contacts" in source:
        return []
    masked = without_urls(source)
    shown = printable(masked)
    # A tab before the fault is kept in the caret's line, so that both are as wide on any terminal.
    indent = "".join("\t" if sign == "\t" else " " for sign in shown[: place.column - 1])
    return [f"    {shown}", f"    {indent}{paint('^', RED)}"]


def _summary(checked: Checked, paint: Callable[[str, str], str]) -> str:
    errors, warnings, infos = (checked.count(severity) for severity in ("error", "warning", "info"))
    said = [paint(count(errors, "error"), RED) if errors else "no errors", count(warnings, "warning")]
    if infos:
        said.append(f"{infos} info")
    if max(errors, warnings, infos) >= MOST_OF_A_SEVERITY:
        said.append(f"and no more than {MOST_OF_A_SEVERITY} of each are listed")
    revision = f" @{checked.revision}" if checked.revision and not errors else ""
    return f"{count(len(checked.files), 'file')} read: {', '.join(said)}{revision}"


def as_json(checked: Checked) -> str:
    """Return the object that `rules check --format json` prints (docs/rules-tools.md)."""
    findings = [
        {
            "code": finding.code,
            "severity": finding.severity,
            "message": finding.message,
            "file": checked.path_of(finding.place.file),
            "line": finding.place.line,
            "column": finding.place.column,
            "namespace": finding.namespace,
            "docs": address(finding.code),
            "related": [_related(place, checked) for place in finding.related],
            "witness": finding.witness,
        }
        for finding in checked.findings
    ]
    counts = {f"{severity}s": checked.count(severity) for severity in _COLOURS}
    return dump({"findings": findings, **counts, "routes": reached_json(checked)})


def _related(place: Place, checked: Checked) -> dict[str, object]:
    return {"file": checked.path_of(place.file), "line": place.line, "column": place.column}


def as_github(checked: Checked) -> str:
    """Return workflow commands that GitHub shows beside the lines of a pull request.

    The escaping is that of https://github.com/actions/toolkit, packages/core/src/command.ts.
    """
    return "".join(
        f"::{_COMMANDS[finding.severity]} file={_property(checked.path_of(finding.place.file))}"
        f",line={finding.place.line},col={finding.place.column},title={_property(finding.code)}"
        f"::{_data(finding.message + _for_example(finding))}\n"
        for finding in checked.findings
    )


def _for_example(finding: Finding) -> str:
    example = _example(finding)
    return f" For example {example}." if example else ""


def _data(text: str) -> str:
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    return _data(text).replace(":", "%3A").replace(",", "%2C")


def as_junit(checked: Checked) -> str:
    """Return a JUnit report: a suite for each file, which passes when nothing is found in it.

    What does not fail the check is `skipped`, which CI systems show without turning red.
    """
    suites: dict[str, list[Entry]] = {checked.path_of(file): [] for file in checked.files}
    for finding in checked.findings:
        file = checked.path_of(finding.place.file)
        suites.setdefault(file, []).append(_entry(finding, checked))
    return document({file: entries or [Entry("rules check")] for file, entries in suites.items()})


def _entry(finding: Finding, checked: Checked) -> Entry:
    name = f"{_place_text(finding.place, checked)} {finding.code}"
    outcome: Outcome = "skipped"
    if checked.fails(finding):
        outcome = "error" if finding.severity == "error" else "failure"
    details = "\n".join(_below(finding, checked, _plain))
    return Entry(name, finding.place.line, outcome, finding.message, finding.code, details)


def printable(line: str) -> str:
    """Return a line that no terminal takes orders from; what cannot be shown becomes U+FFFD."""
    return "".join(sign if sign.isprintable() or sign == "\t" else "\ufffd" for sign in line)


def without_urls(line: str) -> str:
    """Return a line in which asterisks stand for what URLs say: a contact's is a secret."""
    return _URL.sub(lambda url: "*" * len(url[0]), line)


def count(number: int, noun: str) -> str:
    """Return `1 error`, `2 errors`."""
    return f"{number} {noun}{'' if number == 1 else 's'}"


def painter(color: bool) -> Callable[[str, str], str]:
    """Return what puts a text into a colour, or with `color` False leaves it alone."""
    return _paint if color else _plain


def dump(value: Mapping[str, object]) -> str:
    """Return an object as JSON for people and programs."""
    return json.dumps(value, indent=2, ensure_ascii=False) + "\n"


def _paint(text: str, code: str) -> str:
    return f"{code}{text}{_RESET}"


def _plain(text: str, _code: str) -> str:
    return text
