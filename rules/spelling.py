"""The two spellings of matchers: Alertmanager's classic parser and its UTF-8 parser.

Both are followed rule by rule (Alertmanager: pkg/labels/parse.go and matcher/parse), because what one of
them tolerates the other refuses or reads differently.
"""

from __future__ import annotations

import re
from typing import Literal

Operator = Literal["=", "!=", "=~", "!~"]
Triple = tuple[str, Operator, str]

CLASSIC_NAME = re.compile(r"[a-zA-Z_:][a-zA-Z0-9_:]*")

_SPACE = " \t\n\f\r"
_HEAD = re.compile(rf"[{_SPACE}]*([a-zA-Z_:][a-zA-Z0-9_:]*)[{_SPACE}]*(=~|=|!=|!~)")
_OPERATORS: dict[str, Operator] = {"=": "=", "!=": "!=", "=~": "=~", "!~": "!~"}
_RESERVED = frozenset("{}!=~,\\\"'`")
_ESCAPE = re.compile(
    r"\\(?:([abfnrtv\\\"])|x([0-9a-fA-F]{2})|([0-3][0-7]{2})|u([0-9a-fA-F]{4})|U([0-9a-fA-F]{8}))"
)
_LETTERS = {"a": "\a", "b": "\b", "f": "\f", "n": "\n", "r": "\r", "t": "\t", "v": "\v", "\\": "\\", '"': '"'}


class MatcherError(ValueError):
    """A matcher that cannot be read; says which and what to write."""


def quoted(text: str) -> str:
    """Return text in double quotes, escaped as both of Alertmanager's parsers read it."""
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n") + '"'


def parse_classic(text: str) -> list[Triple]:
    """Read matchers as Alertmanager before 0.27 does.

    Raises:
      MatcherError: when that parser refuses the text.
    """
    return [_classic_matcher(token) for token in _classic_tokens(text.removeprefix("{").removesuffix("}"))]


def _classic_tokens(text: str) -> list[str]:
    tokens: list[str] = []
    start = 0
    in_quotes = escaped = False
    for position, sign in enumerate(text):
        if sign == "," and not in_quotes:
            tokens.append(text[start:position])
            start = position + 1
        elif sign == '"':
            in_quotes = in_quotes if escaped else not in_quotes
            escaped = False
        elif sign == "\\":
            escaped = not escaped
        elif sign != ",":
            escaped = False
    last = text[start:].strip()
    return [*tokens, last] if last else tokens


def _classic_matcher(token: str) -> Triple:
    head = _HEAD.match(token)
    if head is None:
        raise MatcherError(
            f'{quoted(token)} is not a matcher: write a label name, one of = != =~ !~, and a "value".'
        )
    raw = token[head.end() :].strip(_SPACE)
    return head[1], _OPERATORS[head[2]], _classic_value(raw)


def _classic_value(raw: str) -> str:
    is_quoted = raw.startswith('"')
    body = raw[1:] if is_quoted else raw
    value: list[str] = []
    escaped = False
    closed = not is_quoted
    last = len(body) - 1
    for position, sign in enumerate(body):
        if escaped:
            escaped = False
            value.append({"n": "\n", '"': '"', "\\": "\\"}.get(sign, "\\" + sign))
        elif sign == "\\" and position < last:
            escaped = True
        elif sign == '"':
            if closed or position < last:
                raise MatcherError(f'value {raw} holds a " that is not escaped: write \\" for it.')
            closed = True
        else:
            value.append(sign)
    if not closed:
        raise MatcherError(f'value {raw} has no closing quote: add a ".')
    return "".join(value)


def parse_utf8(text: str) -> list[Triple]:
    """Read matchers as the UTF-8 parser of Alertmanager 0.27 and later does.

    Raises:
      MatcherError: when that parser refuses the text.
    """
    tokens = _utf8_tokens(text)
    if tokens and tokens[0] == ("{", "{"):
        if len(tokens) < 2 or tokens[-1] != ("}", "}"):
            raise MatcherError("it has no closing brace: add a }.")
        tokens = tokens[1:-1]
    triples: list[Triple] = []
    position = 0
    while position < len(tokens):
        triples.append(_utf8_matcher(tokens[position : position + 3]))
        position += 3
        if position < len(tokens):
            if tokens[position] != (",", ","):
                raise MatcherError(f"it needs a comma before {tokens[position][1]}.")
            position += 1
    return triples


