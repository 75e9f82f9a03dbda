"""A file's text in, its canonical text out, or why it is left alone."""

from __future__ import annotations

import re

from rules.document import MAX_TEXT, DocumentError, MapNode, Node, ScalarNode, parse_document
from rules.formatting.layout import laid_out
from rules.formatting.reading import read_written
from rules.formatting.shapes import put_in_order
from rules.formatting.written import Collection, Scalar, Slot, comments_of
from rules.places import Place

_LINE_ENDS = re.compile("\r\n?")

Value = tuple[str, object]


def canonical(text: str, file: str) -> str:
    """Return a rule file or a file of cases in canonical form: the same rules, the same comments.

    Parameters:
      text: the whole file; its lines may end in any way.
      file: the name that faults carry.

    Raises:
      DocumentError: when it cannot be read, or, for what nobody should write, cannot be written again.
    """
    plain = _LINE_ENDS.sub("\n", text.removeprefix("\ufeff"))
    parse_document(plain, file)
    written = read_written(plain)
    put_in_order(written.document)
    meant = _value_of_slot(written.document)
    comments = sorted([*written.head, *comments_of(written.document)])
    form = laid_out(written)
    if len(form) > MAX_TEXT:
        raise DocumentError(
            Place(file, 1), f"is larger than {MAX_TEXT:,} characters in canonical form: split it into files."
        )
    again = read_written(form) if _reads_back(form, file, meant) else None
    if again is None or sorted([*again.head, *comments_of(again.document)]) != comments:
        raise DocumentError(
            Place(file, 1),
            "cannot be written in canonical form without a change of what it says: left alone.",
        )
    return form


def _reads_back(form: str, file: str, meant: Value) -> bool:
    try:
        return _value_of(parse_document(form, file)) == meant
    except DocumentError:
        return False


def _value_of(node: Node) -> Value:
    if isinstance(node, ScalarNode):
        if node.is_null:
            return "null", None
        special = node.boolean if node.boolean is not None else node.integer
        return ("text", node.text) if special is None else (type(special).__name__, special)
    if isinstance(node, MapNode):
        return "map", tuple((key.text, _value_of(value)) for key, value in node.entries)
    return "list", tuple(_value_of(item) for item in node.items)


def _value_of_slot(slot: Slot) -> Value:
    value = slot.value
    if isinstance(value, Scalar):
        node = ScalarNode(value.text, value.style, Place("", 1))
        # An empty file is an empty mapping.
        return ("map", ()) if slot.column < 0 else _value_of(node)
    if isinstance(value, Collection) and value.is_map:
        return "map", tuple((each.key.text if each.key else "", _value_of_slot(each)) for each in value.slots)
    return "list", tuple(_value_of_slot(each) for each in value.slots)
