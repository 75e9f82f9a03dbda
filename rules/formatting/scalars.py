"""How a scalar is spelt: without quotes where they add nothing, with them where they guard."""

from __future__ import annotations

import re
from typing import Any

from yaml.nodes import ScalarNode as YamlScalar
from yaml.resolver import Resolver

from rules.document import ScalarNode
from rules.formatting.written import Scalar
from rules.places import Place

_HERE = Place("", 1)
_INDICATORS = frozenset("-?:,[]{}#&*!|>'\"%@`=<")
_FLOW_SIGNS = frozenset(",[]{}?")
_TEXT = "tag:yaml.org,2002:str"
_RESOLVER: Any = Resolver()

# YAML 1.1 reads these as numbers of base 60, which our `22:30` is not.
_SEXAGESIMAL = re.compile(r"[-+]?[0-9][0-9_]*(?::[0-5]?[0-9])+(?:\.[0-9_]*)?")
# Numbers of YAML 1.2's core schema that 1.1 does not know.
_NUMBER = re.compile(r"[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?|0o[0-7]+")
_ESCAPES = {"\\": "\\\\", '"': '\\"', "\n": "\\n", "\t": "\\t", "\0": "\\0", "\x85": "\\N"}


def spelled(scalar: Scalar, *, flow: bool, key: bool = False) -> str:
    """Return a scalar that is no block as it is written on one line.

    Parameters:
      flow: whether it stands between brackets.
      key: whether it is a key, of which only the text counts.
    """
    node = ScalarNode(scalar.text, scalar.style, _HERE)
    if node.is_null and not key:
        return scalar.text or ("null" if flow else "")
    if node.boolean is not None or node.integer is not None:
        return scalar.text
    plain = _may_be_plain(scalar.text, flow) and not _SEXAGESIMAL.fullmatch(scalar.text)
    if scalar.style or key:
        plain = plain and (not scalar.style or not _reads_otherwise(scalar.text))
    return scalar.text if plain else quoted(scalar.text)


def quoted(text: str) -> str:
    """Return a text in double quotes, or in single ones where those need fewer escapes."""
    if not text.isprintable():
        return '"' + "".join(_escaped(sign) for sign in text) + '"'
    if '"' in text or "\\" in text:
        return "'" + text.replace("'", "''") + "'"
    return f'"{text}"'


def _escaped(sign: str) -> str:
    if sign in _ESCAPES:
        return _ESCAPES[sign]
    if sign.isprintable():
        return sign
    point = ord(sign)
    return f"\\x{point:02X}" if point < 0x100 else f"\\u{point:04X}" if point < 0x10000 else f"\\U{point:08X}"


def _may_be_plain(text: str, flow: bool) -> bool:
    """Say whether a text without quotes is that text again, to libyaml and to stricter readers."""
    if not text or text != text.strip() or not text.isprintable() or text.startswith(("---", "...")):
        return False
    if text[0] in _INDICATORS and not re.match(r"-[^\s,\[\]{}]", text):
        return False
    if ": " in text or " #" in text or text.endswith(":"):
        return False
    return not flow or not (_FLOW_SIGNS & set(text) or re.search(r":[,\[\]{}]", text))


def _reads_otherwise(text: str) -> bool:
    """Say whether quotes guard a text: without them some YAML reads no text, or people read a key."""
    return (
        ":" in text
        or bool(_NUMBER.fullmatch(text))
        or str(_RESOLVER.resolve(YamlScalar, text, (True, False))) != _TEXT
    )
