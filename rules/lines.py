"""Lines of rule files: those that a route takes up, and how those of one version became those of another."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from difflib import SequenceMatcher

from rules.places import Place


def lines_of(lines: Sequence[str], place: Place) -> range:
    """Return the lines, from 0, of the mapping that begins at a place: as far as it is indented."""
    first = place.line - 1
    last = first
    for number in range(first + 1, len(lines)):
        text = lines[number].lstrip(" ")
        if not text or text[0] == "#":
            continue
        if len(lines[number]) - len(text) < place.column - 1:
            break
        last = number
    return range(first, min(last + 1, len(lines)))


def indent(lines: Iterable[str]) -> int:
    """Return how far the first line that says something is indented; -1 when none does."""
    said = (line for line in lines if line.strip() and line.lstrip()[0] != "#")
    return next((len(line) - len(line.lstrip(" ")) for line in said), -1)


def differences(old: Sequence[str], new: Sequence[str]) -> list[tuple[str, int, int, int, int]]:
    """Return how lines became others, as difflib says it; what both begin and end with is quickly found."""
    most = min(len(old), len(new))
    head = next((n for n in range(most) if old[n] != new[n]), most)
    most -= head
    tail = next((n for n in range(most) if old[-1 - n] != new[-1 - n]), most)
    middle = SequenceMatcher(None, old[head : len(old) - tail], new[head : len(new) - tail]).get_opcodes()
    return [
        ("equal", 0, head, 0, head),
        *((tag, a + head, b + head, c + head, d + head) for tag, a, b, c, d in middle),
        ("equal", len(old) - tail, len(old), len(new) - tail, len(new)),
    ]
