"""The sandbox that templates run in: Jinja2's, narrowed to what messages need, with bounds on everything.

Jinja2's own sandbox bounds neither time nor memory: `"x" * 3e8`, `"%99999999d"`, `center` and a few
doublings with `~` or `[x, x]` each cost a server seconds or gigabytes. Here every rendering has a budget:
whatever it builds, and whatever a step has to look through, is spent from it.
"""

from __future__ import annotations

from collections.abc import ItemsView, Iterable, Iterator, KeysView, ValuesView
from datetime import datetime
from typing import Any

from jinja2 import StrictUndefined, nodes
from jinja2.exceptions import SecurityError
from jinja2.filters import FILTERS as DEFAULT_FILTERS
from jinja2.runtime import Context
from jinja2.sandbox import SandboxedEnvironment
from jinja2.utils import pass_context, pass_environment
from jinja2.visitor import NodeTransformer

MAX_VALUE = 1_000_000
MAX_LOOPS = 20_000
MAX_SIZE = 4_000_000
BUDGET = "what may still be spent"
_EACH = 20  # what anything but a character counts for
_MOST_BITS = 4_096
_MOST_DIGITS = 100


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


FILTERS = _words(
    "abs capitalize count d default dictsort e escape first float groupby int items join last length list "
    "lower map max min reject rejectattr replace reverse round select selectattr sort string striptags sum "
    "title tojson trim truncate unique upper urlencode wordcount"
)
_TEXT_METHODS = _words(
    "lower upper strip lstrip rstrip split rsplit startswith endswith removeprefix removesuffix partition "
    "rpartition splitlines title capitalize find count isdigit"
)
_MAP_METHODS = _words("items keys values get")
_TIME_FIELDS = _words("year month day hour minute second isoformat timestamp weekday isoweekday")

FORBIDDEN: dict[type[nodes.Node], str] = {
    nodes.Mul: "* is not allowed",
    nodes.Pow: "** is not allowed",
    nodes.Macro: "macros are not allowed",
    nodes.CallBlock: "call blocks are not allowed",
    nodes.FilterBlock: "filter blocks are not allowed: use a filter on the value",
    nodes.AssignBlock: "set blocks are not allowed: use {% set name = value %}",
    nodes.Block: "blocks are not allowed",
    nodes.Extends: "extends is not allowed",
    nodes.Include: "include is not allowed",
    nodes.Import: "import is not allowed",
    nodes.FromImport: "import is not allowed",
}


class Labelled(dict[str, str]):
    """Labels or annotations: a name that is missing is the empty string."""

    __slots__ = ()

    def __missing__(self, name: str) -> str:
        return ""


class Record:
    """What a template may look at field by field: its subclasses' slots."""

    __slots__ = ()


class Budget:
    """How many turns all loops of one rendering may still take, and how much it may still build."""

    __slots__ = ("size", "turns")

    def __init__(self) -> None:
        self.turns = MAX_LOOPS
        self.size = MAX_SIZE


def _bounded(value: Any) -> Any:
    if isinstance(value, (str, list, tuple)) and len(value) > MAX_VALUE:
        raise SecurityError(f"a value is longer than {MAX_VALUE:,}: shorten it")
    if isinstance(value, int) and value.bit_length() > _MOST_BITS:
        raise SecurityError("a number is too large")
    return value


def _spend(context: Context, size: int) -> None:
    budget = context[BUDGET]
    budget.size -= size
    if budget.size < 0:
        raise SecurityError(f"it builds or looks through more than {MAX_SIZE:,} characters: simplify it")


@pass_context
def _measured(context: Context, value: Any) -> Any:
    """Return a value that is about to be looked through, once its size is spent.

    What a list holds twice counts twice, as it would when written out; what comes bit by bit is counted
    where it is built.
    """
    if isinstance(value, str):
        _spend(context, len(value))
    elif isinstance(value, _HOLDING):
        waiting: list[Any] = [value]
        while waiting:
            one = waiting.pop()
            if isinstance(one, str):
                _spend(context, len(one))
            elif isinstance(one, _HOLDING):
                _spend(context, _EACH * (1 + len(one)))
                waiting.extend(one.items() if isinstance(one, dict) else one)
    return value


