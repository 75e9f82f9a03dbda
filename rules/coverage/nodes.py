"""Lenient looks into YAML that others wrote: what is not there, or is something else, is None or empty."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from rules.document import ListNode, MapNode, Node, ScalarNode, kind_of
from rules.loading.faults import Faults


def under(node: Node | None, *keys: str) -> Node | None:
    """Return what stands under these keys, one below the other."""
    for key in keys:
        node = node.get(key) if isinstance(node, MapNode) else None
    return node


def items(node: Node | None) -> Sequence[Node]:
    """Return the items of a list."""
    return node.items if isinstance(node, ListNode) else ()


def text(node: Node | None) -> str:
    """Return a scalar's text."""
    return node.text if isinstance(node, ScalarNode) and not node.is_null else ""


def is_true(node: Node | None) -> bool:
    """Return whether a flag is set."""
    return text(node).lower() in ("true", "yes", "on", "y")


def texts(node: Node | None) -> tuple[str, ...]:
    """Return the texts of a list."""
    return tuple(text(item) for item in items(node) if text(item))


def labels(node: Node | None, faults: Faults) -> Mapping[str, str]:
    """Return a mapping of texts; what should be one and is none is noted."""
    if node is None or (isinstance(node, ScalarNode) and node.is_null):
        return {}
    if not isinstance(node, MapNode):
        faults.error("bad-alerting-rule", node.place, f"labels must be a mapping, but are {kind_of(node)}.")
        return {}
    return {key.text: text(value) for key, value in node.entries}
