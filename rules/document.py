"""YAML as the rules are written: 1.2's core schema, positions kept, nothing that surprises.

The tree is built from libyaml's events, so that a hostile text is refused while it is read: aliases, tags
and anchors, duplicate keys, deep nesting and sheer size. Scalars keep their text: what a scalar means is
for whoever reads the field, which is how `22:30` and `on` stay strings (docs/rules.md, "YAML").
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

import yaml

from rules.places import Place
from rules.syntax import told

MAX_TEXT = 1 << 20
MAX_NODES = 200_000
MAX_DEPTH = 64
MAX_PRINTED = 60

_NULL = frozenset({"", "~", "null", "Null", "NULL"})
_TRUE = frozenset({"true", "True", "TRUE"})
_FALSE = frozenset({"false", "False", "FALSE"})
_NUMBER = re.compile(r"[-+]?(?:[0-9]+|0o[0-7]+|0x[0-9a-fA-F]+)")


class DocumentError(ValueError):
    """A text that is not a document of the rules; says where and what to do."""

    def __init__(self, place: Place, message: str) -> None:
        super().__init__(f"{place}: {message}")
        self.place = place
        self.message = message


@dataclass(frozen=True, slots=True)
class ScalarNode:
    """A scalar as written; `style` is `|`, `>`, `"`, `'`, or empty when plain."""

    text: str
    style: str
    place: Place

    @property
    def is_null(self) -> bool:
        """Whether it is null in the core schema: left out, `~` or `null`, unquoted."""
        return not self.style and self.text in _NULL

    @property
    def boolean(self) -> bool | None:
        """True or False when it is one in the core schema (`yes` and `on` are not), else None."""
        if self.style:
            return None
        return True if self.text in _TRUE else False if self.text in _FALSE else None

    @property
    def integer(self) -> int | None:
        """The integer that it is in the core schema, else None."""
        if self.style or len(self.text) > 20 or not _NUMBER.fullmatch(self.text):
            return None
        return int(self.text, 0) if self.text[:2] in ("0o", "0x") else int(self.text)

    def line_of(self, line: int) -> int:
        """Return the line in the file of the text's own line `line`, counted from 1."""
        return self.place.line + line - (0 if self.style in ("|", ">") else 1)


@dataclass(frozen=True, slots=True)
class ListNode:
    """A sequence."""

    items: tuple[Node, ...]
    place: Place


@dataclass(frozen=True, slots=True)
class MapNode:
    """A mapping with unique scalar keys, in the order written."""

    entries: tuple[tuple[ScalarNode, Node], ...]
    place: Place

    def get(self, key: str) -> Node | None:
        """Return the value under a key, or None."""
        return next((value for name, value in self.entries if name.text == key), None)


Node = ScalarNode | ListNode | MapNode


def printed(text: str) -> str:
    """Return a value as an error message quotes it: on one line, cut, and printable."""
    cut = text if len(text) <= MAX_PRINTED else text[: MAX_PRINTED - 1] + "…"
    return '"' + "".join(c if c.isprintable() else c.encode("unicode_escape").decode() for c in cut) + '"'


def kind_of(node: Node) -> str:
    """Return what a node is, for a message."""
    if isinstance(node, MapNode):
        return "a mapping"
    if isinstance(node, ListNode):
        return "a list"
    return "empty" if node.is_null else "a text"


def parse_document(text: str, file: str) -> MapNode:
    """Read one YAML document whose top is a mapping; an empty text is an empty mapping.

    Parameters:
      text: the whole file, at most MAX_TEXT characters.
      file: the name that places carry.

    Raises:
      DocumentError: at the first fault.
    """
    documents = Builder(file).build(text)
    node = documents[0] if documents else None
    if node is None or (isinstance(node, ScalarNode) and node.is_null):
        return MapNode((), Place(file, 1))
    if not isinstance(node, MapNode):
        raise DocumentError(node.place, f"must be a mapping at the top, but is {kind_of(node)}.")
    return node


def _refuse_bad_bytes(text: str, file: str) -> None:
    for number, line in enumerate(text.splitlines(), start=1):
        for column, sign in enumerate(line, start=1):
            if sign < " " and sign != "\t":
                raise DocumentError(
                    Place(file, number, column), f"control character U+{ord(sign):04X}: remove it."
                )
            if "\ud800" <= sign <= "\udfff":
                raise DocumentError(Place(file, number, column), "is not UTF-8 here: save the file as UTF-8.")


def _syntax_error(error: yaml.MarkedYAMLError, text: str, file: str) -> DocumentError:
    (line, column), sentence = told(error, text)
    return DocumentError(Place(file, line, column), f"is not YAML: {sentence}")


