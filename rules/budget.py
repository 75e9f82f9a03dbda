"""What one rendering of a template may build and look through, and how often its loops may turn."""

from __future__ import annotations

from collections.abc import ItemsView, Iterable, Iterator, KeysView, ValuesView
from typing import Any

from jinja2.exceptions import SecurityError
from jinja2.runtime import Context
from jinja2.utils import pass_context

MAX_VALUE = 1_000_000
MAX_LOOPS = 20_000
MAX_SIZE = 4_000_000
BUDGET = "what may still be spent"
_EACH = 20  # what anything but a character counts for
_MOST_BITS = 4_096
_HOLDING = (list, tuple, dict, KeysView, ValuesView, ItemsView)


class Budget:
    """How many turns all loops of one rendering may still take, and how much it may still build."""

    __slots__ = ("size", "turns")

    def __init__(self) -> None:
        self.turns = MAX_LOOPS
        self.size = MAX_SIZE


def bounded(value: Any) -> Any:
    """Return a value unless it is longer, or a larger number, than any message needs."""
    if isinstance(value, (str, list, tuple)) and len(value) > MAX_VALUE:
        raise SecurityError(f"a value is longer than {MAX_VALUE:,}: shorten it")
    if isinstance(value, int) and value.bit_length() > _MOST_BITS:
        raise SecurityError("a number is too large")
    return value


def spend(context: Context, size: int) -> None:
    """Take characters from the budget. Raises SecurityError when it is spent."""
    budget = context[BUDGET]
    budget.size -= size
    if budget.size < 0:
        raise SecurityError(f"it builds or looks through more than {MAX_SIZE:,} characters: simplify it")


@pass_context
def measured(context: Context, value: Any) -> Any:
    """Return a value that is about to be looked through, once its size is spent.

    What a list holds twice counts twice, as it would when written out; what comes bit by bit is counted
    where it is built.
    """
    if isinstance(value, str):
        spend(context, len(value))
    elif isinstance(value, _HOLDING):
        waiting: list[Any] = [value]
        while waiting:
            one = waiting.pop()
            if isinstance(one, str):
                spend(context, len(one))
            elif isinstance(one, _HOLDING):
                spend(context, _EACH * (1 + len(one)))
                waiting.extend(one.items() if isinstance(one, dict) else one)
    return value


@pass_context
def shown(context: Context, value: Any) -> Any:
    """Return a value that is about to be put out."""
    return value if isinstance(value, str) else measured(context, value)


@pass_context
def counted(context: Context, items: Iterable[Any]) -> Iterator[Any]:
    """Yield a loop's items while the rendering has turns left."""
    budget = context[BUDGET]
    for item in items:
        budget.turns -= 1
        if budget.turns < 0:
            raise SecurityError(f"its loops take more than {MAX_LOOPS:,} turns: loop over less")
        yield item