@pass_context
def _shown(context: Context, value: Any) -> Any:
    """Return a value that is about to be put out."""
    return value if isinstance(value, str) else _measured(context, value)


@pass_context
def _concatenated(context: Context, values: Iterable[Any]) -> str:
    """Do what `~` does, within bounds."""
    parts = [str(_measured(context, value)) for value in values]
    if sum(map(len, parts)) > MAX_VALUE:
        raise SecurityError(f"a text is longer than {MAX_VALUE:,} characters: shorten it")
    return "".join(parts)


@pass_context
def _counted(context: Context, items: Iterable[Any]) -> Iterator[Any]:
    """Yield a loop's items while the rendering has turns left."""
    budget = context[BUDGET]
    for item in items:
        budget.turns -= 1
        if budget.turns < 0:
            raise SecurityError(f"its loops take more than {MAX_LOOPS:,} turns: loop over less")
        yield item


@pass_context
def _joined(
    context: Context, values: Iterable[Any], separator: str = "", attribute: str | None = None
) -> str:
    """Do what Jinja2's `join` does, within bounds."""
    texts: list[str] = []
    length = 0
    for value in values:
        texts.append(str(_measured(context, value if attribute is None else _attribute(value, attribute))))
        _spend(context, len(separator))
        length += len(texts[-1]) + len(separator)
        if length > MAX_VALUE:
            raise SecurityError(f"a text is longer than {MAX_VALUE:,} characters: join less")
    return str(separator).join(texts)


def _attribute(value: Any, path: str) -> Any:
    for name in str(path).split("."):
        value = ENVIRONMENT.getattr(value, name)
    return value


@pass_context
def _replaced(context: Context, text: Any, old: str, new: str) -> str:
    """Do what Jinja2's `replace` does, within bounds."""
    source, old, new = str(text), str(old), str(new)
    length = len(source) + (source.count(old) * len(new))
    if length > MAX_VALUE:
        raise SecurityError(f"a text is longer than {MAX_VALUE:,} characters: replace less")
    _spend(context, length)
    return source.replace(old, new)


