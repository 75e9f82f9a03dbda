"""What `rules check` found, as text, JSON, GitHub annotations and SARIF."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Literal
from urllib.parse import quote

from rules.codes import CODES
from rules.model import Finding, Place

FORMATS = ("text", "json", "github", "sarif")
Format = Literal["text", "json", "github", "sarif"]

RED, GREEN, YELLOW, BOLD, DIM = "\x1b[31m", "\x1b[32m", "\x1b[33m", "\x1b[1m", "\x1b[2m"
_RESET = "\x1b[0m"

# A contact's URL is a secret, and what a log of CI shows many can read.
_SECRET = frozenset(("bad-contact", "unset-secret"))
_URL = re.compile("(?<=://)[^\\s\"',\\]}]+")


@dataclass(frozen=True, slots=True)
class Checked:
    """What `rules check` found, and how to show it.

    Parameters:
      findings: in the order in which they are shown.
      files: how many rule files were read.
      revision: of the rules; empty when they did not load.
      path_of: makes of a place's file the path as seen from the working directory, with `/` between.
      source_line: the text of the line at a place, None when it is not known.
    """

    findings: tuple[Finding, ...]
    files: int
    revision: str
    path_of: Callable[[str], str]
    source_line: Callable[[Place], str | None]

    @property
    def errors(self) -> int:
        """How many findings keep the rules from loading."""
        return sum(finding.severity == "error" for finding in self.findings)

    @property
    def warnings(self) -> int:
        """How many findings do not."""
        return len(self.findings) - self.errors


def render(checked: Checked, form: Format, *, color: bool = False) -> str:
    """Return the report in one of FORMATS, with a final newline unless it is empty."""
    if form == "json":
        return as_json(checked)
    if form == "github":
        return as_github(checked)
    if form == "sarif":
        return as_sarif(checked)
    return as_text(checked, color=color)


def as_text(checked: Checked, *, color: bool = False) -> str:
    """Return the findings as a compiler prints them, with source line and caret, and a summary."""
    paint = painter(color)
    blocks = [_block(finding, checked, paint) for finding in checked.findings]
    return "".join(f"{block}\n" for block in [*blocks, _summary(checked, paint)])


def _block(finding: Finding, checked: Checked, paint: Callable[[str, str], str]) -> str:
    where = f"{checked.path_of(finding.place.file)}:{finding.place.line}:{finding.place.column}"
    severity = paint(finding.severity, RED if finding.severity == "error" else YELLOW)
    head = f"{paint(where, BOLD)}: {severity}: {printable(finding.message)} {paint(f'[{finding.code}]', DIM)}"
    source = checked.source_line(finding.place)
    if source is None or finding.code in _SECRET or "contacts" in source:
        return head
    masked = _URL.sub(lambda url: "*" * len(url[0]), source)
    shown = printable(masked)
    # A tab before the fault is kept in the caret's line, so that both are as wide on any terminal.
    indent = "".join("\t" if sign == "\t" else " " for sign in shown[: finding.place.column - 1])
    return f"{head}\n    {shown}\n    {indent}{paint('^', RED)}"


def _summary(checked: Checked, paint: Callable[[str, str], str]) -> str:
    read = f"{count(checked.files, 'file')} read"
    if checked.errors:
        return f"{read}: {paint(count(checked.errors, 'error'), RED)}, {count(checked.warnings, 'warning')}"
    revision = f" @{checked.revision}" if checked.revision else ""
    return f"{read}: no errors, {count(checked.warnings, 'warning')}{revision}"


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
        }
        for finding in checked.findings
    ]
    return dump({"findings": findings, "errors": checked.errors, "warnings": checked.warnings})


def as_github(checked: Checked) -> str:
    """Return workflow commands that GitHub shows beside the lines of a pull request.

    The escaping is that of https://github.com/actions/toolkit, packages/core/src/command.ts.
    """
    return "".join(
        f"::{finding.severity} file={_property(checked.path_of(finding.place.file))}"
        f",line={finding.place.line},col={finding.place.column},title={_property(finding.code)}"
        f"::{_data(finding.message)}\n"
        for finding in checked.findings
    )


def _data(text: str) -> str:
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    return _data(text).replace(":", "%3A").replace(",", "%2C")


def as_sarif(checked: Checked) -> str:
    """Return a SARIF 2.1.0 log (OASIS, section 3), as code scanning services read it."""
    codes = sorted({finding.code for finding in checked.findings})
    driver = {
        "name": "pingparrot rules check",
        "rules": [{"id": code, "shortDescription": {"text": CODES[code]}} for code in codes],
    }
    results = [_sarif_result(finding, codes.index(finding.code), checked) for finding in checked.findings]
    run = {"tool": {"driver": driver}, "columnKind": "unicodeCodePoints", "results": results}
    return dump(
        {
            "$schema": "https://json.schemastore.org/sarif-2.1.0.json",
            "version": "2.1.0",
            "runs": [run],
        }
    )


def _sarif_result(finding: Finding, rule_index: int, checked: Checked) -> Mapping[str, object]:
    path = checked.path_of(finding.place.file)
    region = {"startLine": finding.place.line, "startColumn": finding.place.column}
    uri = ("file://" if path.startswith("/") else "") + quote(path)
    return {
        "ruleId": finding.code,
        "ruleIndex": rule_index,
        "level": finding.severity,
        "message": {"text": finding.message},
        "locations": [{"physicalLocation": {"artifactLocation": {"uri": uri}, "region": region}}],
    }


def printable(line: str) -> str:
    """Return a line that no terminal takes orders from; what cannot be shown becomes U+FFFD."""
    return "".join(sign if sign.isprintable() or sign == "\t" else "\ufffd" for sign in line)


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