def _utf8_matcher(tokens: list[tuple[str, str]]) -> Triple:
    kinds = [kind for kind, _ in tokens]
    if not kinds or kinds[0] not in ("quoted", "bare"):
        raise MatcherError("it lacks a label name: write a name, an operator and a value.")
    if len(kinds) < 2 or kinds[1] != "operator":
        raise MatcherError(f"it lacks an operator after {tokens[0][1]}: write one of = != =~ !~.")
    if len(kinds) < 3 or kinds[2] not in ("quoted", "bare"):
        if [token for _, token in tokens[1:3]] == ["=", "="]:
            raise MatcherError("it has ==: write one = for a value, or =~ for a regular expression.")
        raise MatcherError(f'it lacks a value after {tokens[1][1]}: write one in "quotes".')
    name, value = (_unquoted(token) if kind == "quoted" else token for kind, token in (tokens[0], tokens[2]))
    return name, _OPERATORS[tokens[1][1]], value


def _utf8_tokens(text: str) -> list[tuple[str, str]]:
    tokens: list[tuple[str, str]] = []
    position = 0
    while position < len(text):
        sign = text[position]
        if sign.isspace():
            position += 1
            continue
        kind, end = _utf8_token(text, position)
        tokens.append((kind, text[position:end]))
        position = end
    return tokens


def _utf8_token(text: str, start: int) -> tuple[str, int]:
    sign = text[start]
    if sign in "{},":
        return sign, start + 1
    if sign == "=":
        return "operator", start + (2 if text.startswith("=~", start) else 1)
    if sign == "!":
        if text[start + 1 : start + 2] not in ("=", "~"):
            raise MatcherError("it has a lone !: write != or !~.")
        return "operator", start + 2
    if sign == '"':
        return "quoted", _closing_quote(text, start)
    if sign in _RESERVED:
        if text.startswith("~=", start):
            raise MatcherError("it has ~=: write =~ for a regular expression.")
        raise MatcherError(f'it has an unquoted {sign}: put the value in "quotes".')
    end = start
    while end < len(text) and text[end] not in _RESERVED and not text[end].isspace():
        end += 1
    return "bare", end


def _closing_quote(text: str, start: int) -> int:
    position = start + 1
    while position < len(text):
        if text[position] == "\\":
            position += 1
        elif text[position] == '"':
            return position + 1
        position += 1
    raise MatcherError('it has no closing quote: add a ".')


def _unquoted(token: str) -> str:
    """Return what Go's strconv.Unquote makes of a token in double quotes."""
    body = token[1:-1]
    value = bytearray()
    position = 0
    while position < len(body):
        if body[position] == "\n":
            raise MatcherError(f"{token} holds a line break: write \\n for it.")
        if body[position] != "\\":
            value += body[position].encode("utf-8", "surrogatepass")
            position += 1
            continue
        escape = _ESCAPE.match(body, position)
        if escape is None:
            raise MatcherError(f"{token} holds an escape that is not Go's: write \\\\ for a backslash.")
        value += _escaped_bytes(escape, token)
        position = escape.end()
    try:
        return value.decode("utf-8")
    except UnicodeDecodeError:
        raise MatcherError(f"{token} is not UTF-8 once unescaped: correct its escapes.") from None


def _escaped_bytes(escape: re.Match[str], token: str) -> bytes:
    letter, pair, octal, short, long = escape.groups()
    if letter:
        return _LETTERS[letter].encode()
    if pair:
        return bytes((int(pair, 16),))
    if octal:
        return bytes((int(octal, 8),))
    point = int(short or long, 16)
    if point > 0x10FFFF or 0xD800 <= point <= 0xDFFF:
        raise MatcherError(f"{token} names a character that does not exist: correct its \\u escape.")
    return chr(point).encode()
