"""PromQL cut into tokens."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal, cast

MAX_EXPRESSION = 100_000
MAX_TOKENS = 20_000

Kind = Literal["name", "number", "text", "sign", "macro", "end"]

_TOKEN = re.compile(
    r"""
    (?P<space>\s+|\#[^\n]*)
  | (?P<number>0[xX][0-9a-fA-F_]+ | (?:[0-9][0-9_]*\.?[0-9_]*|\.[0-9]+)(?:[eE][+-]?[0-9]+)?[a-zA-Z0-9]*)
  | (?P<name>[a-zA-Z_:][a-zA-Z0-9_:]*)
  | (?P<text>"(?:[^"\\\n]|\\.)*"|'(?:[^'\\\n]|\\.)*'|`[^`]*`)
  | (?P<sign>==|!=|<=|>=|=~|!~|[-+*/%^<>=(){}\[\],:@])
  | (?P<macro>\$(?:[a-zA-Z_]\w*|\{\w+\}))
    """,
    re.VERBOSE | re.DOTALL,
)
_ESCAPE = re.compile(
    r"\\(?:([abfnrtv\\'\"])|x([0-9a-fA-F]{2})|u([0-9a-fA-F]{4})|U([0-9a-fA-F]{8})|([0-7]{3})|(.?))", re.DOTALL
)
_PLAIN = dict(zip("abfnrtv\\'\"", "\a\b\f\n\r\t\v\\'\"", strict=True))


class ExpressionError(ValueError):
    """An expression that is not read: of another language, or with what is newer than this."""


@dataclass(frozen=True, slots=True)
class Token:
    """One token; a `text` is without its quotes, its escapes read."""

    kind: Kind
    text: str


def tokens_of(expression: str) -> list[Token]:
    """Return the tokens of an expression, the last of them of the kind `end`.

    Raises:
      ExpressionError: for what is no token, and for an expression that is too long.
    """
    if len(expression) > MAX_EXPRESSION:
        raise ExpressionError("is too long")
    tokens: list[Token] = []
    at = 0
    while at < len(expression):
        found = _TOKEN.match(expression, at)
        if found is None or len(tokens) >= MAX_TOKENS:
            raise ExpressionError(f"is not read from character {at + 1} on")
        at = found.end()
        if found["text"] is not None:
            tokens.append(Token("text", unquoted(found["text"])))
        elif found["space"] is None:
            tokens.append(Token(cast("Kind", found.lastgroup), found[0]))
    return [*tokens, Token("end", "")]


def unquoted(text: str) -> str:
    """Return what a quoted text says, by Go's escapes.

    Raises:
      ExpressionError: for an escape that Go does not have.
    """
    inner = text[1:-1]
    return inner if text[0] == "`" or "\\" not in inner else _ESCAPE.sub(_unescaped, inner)


def _unescaped(found: re.Match[str]) -> str:
    plain, two, four, eight, octal, _ = found.groups()
    if plain is not None:
        return _PLAIN[plain]
    code = int(two or four or eight, 16) if two or four or eight else int(octal, 8) if octal else -1
    # \x and \NNN are bytes: above ASCII they are parts of a character, which is not put together here.
    if not 0 <= code <= (0x7F if two or octal else 0x10FFFF):
        raise ExpressionError("has an escape that is not read")
    return chr(code)
