"""YAML as others write it: for Alertmanager and Prometheus, for Kubernetes, for Helm.

Beside what the rules themselves may have (rules/document.py) there are anchors, aliases, `<<`, standard tags
and several documents in a text. Bounds are the same: what aliases stand for is counted each time.
"""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from rules.document import (
    MAX_NODES,
    MAX_TEXT,
    Builder,
    DocumentError,
    ListNode,
    MapNode,
    Node,
    Open,
    ScalarNode,
    printed,
)
from rules.places import Place

MERGE = "<<"

_STANDARD = "tag:yaml.org,2002:"
_Entry = tuple[ScalarNode, Node]


def parse_foreign(
    text: str, file: str, joined: Collection[str] = (), most: int = MAX_TEXT
) -> tuple[Node, ...]:
    """Return the documents of a text that are not empty, with aliases and merges resolved.

    What an alias stands for keeps the place of its anchor.

    Parameters:
      text: the whole file, at most `most` characters.
      file: the name that places carry.
      joined: keys whose values the program that the text is for joins when `<<` and the mapping itself both
        give them, other than YAML has it; they are refused there.

    Raises:
      DocumentError: at the first fault.
    """
    documents = _ForeignBuilder(file, joined).build(text, most)
    return tuple(node for node in documents if not (isinstance(node, ScalarNode) and node.is_null))


class _ForeignBuilder(Builder):
    """Takes anchors, aliases, merges, standard tags and several documents."""

    def __init__(self, file: str, joined: Collection[str]) -> None:
        super().__init__(file)
        self._joined = joined
        self._anchored: dict[str, tuple[Node, int, int]] = {}

    def scalar(self, event: Any, place: Place) -> ScalarNode:
        self.refuse_extras(event, place)
        style = event.style or ""
        if event.tag in (f"{_STANDARD}str", "!") and not style:
            style = '"'
        node = ScalarNode(event.value, style, place)
        if event.anchor is not None:
            self._anchored[event.anchor] = (node, 0, 0)
        return node

    def closed(self, whole: Open) -> Node:
        node = super().closed(whole)
        if isinstance(node, MapNode) and any(_is_merge(key) for key, _ in node.entries):
            node = self._merged(node)
        if whole.anchor is not None:
            self._anchored[whole.anchor] = (node, self.nodes - whole.before, whole.height)
        return node

    def aliased(self, event: Any, place: Place) -> tuple[Node, int]:
        if event.anchor not in self._anchored:
            raise DocumentError(
                place, f"alias *{event.anchor} has no anchor &{event.anchor} that ends before it: add one."
            )
        node, size, height = self._anchored[event.anchor]
        self.nodes += size
        if self.nodes > MAX_NODES:
            raise DocumentError(place, f"holds more than {MAX_NODES:,} values once aliases are filled in.")
        return node, height

    def document(self, number: int, place: Place) -> None:
        self._anchored.clear()

    def refuse_extras(self, event: Any, place: Place) -> None:
        if event.tag is not None and event.tag != "!" and not event.tag.startswith(_STANDARD):
            raise DocumentError(place, f"tag {printed(event.tag)} is not YAML's own: fill its value in.")

    def _merged(self, node: MapNode) -> MapNode:
        """Return a mapping with what its `<<` stands for added; its own keys win, as they do below `<<`."""
        at = next(number for number, (key, _) in enumerate(node.entries) if _is_merge(key))
        above, below = node.entries[:at], node.entries[at + 1 :]
        added: dict[str, _Entry] = {}
        for source in _sources(node.entries[at][1]):
            for key, value in source.entries:
                if key.text in added and key.text in self._joined:
                    self._refuse(key.text, node.entries[at][0].place, "by two of its mappings")
                added.setdefault(key.text, (key, value))
        for key, _ in above:
            if key.text in added:
                self._refuse(key.text, key.place, "above << and by it")
        for key, _ in below:
            if key.text in added and key.text in self._joined:
                self._refuse(key.text, key.place, "here and by <<")
        own = {key.text for key, _ in (*above, *below)}
        return MapNode(
            (*above, *(entry for name, entry in added.items() if name not in own), *below), node.place
        )

    def _refuse(self, key: str, place: Place, where: str) -> None:
        raise DocumentError(
            place,
            f"{printed(key)} is given {where}, which not every program reads in the same way: give it once.",
        )


def _is_merge(key: ScalarNode) -> bool:
    return key.text == MERGE and not key.style


def _sources(value: Node) -> tuple[MapNode, ...]:
    given = value.items if isinstance(value, ListNode) else (value,)
    for node in given:
        if not isinstance(node, MapNode):
            raise DocumentError(node.place, "<< must stand for a mapping, or for a list of mappings.")
    return tuple(node for node in given if isinstance(node, MapNode))
