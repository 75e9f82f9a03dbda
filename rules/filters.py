"""The filters that templates have; those of Jinja2 that could cost too much are done again, within bounds."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from jinja2 import Environment
from jinja2.exceptions import SecurityError
from jinja2.filters import FILTERS as DEFAULT_FILTERS
from jinja2.runtime import Context
from jinja2.utils import pass_context, pass_environment

from rules.budget import MAX_VALUE, bounded, measured, spend

FILTERS = frozenset(
    [
        "abs",
        "capitalize",
        "count",
        "d",
        "default",
        "dictsort",
        "e",
        "escape",
        "first",
        "float",
        "groupby",
        "int",
        "items",
        "join",
        "last",
        "length",
        "list",
        "lower",
        "map",
        "max",
        "min",
        "reject",
        "rejectattr",
        "replace",
        "reverse",
        "round",
        "select",
        "selectattr",
        "sort",
        "string",
        "striptags",
        "sum",
        "title",
        "tojson",
        "trim",
        "truncate",
        "unique",
        "upper",
        "urlencode",
        "wordcount",
    ]
)
_MOST_DIGITS = 100


@pass_context
def concatenated(context: Context, values: Iterable[Any]) -> str:
    """Do what `~` does, within bounds."""
    parts = [str(measured(context, value)) for value in values]
    if sum(map(len, parts)) > MAX_VALUE:
        raise SecurityError(f"a text is longer than {MAX_VALUE:,} characters: shorten it")
    return "".join(parts)


@pass_context
def _joined(
    context: Context, values: Iterable[Any], separator: str = "", attribute: str | None = None
) -> str:
    """Do what Jinja2's `join` does, within bounds."""
    texts: list[str] = []
    length = 0
    for value in values:
        item = value if attribute is None else _attribute(context, value, attribute)
        texts.append(str(measured(context, item)))
        spend(context, len(separator))
        length += len(texts[-1]) + len(separator)
        if length > MAX_VALUE:
            raise SecurityError(f"a text is longer than {MAX_VALUE:,} characters: join less")
    return str(separator).join(texts)


def _attribute(context: Context, value: Any, path: str) -> Any:
    for name in str(path).split("."):
        value = context.environment.getattr(value, name)
    return value


@pass_context
def _replaced(context: Context, text: Any, old: str, new: str) -> str:
    """Do what Jinja2's `replace` does, within bounds."""
    source, old, new = str(text), str(old), str(new)
    length = len(source) + (source.count(old) * len(new))
    if length > MAX_VALUE:
        raise SecurityError(f"a text is longer than {MAX_VALUE:,} characters: replace less")
    spend(context, length)
    return source.replace(old, new)


@pass_context
def _stripped(context: Context, value: Any) -> Any:
    """Do what Jinja2's `striptags` does, which copies the text once for each tag."""
    text = str(value)
    spend(context, len(text) * text.count("<") // 64)
    return DEFAULT_FILTERS["striptags"](text)


@pass_environment
def _summed(environment: Environment, values: Iterable[Any], attribute: Any = None, start: float = 0) -> Any:
    """Do what Jinja2's `sum` does with numbers; lists it would put together again and again."""
    if not isinstance(start, int | float):
        raise SecurityError("sum adds numbers only")
    return DEFAULT_FILTERS["sum"](environment, values, attribute, bounded(start))


def _rounded(value: float, precision: int = 0, method: Any = "common") -> float:
    """Do what Jinja2's `round` does; it would raise 10 to any precision."""
    if not isinstance(precision, int) or abs(precision) > _MOST_DIGITS:
        raise SecurityError(f"round to at most {_MOST_DIGITS} digits")
    rounded: float = DEFAULT_FILTERS["round"](bounded(value), precision, method)
    return rounded


def _whole(value: Any, default: int = 0, base: int = 10) -> Any:
    """Do what Jinja2's `int` does with numbers of a sensible length."""
    if isinstance(value, str) and len(value) > _MOST_DIGITS:
        return default
    return DEFAULT_FILTERS["int"](value, default, base)


BOUNDED = {
    "join": _joined,
    "replace": _replaced,
    "striptags": _stripped,
    "sum": _summed,
    "round": _rounded,
    "int": _whole,
}
