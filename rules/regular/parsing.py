"""RE2's syntax, read as RE2 reads it (re2: doc/syntax.txt, re2/parse.cc).

Only expressions that RE2 has compiled are read, so faults need not be found; what is not known here is
undecided.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field, replace

from rules.regular.characters import ALL, ALL_BUT_NEWLINE, Characters, asked, single
from rules.regular.limit import Undecided
from rules.regular.syntax import Choice, Edge, Expression, One, Repeat, Series

MAX_DEPTH = 100

_REPEAT = re.compile(r"\{(0|[1-9][0-9]*)(,(0|[1-9][0-9]*)?)?\}")
_FLAGS = re.compile(r"\(\?([imsU]*)(?:-([imsU]*))?([:)])")
_NAMED = re.compile(r"\(\?P?<\w+>")
_CODE = re.compile(r"\\(?:x\{([0-9A-Fa-f]+)\}|x([0-9A-Fa-f]{2})|([0-7]{1,3}))")
_GROUP = re.compile(r"\\[pP](?:\{[^}]*\}|.)", re.DOTALL)
_CLASS = re.compile(r"\[\^?\]?(?:\[:\^?\w+:\]|\\.|[^\]\\])*\]", re.DOTALL)
_BEYOND_ASCII = re.compile(r"\\[pPxDWS0-7]|\[:\^|[^\x00-\x7f]")
_CONTROLS = {"a": "\a", "f": "\f", "n": "\n", "r": "\r", "t": "\t", "v": "\v"}
_EDGES: dict[str, Edge] = {
    "A": Edge("begin"),
    "z": Edge("end"),
    "b": Edge("boundary"),
    "B": Edge("no boundary"),
}
_COUNTS: dict[str, tuple[int, int | None]] = {"*": (0, None), "+": (1, None), "?": (0, 1)}


@dataclass(frozen=True, slots=True)
class _Flags:
    """What `(?i)`, `(?m)` and `(?s)` have said; `(?U)` changes nothing about what is matched."""

    fold: bool = False
    lines: bool = False
    dot_newline: bool = False

    def changed(self, letters: str, to: bool) -> _Flags:
        names = {"i": "fold", "m": "lines", "s": "dot_newline"}
        return replace(self, **{names[letter]: to for letter in letters if letter in names})


@dataclass(slots=True)
class _Group:
    """A parenthesis that is still open, with the flags to go back to when it closes."""

    outside: _Flags
    options: list[Expression] = field(default_factory=list)
    parts: list[Expression] = field(default_factory=list)

    def next_option(self) -> None:
        whole = self.parts[0] if len(self.parts) == 1 else Series(tuple(self.parts))
        self.options.append(whole)
        self.parts = []

    def closed(self) -> Expression:
        self.next_option()
        return self.options[0] if len(self.options) == 1 else Choice(tuple(self.options))


def parse(text: str) -> Expression:
    """Return an expression that RE2 has compiled, as it understands it.

    Raises:
      Undecided: when it has what is not known here.
    """
    return _Parser(text).parse()


class _Parser:
    def __init__(self, text: str) -> None:
        self._text = text
        self._at = 0
        self._flags = _Flags()
        self._open = [_Group(self._flags)]

    def parse(self) -> Expression:
        while self._at < len(self._text):
            self._read(self._text[self._at])
        return self._open[0].closed()

    def _read(self, sign: str) -> None:
        if sign == "(":
            self._open_group()
        elif sign == "|":
            self._open[-1].next_option()
            self._at += 1
        elif sign == ")":
            group = self._open.pop()
            self._flags = group.outside
            self._add(group.closed(), 1)
        elif sign in _COUNTS:
            self._repeat(*_COUNTS[sign], 1)
        elif sign == "{":
            self._read_brace()
        elif sign == "\\":
            self._read_escape()
        else:
            self._read_one(sign)

    def _read_one(self, sign: str) -> None:
        if sign == "[":
            self._read_class()
        elif sign == ".":
            self._add(One(ALL if self._flags.dot_newline else ALL_BUT_NEWLINE), 1)
        elif sign == "^":
            self._add(Edge("line begin" if self._flags.lines else "begin"), 1)
        elif sign == "$":
            self._add(Edge("line end" if self._flags.lines else "end"), 1)
        else:
            self._add(self._literal(sign), 1)

    def _add(self, part: Expression, length: int) -> None:
        self._open[-1].parts.append(part)
        self._at += length

    def _open_group(self) -> None:
        if len(self._open) > MAX_DEPTH:
            raise Undecided("a regular expression is nested too deep to be decided.")
        flags = _FLAGS.match(self._text, self._at)
        named = _NAMED.match(self._text, self._at)
        if flags is not None:
            changed = self._flags.changed(flags[1], True).changed(flags[2] or "", False)
            if flags[3] == ":":
                self._open.append(_Group(self._flags))
            self._flags = changed
            self._at = flags.end()
        elif named is not None or not self._text.startswith("(?", self._at):
            self._open.append(_Group(self._flags))
            self._at = named.end() if named is not None else self._at + 1
        else:
            raise Undecided("a regular expression has a group that is not decided.")

    def _read_brace(self) -> None:
        counts = _REPEAT.match(self._text, self._at)
        if counts is None:
            self._add(self._literal("{"), 1)
            return
        least = int(counts[1])
        most = least if counts[2] is None else int(counts[3]) if counts[3] is not None else None
        self._repeat(least, most, len(counts[0]))

    def _repeat(self, least: int, most: int | None, length: int) -> None:
        parts = self._open[-1].parts
        parts[-1] = Repeat(parts[-1], least, most)
        self._at += length
        if self._text.startswith("?", self._at):
            self._at += 1

    def _read_class(self) -> None:
        found = _CLASS.match(self._text, self._at)
        if found is None:
            raise Undecided("a regular expression has a class that is not decided.")
        text = found[0]
        negated = text.startswith("[^")
        positive = f"[{text[2:]}" if negated else text
        if _BEYOND_ASCII.search(positive) or text.startswith("[^^"):
            characters = self._asked(text, near=False)
        else:
            characters = self._asked(positive, near=True)
            characters = characters.complement() if negated else characters
        self._add(One(characters), len(text))

    def _read_escape(self) -> None:
        text, at = self._text, self._at
        sign = text[at + 1]
        code = _CODE.match(text, at)
        group = _GROUP.match(text, at)
        if sign == "Q":
            end = text.find("\\E", at)
            for literal in text[at + 2 :] if end < 0 else text[at + 2 : end]:
                self._open[-1].parts.append(self._literal(literal))
            self._at = len(text) if end < 0 else end + 2
        elif sign in _EDGES:
            self._add(_EDGES[sign], 2)
        elif sign in "dsw":
            self._add(One(self._asked(f"\\{sign}", near=True)), 2)
        elif sign in "DSW":
            self._add(One(self._asked(f"\\{sign}", near=False)), 2)
        elif group is not None:
            self._add(One(self._asked(group[0], near=False)), len(group[0]))
        elif code is not None:
            value = int(code[1] or code[2], 16) if code[3] is None else int(code[3], 8)
            self._add(self._literal(chr(value)), len(code[0]))
        elif sign in _CONTROLS:
            self._add(self._literal(_CONTROLS[sign]), 2)
        elif not sign.isalnum() and sign.isascii():
            self._add(self._literal(sign), 2)
        else:
            raise Undecided(f"a regular expression has \\{sign}, which is not decided.")

    def _literal(self, sign: str) -> One:
        if not self._flags.fold or (sign.isascii() and not sign.isalpha()):
            return One(single(sign))
        return One(self._asked(f"\\x{{{ord(sign):X}}}", near=sign.isascii()))

    def _asked(self, atom: str, *, near: bool) -> Characters:
        return asked(f"(?i:{atom})" if self._flags.fold else atom, near=near)
