"""Typed reads of alertmanager.yml, as Go reads its YAML: `yes` is true, and what is empty is left out."""

from __future__ import annotations

from collections.abc import Collection

from rules.document import Node, ScalarNode, kind_of, printed
from rules.loading.faults import Faults
from rules.loading.reading import parse_milliseconds, read_entries, read_texts
from rules.places import Place

_TRUE = frozenset({"y", "Y", "yes", "Yes", "YES", "true", "True", "TRUE", "on", "On", "ON"})
_FALSE = frozenset({"n", "N", "no", "No", "NO", "false", "False", "FALSE", "off", "Off", "OFF"})


def fields_of(node: Node, what: str, known: Collection[str], faults: Faults) -> dict[str, Node]:
    """Return the values of a mapping by key, without those left empty.

    A key that is not known is noted and passed over: a newer Alertmanager may have it.
    """
    fields: dict[str, Node] = {}
    for key, value in read_entries(node, what, faults):
        if key.text not in known:
            faults.warning(
                "unknown-key",
                key.place,
                f"{what} has a key {printed(key.text)} that is not known here, so it is passed over."
                + faults.hint(key.text, lambda: known),
            )
        elif not (isinstance(value, ScalarNode) and value.is_null):
            fields[key.text] = value
    return fields


def text_of(node: Node | None, what: str, faults: Faults) -> str:
    """Return a text, which may be empty; it is in no message."""
    if node is None or (isinstance(node, ScalarNode) and node.is_null):
        return ""
    if isinstance(node, ScalarNode):
        return node.text
    faults.error("wrong-type", node.place, f"{what} must be a text, but is {kind_of(node)}.")
    return ""


def flag_of(node: Node | None, what: str, faults: Faults, *, otherwise: bool) -> bool:
    """Return true or false."""
    if node is None:
        return otherwise
    if isinstance(node, ScalarNode) and not node.style:
        if node.text in _TRUE:
            return True
        if node.text in _FALSE:
            return False
    given = printed(node.text) if isinstance(node, ScalarNode) else kind_of(node)
    faults.error("wrong-type", node.place, f"{what} must be true or false, but is {given}.")
    return otherwise


def seconds_of(node: Node | None, what: str, faults: Faults, *, otherwise: float) -> float:
    """Return the seconds of a duration as Prometheus writes it."""
    if node is None:
        return otherwise
    milliseconds = parse_milliseconds(node.text) if isinstance(node, ScalarNode) else None
    if milliseconds is None:
        given = printed(node.text) if isinstance(node, ScalarNode) else kind_of(node)
        faults.error("bad-duration", node.place, f"{what} must be a duration (such as 5m), but is {given}.")
        return otherwise
    return milliseconds / 1000


def names_of(node: Node | None, what: str, faults: Faults) -> tuple[tuple[str, Place], ...]:
    """Return the texts of a list, each with its place."""
    return () if node is None else read_texts(node, what, faults)
