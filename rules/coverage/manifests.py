"""Files of others as documents, those that stand as texts inside a ConfigMap or Helm values too."""

from __future__ import annotations

import re
from collections.abc import Iterator

from rules.document import DocumentError, MapNode, Node, ScalarNode
from rules.foreign import parse_foreign

MAX_MANIFEST = 8 << 20
"""Characters of a file: `kubectl get prometheusrules -A -o yaml` prints more than rules have."""

MAX_WITHIN = 500
"""Texts of a document that are looked into."""

_WANTED = re.compile(r"\b(groups|contactPoints|policies)[\"']?\s*:")


def parse_manifests(text: str, file: str) -> Iterator[Node]:
    """Yield the documents of a text, and those that are texts in them.

    Raises:
      DocumentError: when the text is not YAML; a text inside it may be anything.
    """
    for document in parse_foreign(text, file, most=MAX_MANIFEST):
        yield document
        for node in _texts(document):
            # Blank lines above let places have the lines of the file.
            above = "\n" * (node.line_of(1) - 1)
            try:
                yield from parse_foreign(above + node.text, file, most=MAX_MANIFEST)
            except DocumentError:
                continue


def _texts(document: Node) -> list[ScalarNode]:
    """Return the texts of several lines that may be documents, each once however many aliases it has."""
    found: dict[int, ScalarNode] = {}
    waiting = [document]
    while waiting and len(found) < MAX_WITHIN:
        node = waiting.pop()
        if isinstance(node, ScalarNode):
            if "\n" in node.text and _WANTED.search(node.text):
                found[id(node)] = node
        elif isinstance(node, MapNode):
            waiting += [value for _, value in reversed(node.entries)]
        else:
            waiting += reversed(node.items)
    return list(found.values())
