"""What libyaml stumbles over, in plain English: what is wrong, the likely cause, and what to do.

libyaml says where it could not go on ("did not find expected key"), which is often a line below the mistake,
and in words of its grammar. What stands at that place and just before tells the likely mistake.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

Where = tuple[int, int]
"""A line and a column, from 1."""

_INDENT = re.compile(r"[ \t]*")
_COLON = re.compile(r":(?:\s|$)")
_PRESSED = re.compile(r"^\s*(?:- )?[\w-]+:(?![\s/]|$)")
_MATCHER = re.compile(r"=~|!~|!=|=\"")

QUOTE_MATCHER = "put single quotes around a matcher whose value holds a bracket, a brace or a comma"


_BREAK = re.compile("\r\n|[\n\r\x85\u2028\u2029]")


def lines_of(text: str) -> list[str]:
    """Return the lines of a text as libyaml counts them."""
    return _BREAK.split(text)


@dataclass(frozen=True, slots=True)
class _Stumble:
    """Where libyaml could not go on, and where what it was reading begins."""

    problem: str
    at: Where
    since: Where | None
    lines: Sequence[str]

    def line(self, number: int) -> str:
        return self.lines[number - 1] if 0 < number <= len(self.lines) else ""

    @property
    def sign(self) -> str:
        return self.line(self.at[0])[self.at[1] - 1 : self.at[1]]

    @property
    def before(self) -> str:
        """The line up to where it could not go on."""
        return self.line(self.at[0])[: self.at[1] - 1]

    @property
    def above(self) -> int:
        """The last line before that says something; 0 when there is none."""
        said = (n for n in range(self.at[0] - 1, 0, -1) if self.line(n).split("#")[0].strip())
        return next(said, 0)


def told(error: Any, text: str) -> tuple[Where, str]:
    """Return where a mistake stands and a sentence about it.

    Parameters:
      error: a yaml.MarkedYAMLError.
      text: what was read.
    """
    lines = lines_of(text)
    at = _where(error.problem_mark, lines) or _where(error.context_mark, lines) or (1, 1)
    stumble = _Stumble(error.problem or "it cannot be read", at, _where(error.context_mark, lines), lines)
    for problem, tell in _TOLD.items():
        if stumble.problem.startswith(problem):
            return tell(stumble)
    return at, f"{stumble.problem}: check the indentation, quotes and brackets here and in the line above."


def _where(mark: Any, lines: Sequence[str]) -> Where | None:
    """Return a mark as a place in the text: libyaml takes its end for a line more."""
    if mark is None:
        return None
    if mark.line >= len(lines):
        return len(lines), len(lines[-1]) + 1
    return mark.line + 1, mark.column + 1


def _start(stumble: _Stumble) -> tuple[Where, str]:
    if stumble.sign == "\t":
        return _tab(stumble)
    return stumble.at, f"a value cannot begin with {stumble.sign}: put the whole value in quotes."


def _tab(stumble: _Stumble) -> tuple[Where, str]:
    return stumble.at, "a tab stands here, but YAML is indented by spaces only: replace it by spaces."


def _colon(stumble: _Stumble) -> tuple[Where, str]:
    line, above = stumble.at[0], stumble.above
    if _COLON.search(stumble.before):
        return stumble.at, (
            "a second colon with a space behind it stands on this line: put the value in quotes, or begin a "
            "new line for a new key."
        )
    pressed = _PRESSED.match(stumble.line(above))
    if pressed:
        return (above, pressed.end()), 'a space is missing behind this colon: write "key: value".'
    if _indent(stumble.line(line)) <= _indent(stumble.line(above)) or not _COLON.search(stumble.line(above)):
        column = len(stumble.line(above).rstrip()) + 1
        return (above, column), "a colon is missing at the end of this line: write one behind a key."
    return (line, _indent(stumble.line(line)) + 1), (
        f"this line is indented deeper than line {above}, whose key has its value already: let keys of one "
        "mapping begin in one column."
    )


def _outside(stumble: _Stumble) -> tuple[Where, str]:
    """Tell of a token that belongs to nothing: a line in a column of its own, or text behind a quoted one."""
    if stumble.before.strip():
        opened = _odd_quote(stumble)
        if opened is not None:
            return opened, "a quote opens here and is not closed on its line: close it."
        return stumble.at, (
            "this stands behind a value that has ended already: put quotes around the whole value (single "
            "ones when it holds double quotes)."
        )
    if stumble.since is not None and stumble.since[1] == stumble.at[1]:
        return stumble.at, _mixed(stumble, stumble.since[0])
    beginning = f" (line {stumble.since[0]} begins in column {stumble.since[1]})" if stumble.since else ""
    return stumble.at, (
        f"this line begins in column {stumble.at[1]}, where nothing above it begins{beginning}: let keys of "
        "one mapping, and the - of one list, stand in one column, indented by spaces."
    )


def _mixed(stumble: _Stumble, first: int) -> str:
    """Tell of a line of a list among those of a mapping, or the other way round."""
    if stumble.sign == "-":
        return (
            f"a - stands here, but in this column the lines from line {first} on are keys: let it stand "
            "below the - of its own list, or write the key that the list belongs to."
        )
    return (
        f"a - is missing: in this column the lines from line {first} on are a list. Begin this line with "
        "one, or indent it deeper when it belongs to the line above."
    )


def _odd_quote(stumble: _Stumble) -> Where | None:
    first = stumble.since[0] if stumble.since else stumble.at[0]
    for number in range(first, stumble.at[0] + 1):
        line = stumble.line(number)
        for quote in "\"'":
            opened = re.search(rf"(?:^|[\s,\[{{:]){quote}", line)
            if opened and line.count(quote) % 2:
                return number, opened.end()
    return None


def _bracket(stumble: _Stumble) -> tuple[Where, str]:
    closing = "}" if "}" in stumble.problem else "]"
    rest = stumble.line(stumble.at[0])[stumble.at[1] - 1 :].strip()
    if stumble.since is not None and (stumble.since[0] != stumble.at[0] or not rest):
        opening = "{" if closing == "}" else "["
        until = f", before line {stumble.at[0]}" if rest else ""
        return stumble.since, f"this {opening} is not closed by a {closing}: add it{until}."
    matcher = f", {QUOTE_MATCHER}" if _MATCHER.search(stumble.line(stumble.at[0])) else ""
    return stumble.at, f"a comma or a {closing} is missing before this, or a value needs quotes{matcher}."


def _open_quote(stumble: _Stumble) -> tuple[Where, str]:
    where = stumble.since or stumble.at
    matcher = f", or {QUOTE_MATCHER}" if _MATCHER.search(stumble.line(where[0])) else ""
    return where, f"a quote opens here and is closed nowhere: close it{matcher}."


def _alias(stumble: _Stumble) -> tuple[Where, str]:
    where = stumble.since or stumble.at
    sign = stumble.line(where[0])[where[1] - 1 : where[1]]
    return where, f"a value cannot begin with {sign}: put it in quotes."


def _lone_line(stumble: _Stumble) -> tuple[Where, str]:
    where = stumble.since or stumble.at
    pressed = _PRESSED.match(stumble.line(where[0]))
    if pressed:
        return (where[0], pressed.end()), 'a space is missing behind this colon: write "key: value".'
    return where, 'this line has no colon: write "key: value", or put a - before it when it is one of a list.'


def _escape(stumble: _Stumble) -> tuple[Where, str]:
    return stumble.at, (
        "in double quotes a backslash begins an escape, and there is none like this: put the text in single "
        "quotes, or double the backslash."
    )


def _dash(stumble: _Stumble) -> tuple[Where, str]:
    return stumble.at, "a - of a list cannot stand behind a key: begin a new line with it, or write [a, b]."


def _tag(stumble: _Stumble) -> tuple[Where, str]:
    return stumble.since or stumble.at, "a value cannot begin with !: put it in quotes."


def _indent(line: str) -> int:
    found = _INDENT.match(line)
    return found.end() if found else 0


_TOLD = {
    "found character that cannot start any token": _start,
    "found a tab character": _tab,
    "mapping values are not allowed": _colon,
    "did not find expected key": _outside,
    "did not find expected '-' indicator": _outside,
    "did not find expected <document start>": _outside,
    "did not find expected ','": _bracket,
    "found unexpected end of stream": _open_quote,
    "found unexpected document indicator": _open_quote,
    "did not find expected alphabetic": _alias,
    "could not find expected ':'": _lone_line,
    "found unknown escape character": _escape,
    "did not find expected hexdecimal number": _escape,
    "block sequence entries are not allowed": _dash,
    "found undefined tag handle": _tag,
    "did not find expected '!'": _tag,
    "did not find expected tag": _tag,
    "did not find expected whitespace or line break": _tag,
}