class Open:
    """A list or mapping that is being read."""

    __slots__ = ("anchor", "before", "height", "is_map", "items", "keys", "place")

    def __init__(self, place: Place, is_map: bool, anchor: str | None, before: int) -> None:
        self.place = place
        self.is_map = is_map
        self.anchor = anchor
        self.before = before
        self.height = 1
        self.items: list[Node] = []
        self.keys: dict[str, Place] = {}

    def entries(self) -> tuple[tuple[ScalarNode, Node], ...]:
        """Return the keys and values that a mapping has so far."""
        pairs = zip(self.items[::2], self.items[1::2], strict=True)
        return tuple((key, value) for key, value in pairs if isinstance(key, ScalarNode))

    def add(self, node: Node) -> None:
        """Add an item, or a key or a value by turns."""
        if self.is_map and len(self.items) % 2 == 0:
            self._check_key(node)
        self.items.append(node)

    def _check_key(self, node: Node) -> None:
        if not isinstance(node, ScalarNode):
            raise DocumentError(
                node.place,
                f"a key must be a text, but this one is {kind_of(node)}: put a value that begins with {{ or "
                '[, such as a template, in quotes: "{{ labels.alertname }}".',
            )
        if node.text in self.keys:
            first = self.keys[node.text]
            raise DocumentError(
                node.place,
                f"key {printed(node.text)} stands here twice, first on line {first.line}: remove one.",
            )
        self.keys[node.text] = node.place


class Builder:
    """Turns libyaml's events into nodes, without recursion and within bounds.

    What only the YAML of others may have (docs/rules-import.md) is refused by the methods that
    `rules.foreign` overrides.
    """

    def __init__(self, file: str) -> None:
        self._file = file
        self._stack: list[Open] = []
        self._documents: list[Node] = []
        self._started = 0
        self.nodes = 0
        """How many nodes there are so far, each alias counted as all that it stands for."""

    def build(self, text: str, most: int = MAX_TEXT) -> list[Node]:
        """Return the documents of a text, at most `most` characters.

        Raises:
          DocumentError: at the first fault.
        """
        if len(text) > most:
            raise DocumentError(
                Place(self._file, 1), f"is larger than {most:,} characters: split it into files."
            )
        _refuse_bad_bytes(text, self._file)
        try:
            for event in yaml.parse(text, Loader=yaml.CSafeLoader):
                self._take(event)
        except yaml.MarkedYAMLError as error:
            raise _syntax_error(error, text, self._file) from None
        except yaml.YAMLError as error:
            raise DocumentError(Place(self._file, 1), f"is not YAML: {error}.") from None
        return self._documents

    def scalar(self, event: Any, place: Place) -> ScalarNode:
        """Return the node of a scalar."""
        self.refuse_extras(event, place)
        return ScalarNode(event.value, event.style or "", place)

    def opened(self, event: Any, place: Place) -> Open:
        """Return a list or mapping that begins."""
        self.refuse_extras(event, place)
        return Open(place, isinstance(event, yaml.MappingStartEvent), event.anchor, self.nodes)

    def closed(self, whole: Open) -> Node:
        """Return the node of a list or mapping that ends."""
        if whole.is_map:
            return MapNode(whole.entries(), whole.place)
        return ListNode(tuple(whole.items), whole.place)

    def aliased(self, event: Any, place: Place) -> tuple[Node, int]:
        """Return what an alias stands for, and how many levels of lists and mappings that has."""
        raise DocumentError(
            place,
            "aliases (*name) are not read: write the value out, or put one that begins with * in quotes.",
        )

    def document(self, number: int, place: Place) -> None:
        """Take notice that the document of this number, from 1, begins."""
        if number > 1:
            raise DocumentError(place, "a second document starts here: use a second file.")

    def refuse_extras(self, event: Any, place: Place) -> None:
        """Refuse anchors and tags."""
        if event.anchor is not None:
            raise DocumentError(
                place,
                f"anchors (&{event.anchor}) are not read: write the value out, or put one that begins with & "
                "in quotes.",
            )
        if event.tag is not None:
            raise DocumentError(place, "tags (!name) are not read: put a value that begins with ! in quotes.")

    def _take(self, event: Any) -> None:
        place = Place(self._file, event.start_mark.line + 1, event.start_mark.column + 1)
        if isinstance(event, yaml.ScalarEvent):
            self._add(self.scalar(event, place))
        elif isinstance(event, (yaml.MappingStartEvent, yaml.SequenceStartEvent)):
            self._stack.append(self.opened(event, place))
            self._check_depth(len(self._stack), place)
        elif isinstance(event, (yaml.MappingEndEvent, yaml.SequenceEndEvent)):
            whole = self._stack.pop()
            self._add(self.closed(whole), whole.height)
        elif isinstance(event, yaml.AliasEvent):
            node, height = self.aliased(event, place)
            self._check_depth(len(self._stack) + height, place)
            self._add(node, height)
        elif isinstance(event, yaml.DocumentStartEvent):
            self._started += 1
            self.document(self._started, place)

    def _check_depth(self, levels: int, place: Place) -> None:
        if levels > MAX_DEPTH:
            raise DocumentError(place, f"is nested more than {MAX_DEPTH} levels deep: flatten it.")

    def _add(self, node: Node, height: int = 0) -> None:
        self.nodes += 1
        if self.nodes > MAX_NODES:
            raise DocumentError(node.place, f"holds more than {MAX_NODES:,} values: split it into files.")
        if self._stack:
            self._stack[-1].add(node)
            self._stack[-1].height = max(self._stack[-1].height, height + 1)
        else:
            self._documents.append(node)
