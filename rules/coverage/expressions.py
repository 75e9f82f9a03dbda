"""Which labels the results of a PromQL expression can have: a small parser that knows when it does not know.

It follows Prometheus (promql/engine.go: aggregation, resultMetric, createLabelsForAbsentFunction). LogQL and
MetricsQL mean the same where they are written the same; what only they have is not read, and then nothing is
claimed.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from functools import lru_cache

from rules.coverage.functions import AGGREGATIONS, BARE, CHOOSING, KEEPING, SCALARS
from rules.coverage.knowledge import ANYTHING, NO_LABELS, Knowledge
from rules.coverage.tokens import ExpressionError, Token, tokens_of
from rules.coverage.vectors import (
    Matching,
    Scalar,
    Value,
    Vector,
    first_vector,
    joined,
    made_of,
    of_absent,
    of_selector,
)
from rules.matchers import Matcher, MatcherError, make_matcher

MAX_NESTED = 40

_LEVELS: tuple[frozenset[str], ...] = (
    frozenset(("or",)),
    frozenset(("and", "unless")),
    frozenset(("==", "!=", "<", ">", "<=", ">=")),
    frozenset(("+", "-")),
    frozenset(("*", "/", "%", "atan2")),
    frozenset(("^",)),
)


@lru_cache(maxsize=4096)
def labels_of(expression: str) -> tuple[Knowledge, ...]:
    """Return what is known of the labels of an expression's results: one of the alternatives holds for each.

    The name of the metric is not among them, since no alert has it. An expression that is not read gives
    ANYTHING.
    """
    try:
        value = _Parser(tokens_of(expression)).whole()
    except ExpressionError:
        return (ANYTHING,)
    if isinstance(value, Scalar):
        return (NO_LABELS,)
    return tuple(known.with_value("__name__", "") for known in value.alternatives)


class _Parser:
    """Reads one expression, working out labels on the way."""

    def __init__(self, tokens: Sequence[Token]) -> None:
        self._tokens = tokens
        self._at = 0
        self._depth = 0

    def whole(self) -> Value:
        value = self._binary(0)
        if self._peek().kind != "end":
            raise ExpressionError("goes on where it should end")
        return value

    def _peek(self) -> Token:
        return self._tokens[self._at]

    def _next(self) -> Token:
        token = self._tokens[self._at]
        self._at += token.kind != "end"
        return token

    def _has(self, *signs: str) -> bool:
        token = self._peek()
        return token.kind in ("sign", "name") and token.text.lower() in signs

    def _take(self, *signs: str) -> bool:
        if self._has(*signs):
            self._at += 1
            return True
        return False

    def _expect(self, sign: str) -> None:
        if not self._take(sign):
            raise ExpressionError(f"has no {sign} where one is due")

    def _binary(self, level: int) -> Value:
        if level == len(_LEVELS):
            return self._unary()
        left = self._binary(level + 1)
        while self._has(*_LEVELS[level]):
            operator = self._next().text.lower()
            self._take("bool")
            matching = self._matching()
            # `^` binds to the right; for the labels that makes no difference.
            left = joined(operator, left, self._binary(level + 1), matching)
        return left

    def _matching(self) -> Matching:
        on, ignoring = None, frozenset[str]()
        if self._take("on"):
            on = frozenset(self._names())
        elif self._take("ignoring"):
            ignoring = frozenset(self._names())
        for side in ("group_left", "group_right"):
            if self._take(side):
                included = self._names() if self._has("(") else ()
                return Matching(on, ignoring, side, included)
        return Matching(on, ignoring)

    def _names(self) -> tuple[str, ...]:
        self._expect("(")
        names: list[str] = []
        while not self._take(")"):
            token = self._next()
            if token.kind not in ("name", "text"):
                raise ExpressionError("lists what is no label")
            names.append(token.text)
            if not self._has(")"):
                self._expect(",")
        return tuple(names)

    def _unary(self) -> Value:
        self._depth += 1
        if self._depth > MAX_NESTED:
            raise ExpressionError("is nested too deeply")
        signed = False
        while self._take("-", "+"):
            signed = True
        value = self._followed(self._operand())
        self._depth -= 1
        return replace(value, bare=False) if signed and isinstance(value, Vector) else value

    def _followed(self, value: Value) -> Value:
        """Return a value with its range, offset and `@`, none of which touches labels."""
        while True:
            if self._take("["):
                while not self._take("]"):
                    token = self._next()
                    if token.kind == "end":
                        raise ExpressionError("has a range that does not end")
                    if ":" in token.text and isinstance(value, Vector):
                        value = replace(value, bare=False)
            elif self._take("offset"):
                self._take("-", "+")
                if self._next().kind != "number":
                    raise ExpressionError("has an offset that is not read")
            elif self._take("@"):
                self._take("-", "+")
                if self._next().kind == "name":
                    self._names()
            else:
                return value

    def _operand(self) -> Value:
        if self._take("("):
            value = self._binary(0)
            self._expect(")")
            return replace(value, bare=False) if isinstance(value, Vector) else value
        if self._has("{"):
            return self._selector()
        token = self._next()
        if token.kind == "number":
            return Scalar()
        if token.kind == "text":
            return Scalar(token.text)
        if token.kind != "name":
            raise ExpressionError("has no value where one is due")
        word = token.text.lower()
        if word in AGGREGATIONS and self._has("(", "by", "without"):
            return self._aggregation(word)
        if self._has("("):
            return self._call(token.text)
        if word in ("inf", "nan"):
            return Scalar()
        return self._selector()

    def _selector(self) -> Vector:
        matchers: list[Matcher] = []
        if self._take("{"):
            while not self._take("}"):
                matchers += self._matcher()
                if not self._has("}"):
                    self._expect(",")
        return Vector((of_selector(matchers),), tuple(matchers))

    def _matcher(self) -> list[Matcher]:
        name = self._next()
        if name.kind == "text" and self._has(",", "}"):
            return []  # the metric's name, in quotes
        operator, value = self._next().text, self._next()
        if name.kind not in ("name", "text") or value.kind != "text":
            raise ExpressionError("has a matcher that is not read")
        if operator not in ("=", "!=", "=~", "!~"):
            raise ExpressionError("has a matcher that is not read")
        try:
            return [make_matcher(name.text, operator, value.text)]  # type: ignore[arg-type]
        except MatcherError:
            raise ExpressionError("has a regular expression that is not RE2's") from None

    def _arguments(self) -> list[Value]:
        self._expect("(")
        values: list[Value] = []
        while not self._take(")"):
            values.append(self._binary(0))
            if not self._has(")"):
                self._expect(",")
        return values

    def _aggregation(self, word: str) -> Vector:
        grouping = self._grouping()
        arguments = self._arguments()
        grouping = grouping or self._grouping()
        vector = first_vector(arguments)
        if word in CHOOSING:
            return Vector(vector.alternatives)
        way, names = grouping or ("by", ())
        alternatives = [
            known.keeping(names) if way == "by" else known.dropping((*names, "__name__"))
            for known in vector.alternatives
        ]
        if word == "count_values":
            counted = next((each.text for each in arguments if isinstance(each, Scalar)), None)
            if counted is None:
                raise ExpressionError("counts values under a label that is not read")
            alternatives = [known.forgetting(counted) for known in alternatives]
        return made_of(alternatives)

    def _grouping(self) -> tuple[str, tuple[str, ...]] | None:
        for way in ("by", "without"):
            if self._take(way):
                return way, self._names()
        return None

    def _call(self, name: str) -> Value:
        arguments = self._arguments()
        if name in KEEPING:
            vectors = [each for each in arguments if isinstance(each, Vector)]
            return Vector(vectors[0].alternatives) if vectors else Vector((NO_LABELS,))
        if name in BARE:
            return Vector((NO_LABELS,))
        if name in SCALARS:
            return Scalar()
        if name in ("absent", "absent_over_time"):
            return of_absent(first_vector(arguments))
        if name in ("histogram_quantile", "histogram_fraction"):
            return made_of(known.forgetting("le") for known in first_vector(arguments).alternatives)
        if name in ("label_replace", "label_join"):
            written = arguments[1] if len(arguments) > 1 else None
            if not isinstance(written, Scalar) or written.text is None:
                raise ExpressionError(f"writes a label by {name} that is not read")
            label = written.text
            return made_of(known.forgetting(label) for known in first_vector(arguments).alternatives)
        return Vector((ANYTHING,))
