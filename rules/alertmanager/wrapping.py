"""Where alertmanager.yml stands: in a file of its own, or inside what Kubernetes and Helm are given.

Found by what it is (a `route` beside `receivers`), not by the path to it, since charts and operators put it
under many: `alertmanager.config` in kube-prometheus-stack's values, `stringData` or `data` of a Secret,
`data` of a ConfigMap, `spec.values` of a HelmRelease, and all of these in a list as `kubectl get` prints it.
"""

from __future__ import annotations

import base64
import binascii
import re
import zlib
from collections.abc import Iterator, Sequence

from rules.document import MAX_TEXT, DocumentError, ListNode, MapNode, Node, ScalarNode
from rules.foreign import parse_foreign
from rules.places import Place

JOINED = frozenset(
    prefix + key for prefix in ("", "source_", "target_") for key in ("match", "match_re", "matchers")
)
"""Keys that Alertmanager joins where a merge and the mapping itself both give them."""

PART = "AlertmanagerConfig"
"""A kind of object that is not read: the operator puts several into one configuration, below a route."""

_MAX_WITHIN = 3
_SECTION = re.compile(r"\b(route|receivers)[\"']?[ \t]*:")
_GZIP = 16 + zlib.MAX_WBITS


def find_configuration(text: str, file: str) -> MapNode:
    """Return the one Alertmanager configuration in a text.

    Raises:
      DocumentError: when it is not YAML, or there is no configuration, or more than one.
    """
    documents = parse_foreign(text, file, JOINED)
    faults: list[DocumentError] = []
    found = [node for document in documents for node in _search(document, text, faults, 0)]
    if not found and len(documents) == 1 and _is_unfinished(documents[0]):
        found = [node for node in documents if isinstance(node, MapNode)]
    if not found:
        if faults:
            raise faults[0]
        raise _missing(documents, file)
    if len(found) > 1:
        raise DocumentError(
            found[1].place,
            f"a second Alertmanager configuration begins here, after the one at {found[0].place}: "
            "give a file with one of them.",
        )
    return found[0]


def _missing(documents: Sequence[Node], file: str) -> DocumentError:
    for node in documents:
        if isinstance(node, MapNode) and _kind(node) == PART:
            return DocumentError(
                node.place,
                "is an AlertmanagerConfig, which is only a part: give the whole that the operator makes, "
                "kubectl get secret alertmanager-NAME-generated -o yaml.",
            )
    place = documents[0].place if documents else Place(file, 1)
    return DocumentError(
        place, "holds no Alertmanager configuration: a mapping with a route and receivers is missing."
    )


def _is_unfinished(node: Node) -> bool:
    """Return whether a document is a configuration that lacks a part; what it lacks is told by its reader."""
    return isinstance(node, MapNode) and any(node.get(key) is not None for key in ("route", "receivers"))


def _search(node: Node, text: str, faults: list[DocumentError], within: int) -> Iterator[MapNode]:
    """Yield the configurations in a node, those in its texts too.

    Parameters:
      text: what the node was read from.
      faults: of texts that look like a configuration and are not YAML.
      within: how many texts we are inside of.
    """
    if isinstance(node, ListNode):
        for item in node.items:
            yield from _search(item, text, faults, within)
    elif isinstance(node, MapNode):
        if _is_configuration(node):
            yield node
            return
        if _kind(node) == PART:
            return
        is_secret = _kind(node) == "Secret"
        for key, value in node.entries:
            if key.text == "annotations":  # kubectl keeps a copy of what was applied there
                continue
            if is_secret and key.text == "data" and isinstance(value, MapNode):
                yield from _search_encoded(value, faults, within)
            else:
                yield from _search(value, text, faults, within)
    elif within < _MAX_WITHIN and _looks_like_one(node.text):
        inner = _in_place(node, text)
        if inner is None:
            at = f"{node.place.file}({node.place.line})"
            yield from _search_text(node.text, at, faults, within)
        else:
            yield from _search_text(inner, node.place.file, faults, within)


def _kind(node: MapNode) -> str:
    kind = node.get("kind")
    return kind.text if isinstance(kind, ScalarNode) else ""


def _is_configuration(node: MapNode) -> bool:
    return isinstance(node.get("route"), MapNode) and isinstance(node.get("receivers"), ListNode)


def _search_text(text: str, file: str, faults: list[DocumentError], within: int) -> Iterator[MapNode]:
    try:
        documents = parse_foreign(text, file, JOINED)
    except DocumentError as fault:
        faults.append(fault)
        return
    for document in documents:
        yield from _search(document, text, faults, within + 1)


def _search_encoded(data: MapNode, faults: list[DocumentError], within: int) -> Iterator[MapNode]:
    """Yield the configurations in a Secret's `data`; their places count from the text's own start."""
    for key, value in data.entries:
        inner = _decoded(value.text) if isinstance(value, ScalarNode) else None
        if inner is not None and _looks_like_one(inner):
            yield from _search_text(inner, f"{key.place.file}({key.text})", faults, within)


def _looks_like_one(text: str) -> bool:
    return "\n" in text and set(_SECTION.findall(text)) == {"route", "receivers"}


def _in_place(node: ScalarNode, text: str) -> str | None:
    """Return a literal block's text moved to where it stands in `text`, so that places in it are right.

    None where a text is written in another way: then places count from the text's own start.
    """
    lines = node.text.split("\n")
    first = next((number for number, line in enumerate(lines) if line.strip()), 0)
    around = text.splitlines()
    at = node.place.line + first
    if node.style != "|" or at >= len(around) or not around[at].endswith(lines[first].rstrip()):
        return None
    indent = " " * (
        len(around[at]) - len(around[at].lstrip(" ")) - len(lines[first]) + len(lines[first].lstrip(" "))
    )
    # A line such as --- only means something at the start of a line.
    moved = [line if line.startswith(("---", "...", "%")) else indent + line for line in lines]
    return "\n" * node.place.line + "\n".join(moved)


def _decoded(text: str) -> str | None:
    """Return what base64 stands for, unpacked when it is gzip's; None when it is no text."""
    try:
        data = base64.b64decode("".join(text.split()), validate=True)
        if data.startswith(b"\x1f\x8b"):
            unpacking = zlib.decompressobj(_GZIP)
            data = unpacking.decompress(data, MAX_TEXT)
            if not unpacking.eof:
                return None
        return data.decode("utf-8")
    except (binascii.Error, ValueError, zlib.error):
        return None
