"""Label matchers, with Alertmanager's meaning and both of its parsers' spellings.

`=`, `!=`, `=~` and `!~`; regular expressions are RE2's, anchored at both ends; a label that an alert does
not have is the empty string (Alertmanager: pkg/labels, matcher/parse).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

import re2

from rules.spelling import CLASSIC_NAME, MatcherError, Operator, Triple, parse_classic, parse_utf8, quoted

__all__ = [
    "MAX_MATCHER",
    "Matcher",
    "MatcherError",
    "encoded",
    "loses_brace",
    "make_matcher",
    "parse_matchers",
]

MAX_MATCHER = 4096

_OPPOSITES: dict[Operator, Operator] = {"=": "!=", "!=": "=", "=~": "!~", "!~": "=~"}
_REMEDIES = {
    "invalid perl operator": ". RE2 has no lookaround: exclude by a further matcher, with !~ or !=.",
    "invalid escape sequence: \\Z": ". Leave it out: matchers are anchored at both ends.",
    "invalid escape sequence": ". RE2 has no such escape, and no backreferences: remove or double the \\.",
    "no argument for repetition": ". Put what is repeated before it: .* is anything, \\* a star.",
    "bad repetition operator": ". RE2 has no possessive quantifiers: leave the second sign out.",
    "missing )": ". Close the parenthesis, or write \\( for one in the value.",
    "unexpected )": ". Open the parenthesis, or write \\) for one in the value.",
    "missing ]": ". Close the bracket, or write \\[ for one in the value.",
    "bad repetition count": ". RE2 repeats 1,000 times at most.",
    "invalid repetition size": ". RE2 repeats 1,000 times at most.",
    "trailing \\": ". Double the backslash at the end, or remove it.",
}
_LITERALS = re.compile(r"[^\\.+*?()\[\]{}^$]*")


@dataclass(frozen=True, slots=True)
class Matcher:
    """One condition on one label; `parse_matchers` makes them.

    Parameters:
      literals: for a regular expression that is only a choice of words (`a|b`), the words.
      pattern: the compiled expression of every other `=~` and `!~`.
    """

    name: str
    operator: Operator
    value: str
    literals: frozenset[str] | None = field(default=None, compare=False, repr=False)
    pattern: Any = field(default=None, compare=False, repr=False)

    def holds(self, labels: Mapping[str, str]) -> bool:
        """Return whether it holds for these labels."""
        value = labels.get(self.name, "")
        if self.operator == "=":
            return value == self.value
        if self.operator == "!=":
            return value != self.value
        return self.finds(value) is (self.operator == "=~")

    def finds(self, value: str) -> bool:
        """Return whether a regular expression matches the whole of `value`."""
        if self.literals is not None:
            return value in self.literals
        return self.pattern.fullmatch(encoded(value)) is not None

    @property
    def words(self) -> frozenset[str] | None:
        """The only values for which it holds, or None when there are others."""
        if self.operator == "=":
            return frozenset((self.value,))
        return self.literals if self.operator == "=~" else None

    def negated(self) -> Matcher:
        """Return the matcher that holds where this one does not."""
        return replace(self, operator=_OPPOSITES[self.operator])

    def __str__(self) -> str:
        name = self.name if CLASSIC_NAME.fullmatch(self.name) else quoted(self.name)
        return f"{name}{self.operator}{quoted(self.value)}"


def encoded(value: str) -> bytes:
    """Return a label's value as RE2 reads it; a lone surrogate, which UTF-8 cannot say, becomes `?`."""
    return value.encode("utf-8", "replace")


def make_matcher(name: str, operator: Operator, value: str) -> Matcher:
    """Compile a matcher.

    Raises:
      MatcherError: when the label's name is empty or the regular expression is not RE2's.
    """
    if not name:
        raise MatcherError("has no label name: write one before the operator.")
    if operator in ("=", "!="):
        return Matcher(name, operator, value)
    if _LITERALS.fullmatch(value):
        return Matcher(name, operator, value, literals=frozenset(value.split("|")))
    return Matcher(name, operator, value, pattern=_compiled(value))


def _compiled(expression: str) -> Any:
    options = re2.Options()
    options.log_errors = False
    try:
        return re2.compile(expression, options)
    except re2.error as error:
        reason = error.args[0].decode(errors="replace") if error.args else "is not readable"
        raise MatcherError(
            f"regular expression {quoted(expression)} is not RE2's: {reason}{_remedy(reason)}"
        ) from None
    except UnicodeEncodeError:
        raise MatcherError("regular expression is not UTF-8: correct it.") from None


def _remedy(reason: str) -> str:
    """Return the end of a sentence about a regular expression: what to write instead."""
    return next((remedy for sign, remedy in _REMEDIES.items() if sign in reason), ". Correct it.")


def parse_matchers(text: str) -> tuple[Matcher, ...]:
    """Read one or more matchers, separated by commas, optionally in braces.

    Alertmanager has two parsers. A text that only one of them reads means what that one says; where both
    read it and disagree the text is refused, since which one is asked depends on the sender's version.

    Parameters:
      text: `team="payments"`, `{a="b", c=~"d|e"}`.

    Raises:
      MatcherError: with what to write instead.
    """
    if len(text) > MAX_MATCHER:
        raise MatcherError(f"is longer than {MAX_MATCHER} characters: shorten it.")
    classic, classic_fault = _attempt(parse_classic, text)
    modern, modern_fault = _attempt(parse_utf8, text)
    if classic is None and modern is None:
        raise MatcherError(str(modern_fault or classic_fault))
    if classic is not None and modern is not None and classic != modern:
        raise MatcherError(
            f"is read as {_listed(classic)} by Alertmanager's classic parser and as {_listed(modern)} by its "
            "UTF-8 parser: write it as the one that you mean."
        )
    triples = modern if modern is not None else classic
    if not triples:
        raise MatcherError('is empty: write a matcher such as team="payments".')
    return tuple(make_matcher(*triple) for triple in triples)


def loses_brace(text: str) -> bool:
    """Say whether a text that `parse_matchers` reads ends with a brace that is taken off, and opens none."""
    return text.endswith("}") and not text.startswith("{")


def _listed(triples: list[Triple]) -> str:
    return ", ".join(str(Matcher(*triple)) for triple in triples) or "nothing"


def _attempt(
    parser: Callable[[str], list[Triple]], text: str
) -> tuple[list[Triple] | None, MatcherError | None]:
    try:
        return parser(text), None
    except MatcherError as error:
        return None, error
