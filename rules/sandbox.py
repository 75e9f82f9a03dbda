"""The sandbox that templates run in: Jinja2's, narrowed to what messages need, with bounds on everything.

Jinja2's own sandbox bounds neither time nor memory: `"x" * 3e8`, `"%99999999d"`, `center` and a few
doublings with `~` or `[x, x]` each cost a server seconds or gigabytes. Here every rendering has a budget:
whatever it builds, and whatever a step has to look through, is spent from it.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from jinja2 import StrictUndefined, nodes
from jinja2.exceptions import SecurityError
from jinja2.runtime import Context
from jinja2.sandbox import SandboxedEnvironment
from jinja2.visitor import NodeTransformer

from rules.budget import bounded, counted, measured, shown
from rules.filters import BOUNDED, FILTERS, concatenated


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


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
        result = bounded(super().call_binop(context, operator, bounded(left), bounded(right)))
        return measured(context, result)

    def call(__self, __context: Context, __obj: Any, *args: Any, **kwargs: Any) -> Any:  # noqa: N805
        """Call a method, once the value that it belongs to is measured: it is looked through."""
        for value in (getattr(__obj, "__self__", None), *args):
            measured(__context, value)
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
        finalize=shown,
    )
    environment.globals = {}
    environment.filters = {name: environment.filters[name] for name in FILTERS}
    environment.filters |= BOUNDED | {
        "_measured": measured,
        "_counted": counted,
        "_concatenated": concatenated,
    }
    return environment


ENVIRONMENT = _sandbox()