@pass_context
def _stripped(context: Context, value: Any) -> Any:
    """Do what Jinja2's `striptags` does, which copies the text once for each tag."""
    text = str(value)
    _spend(context, len(text) * text.count("<") // 64)
    return DEFAULT_FILTERS["striptags"](text)


@pass_environment
def _summed(environment: Sandbox, values: Iterable[Any], attribute: Any = None, start: float = 0) -> Any:
    """Do what Jinja2's `sum` does with numbers; lists it would put together again and again."""
    if not isinstance(start, int | float):
        raise SecurityError("sum adds numbers only")
    return DEFAULT_FILTERS["sum"](environment, values, attribute, _bounded(start))


def _rounded(value: float, precision: int = 0, method: Any = "common") -> float:
    """Do what Jinja2's `round` does; it would raise 10 to any precision."""
    if not isinstance(precision, int) or abs(precision) > _MOST_DIGITS:
        raise SecurityError(f"round to at most {_MOST_DIGITS} digits")
    rounded: float = DEFAULT_FILTERS["round"](_bounded(value), precision, method)
    return rounded


def _whole(value: Any, default: int = 0, base: int = 10) -> Any:
    """Do what Jinja2's `int` does with numbers of a sensible length."""
    if isinstance(value, str) and len(value) > _MOST_DIGITS:
        return default
    return DEFAULT_FILTERS["int"](value, default, base)


_HOLDING = (list, tuple, dict, KeysView, ValuesView, ItemsView)


def _measure(node: nodes.Expr) -> nodes.Expr:
    return nodes.Filter(node, "_measured", [], [], None, None, lineno=node.lineno)


class Bounded(NodeTransformer):
    """Puts the bounds into a template's tree: on loops, on what builds, and on what looks through a value."""

    def visit_List(self, node: nodes.List) -> nodes.Node:  # noqa: N802
        self.generic_visit(node)
        return _measure(node)

    def visit_Dict(self, node: nodes.Dict) -> nodes.Node:  # noqa: N802
        self.generic_visit(node)
        return _measure(node)

    def visit_Tuple(self, node: nodes.Tuple) -> nodes.Node:  # noqa: N802
        self.generic_visit(node)
        return _measure(node) if node.ctx == "load" else node

    def visit_Filter(self, node: nodes.Filter) -> nodes.Node:  # noqa: N802
        self.generic_visit(node)
        if node.node is not None:
            node.node = _measure(node.node)
        return node

    def visit_Test(self, node: nodes.Test) -> nodes.Node:  # noqa: N802
        self.generic_visit(node)
        if node.name not in ("defined", "undefined"):  # they ask about a name, not about its value
            node.node = _measure(node.node)
        node.args = [_measure(argument) for argument in node.args or ()]
        return node

    def visit_Compare(self, node: nodes.Compare) -> nodes.Node:  # noqa: N802
        self.generic_visit(node)
        node.expr = _measure(node.expr)
        for operand in node.ops:
            operand.expr = _measure(operand.expr)
        return node

    def visit_Getitem(self, node: nodes.Getitem) -> nodes.Node:  # noqa: N802
        self.generic_visit(node)
        if isinstance(node.arg, nodes.Slice):
            node.node = _measure(node.node)
        return node

    def visit_For(self, node: nodes.For) -> nodes.Node:  # noqa: N802
        self.generic_visit(node)
        node.iter = nodes.Filter(node.iter, "_counted", [], [], None, None, lineno=node.lineno)
        return node

    def visit_Concat(self, node: nodes.Concat) -> nodes.Node:  # noqa: N802
        self.generic_visit(node)
        items = nodes.List(node.nodes, lineno=node.lineno)
        return nodes.Filter(items, "_concatenated", [], [], None, None, lineno=node.lineno)


class Sandbox(SandboxedEnvironment):
    """Jinja2's sandbox, narrowed to what messages need."""

    intercepted_binops = frozenset(("+", "%", "//", "/", "-"))

    def call_binop(self, context: Context, operator: str, left: Any, right: Any) -> Any:
        """Compute `left operator right`; a text is not formatted by `%`, which could pad it at will."""
        if operator == "%" and isinstance(left, (str, bytes)):
            raise SecurityError("% does not format texts: use ~ to join them")
        result = _bounded(super().call_binop(context, operator, _bounded(left), _bounded(right)))
        return _measured(context, result)

    def call(__self, __context: Context, __obj: Any, *args: Any, **kwargs: Any) -> Any:  # noqa: N805
        """Call a method, once the value that it belongs to is measured: it is looked through."""
        for value in (getattr(__obj, "__self__", None), *args):
            _measured(__context, value)
        return super().call(__context, __obj, *args, **kwargs)

    def is_safe_attribute(self, obj: Any, attr: str, value: Any) -> bool:
        """Return whether a template may see an attribute."""
        if attr.startswith("_"):
            return False
        if isinstance(obj, str):
            return attr in _TEXT_METHODS
        if isinstance(obj, dict):
            return attr in _MAP_METHODS
        if isinstance(obj, datetime):
            return attr in _TIME_FIELDS
        return isinstance(obj, Record) or type(obj).__module__ == "jinja2.runtime"

    def wrap_str_format(self, value: Any) -> None:
        """Return nothing: the sandbox's own `format` still pads at will, so there is none."""

    def getattr(self, obj: Any, attribute: str) -> Any:
        """Return `obj.attribute`; on labels that is the label, whatever a dict calls its methods."""
        if isinstance(obj, Labelled) and attribute not in _MAP_METHODS:
            return obj[attribute]
        return super().getattr(obj, attribute)


def _sandbox() -> Sandbox:
    environment = Sandbox(
        undefined=StrictUndefined,
        autoescape=False,
        keep_trailing_newline=False,
        cache_size=0,
        optimized=False,
        finalize=_shown,
    )
    environment.globals = {}
    environment.filters = {name: environment.filters[name] for name in FILTERS}
    environment.filters |= {
        "join": _joined,
        "replace": _replaced,
        "striptags": _stripped,
        "sum": _summed,
        "round": _rounded,
        "int": _whole,
        "_measured": _measured,
        "_counted": _counted,
        "_concatenated": _concatenated,
    }
    return environment


ENVIRONMENT = _sandbox()
