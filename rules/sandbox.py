"""The sandbox that templates run in: Jinja2's, narrowed to what messages need, with bounds on everything.

Jinja2's own sandbox bounds neither time nor memory: `"x" * 3e8`, `"%99999999d"`, `center` and a few
doublings with `~` each cost a server seconds or gigabytes.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import datetime
from typing import Any

from jinja2 import StrictUndefined, nodes
from jinja2.exceptions import SecurityError
from jinja2.runtime import Context
from jinja2.sandbox import SandboxedEnvironment
from jinja2.utils import pass_context
from jinja2.visitor import NodeTransformer

MAX_VALUE = 1_000_000
MAX_LOOPS = 20_000
LOOPS = "loop counter"


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


class LoopCount:
    """How many turns all loops of one rendering may still take."""

    __slots__ = ("left",)

    def __init__(self) -> None:
        self.left = MAX_LOOPS


def _bounded(value: Any) -> Any:
    if isinstance(value, (str, list, tuple)) and len(value) > MAX_VALUE:
        raise SecurityError(f"a value is longer than {MAX_VALUE:,}: shorten it")
    return value


def _concatenated(values: Iterable[Any]) -> str:
    """Do what `~` does, within bounds."""
    parts = [str(value) for value in values]
    if sum(map(len, parts)) > MAX_VALUE:
        raise SecurityError(f"a text is longer than {MAX_VALUE:,} characters: shorten it")
    return "".join(parts)


@pass_context
def _counted(context: Context, items: Iterable[Any]) -> Iterator[Any]:
    """Yield a loop's items while the rendering has turns left."""
    count = context[LOOPS]
    for item in items:
        count.left -= 1
        if count.left < 0:
            raise SecurityError(f"its loops take more than {MAX_LOOPS:,} turns: loop over less")
        yield item


def _joined(values: Iterable[Any], separator: str = "", attribute: str | None = None) -> str:
    """Do what Jinja2's `join` does, within bounds."""
    texts: list[str] = []
    length = 0
    for value in values:
        texts.append(str(value if attribute is None else _attribute(value, attribute)))
        length += len(texts[-1]) + len(separator)
        if length > MAX_VALUE:
            raise SecurityError(f"a text is longer than {MAX_VALUE:,} characters: join less")
    return str(separator).join(texts)


def _attribute(value: Any, path: str) -> Any:
    for name in str(path).split("."):
        value = ENVIRONMENT.getattr(value, name)
    return value


def _replaced(text: Any, old: str, new: str) -> str:
    """Do what Jinja2's `replace` does, within bounds."""
    source, old, new = str(text), str(old), str(new)
    if len(source) + (source.count(old) * len(new)) > MAX_VALUE:
        raise SecurityError(f"a text is longer than {MAX_VALUE:,} characters: replace less")
    return source.replace(old, new)


class Bounded(NodeTransformer):
    """Puts the bounds into a template's tree: on every loop and every `~`."""

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
        return _bounded(super().call_binop(context, operator, left, right))

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
    )
    environment.globals = {}
    environment.filters = {name: environment.filters[name] for name in FILTERS}
    environment.filters |= {
        "join": _joined,
        "replace": _replaced,
        "_counted": _counted,
        "_concatenated": _concatenated,
    }
    return environment


ENVIRONMENT = _sandbox()
