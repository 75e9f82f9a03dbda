"""JUnit reports, which every CI system shows: what passed, failed, was faulty or was passed over."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from html import escape
from typing import Literal

# XML 1.0, section 2.2: no other control characters, escaped or not. Compiled when first used: it takes long.
_ILLEGAL = "[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]"

Outcome = Literal["passed", "failure", "error", "skipped"]


@dataclass(frozen=True, slots=True)
class Entry:
    """A test case.

    Parameters:
      name: what it promises, or where its fault stands.
      line: of its file; None when the name says it.
      message, kind, details: of what did not pass: one line, a short name and more lines.
    """

    name: str
    line: int | None = None
    outcome: Outcome = "passed"
    message: str = ""
    kind: str = ""
    details: str = ""


def document(suites: Mapping[str, Sequence[Entry]]) -> str:
    """Return a `testsuites` document with a suite for each file, in order.

    Parameters:
      suites: by the file's path as seen from the working directory.
    """
    every = [entry for entries in suites.values() for entry in entries]
    written = "".join(_suite(file, entries) for file, entries in suites.items())
    return (
        f'<?xml version="1.0" encoding="utf-8"?>\n<testsuites name="pingparrot rules"{_totals(every)}>\n'
        f"{written}</testsuites>\n"
    )


def _totals(entries: Iterable[Entry]) -> str:
    outcomes = [entry.outcome for entry in entries]
    return (
        f' tests="{len(outcomes)}" failures="{outcomes.count("failure")}" errors="{outcomes.count("error")}"'
        f' skipped="{outcomes.count("skipped")}"'
    )


def _suite(file: str, entries: Sequence[Entry]) -> str:
    cases = "".join(_case(entry, file) for entry in entries)
    return f"  <testsuite name={_attribute(file)}{_totals(entries)}>\n{cases}  </testsuite>\n"


def _case(entry: Entry, file: str) -> str:
    head = f"    <testcase classname={_attribute(file)} name={_attribute(entry.name)}"
    if entry.line is not None:
        head += f' file={_attribute(file)} line="{entry.line}"'
    if entry.outcome == "passed":
        return f"{head}/>\n"
    tag = f"<{entry.outcome} message={_attribute(entry.message)}"
    if entry.kind and entry.outcome != "skipped":  # the schema gives `skipped` a message and nothing else
        tag += f" type={_attribute(entry.kind)}"
    body = f">{escape(_legal(entry.details), quote=False)}</{entry.outcome}>" if entry.details else "/>"
    return f"{head}>\n      {tag}{body}\n    </testcase>\n"


def _attribute(text: str) -> str:
    return '"' + escape(_legal(text)).replace("\n", "&#10;") + '"'


def _legal(text: str) -> str:
    return re.sub(_ILLEGAL, "\ufffd", text)
