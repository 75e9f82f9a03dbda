"""Where a file that a commit brought was before: git keeps no renames, they are told by what files hold."""

from __future__ import annotations

import stat
from collections import Counter
from collections.abc import Iterator

from rules.repository import Checkout, Entry
from rules.sources import SUFFIXES

_MOST_ENTRIES = 20_000
_MOST_CANDIDATES = 50
_ALIKE = 0.5  # as git has it: half of the lines

_Path = tuple[str, ...]


def moved_from(
    checkout: Checkout, before: bytes, after: bytes, path: _Path, entry: Entry
) -> tuple[_Path, Entry] | None:
    """Return the file of an older tree that a file of a newer one most likely was; None when it is new.

    Parameters:
      before, after: the trees of a commit's parent and of the commit.
      path, entry: the file, which the older tree does not have.
    """
    gone = [one for one in _gone(checkout, before, after) if one[0][-1].endswith(SUFFIXES)]
    for found in gone:
        if found[1].id == entry.id:
            return found
    lines = _lines(checkout, entry)
    gone.sort(key=lambda one: one[0][-1] != path[-1])
    alike = [(_likeness(lines, _lines(checkout, one[1])), one) for one in gone[:_MOST_CANDIDATES]]
    best = max(alike, key=lambda one: one[0], default=None)
    return best[1] if best is not None and best[0] >= _ALIKE else None


def _gone(checkout: Checkout, before: bytes, after: bytes) -> Iterator[tuple[_Path, Entry]]:
    """Return the files of one tree that another does not have; what is alike in both is not gone into."""
    left = _MOST_ENTRIES
    waiting: list[tuple[_Path, bytes, bytes | None]] = [((), before, after)]
    while waiting:
        folder, old, new = waiting.pop()
        now = checkout.tree(new) if new is not None else {}
        for name, entry in checkout.tree(old).items():
            left -= 1
            if left < 0:
                return
            there = now.get(name)
            if entry.is_tree:
                if there is None or there.id != entry.id:
                    waiting.append(((*folder, name), entry.id, there.id if there and there.is_tree else None))
            elif there is None and stat.S_ISREG(entry.mode):
                yield (*folder, name), entry


def _lines(checkout: Checkout, entry: Entry) -> Counter[bytes]:
    return Counter(checkout.blob(entry.id).split(b"\n"))


def _likeness(one: Counter[bytes], other: Counter[bytes]) -> float:
    return (one & other).total() / max(one.total(), other.total())
